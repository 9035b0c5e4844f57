"""All that follows from the repository's one address in ``_config.yml``.

With an address, pages have buttons: open in Binder, see the source, suggest a change, report a
mistake; and they know where they are published, which a social picture and the page for lost
readers need. Without an address there are no such buttons, and pages work at any place.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

ADDRESS = re.compile(r"https://(github|gitlab)\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")


def pages_of(address: str) -> str:
    """Return where the pages of a repository are published by its own host.

    >>> pages_of("https://github.com/OWNER/NAME")
    'https://owner.github.io/NAME/'
    >>> pages_of("https://gitlab.com/OWNER/OWNER.gitlab.io")
    'https://owner.gitlab.io/'
    """
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise ConfigError(
            "repository: url in _config.yml should be empty, or an address such as "
            f"https://github.com/OWNER/NAME, not {address!r}"
        )
    provider, owner, name = match.groups()
    site = f"{owner.lower()}.{provider}.io"
    return f"https://{site}/" if name.lower() == site else f"https://{site}/{name}/"


def follow(app: Sphinx, config) -> None:
    """Switch on what needs the address, or leave it out."""
    theme = config.html_theme_options = dict(config.html_theme_options)
    address = theme.get("repository_url", "")
    if address:
        config.html_baseurl = config.html_baseurl or pages_of(address)
        theme.update(dict.fromkeys(BUTTONS, True))
    else:
        theme.pop("launch_buttons", None)
        theme.pop("repository_url", None)
    # The page for lost readers is shown at any depth, so its links start at the site's root.
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"


def setup(app: Sphinx) -> dict:
    """Read the address before anything else does."""
    app.connect("config-inited", follow, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
