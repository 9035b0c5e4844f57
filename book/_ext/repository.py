"""Settings that follow from the repository's address in ``_config.yml``.

With an address, pages have buttons: open in Binder, see the source, suggest a change, report a
mistake. Pages also know where they are published, which the social picture and the 404 page need.
Without an address there are no such buttons, and the pages work anywhere.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

ADDRESS = re.compile(r"https://(github|gitlab)\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")


def pages_of(address: str) -> str:
    """Return the address at which the host of a repository publishes its pages.

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
    """Switch on what needs the address, or remove it if there is none."""
    theme = config.html_theme_options = dict(config.html_theme_options)
    address = theme.get("repository_url", "")
    if address:
        config.html_baseurl = config.html_baseurl or pages_of(address)
        theme.update(dict.fromkeys(BUTTONS, True))
    else:
        theme.pop("launch_buttons", None)
        theme.pop("repository_url", None)
    # The 404 page is shown at any depth, so its links start at the site's root.
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"


def setup(app: Sphinx) -> dict:
    """Register the event handler, to run before all others that read the address."""
    app.connect("config-inited", follow, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
