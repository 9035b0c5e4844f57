"""What the book's own Sphinx extensions do, each by itself."""

import doctest
import importlib
import types
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from repository import follow, pages_of
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = [
    "formulas",
    "light_pages",
    "page_meta",
    "print_edition",
    "repository",
    "used_styles",
]


@pytest.mark.parametrize("name", EXTENSIONS)
def test_examples(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


# The repository's one address ---------------------------------------------------------------------


def configured(address, baseurl=""):
    theme = {"repository_url": address, "launch_buttons": {"binderhub_url": "https://mybinder.org"}}
    return types.SimpleNamespace(html_theme_options=theme, html_baseurl=baseurl)


def test_without_an_address_there_are_no_buttons():
    config = configured("")
    follow(None, config)
    assert config.html_theme_options == {}
    assert config.notfound_urls_prefix == "/"


def test_with_an_address_there_are_all():
    config = configured("https://github.com/OWNER/NAME")
    follow(None, config)
    theme = config.html_theme_options
    assert theme["launch_buttons"]["binderhub_url"]
    assert theme["use_issues_button"] is theme["use_edit_page_button"] is True
    assert config.html_baseurl == "https://owner.github.io/NAME/"
    assert config.notfound_urls_prefix == "/NAME/"


def test_an_address_of_the_pages_goes_first():
    config = configured("https://github.com/OWNER/NAME", "https://book.example/")
    follow(None, config)
    assert config.html_baseurl == "https://book.example/"
    assert config.notfound_urls_prefix == "/"


@pytest.mark.parametrize("wrong", ["OWNER/NAME", "http://github.com/O/N", "https://github.com/O"])
def test_wrong_address(wrong):
    with pytest.raises(ConfigError, match="should be empty, or an address such as"):
        pages_of(wrong)


def test_the_address_reaches_the_theme():
    """Sphinx's options further down in _config.yml do not take the place of Jupyter Book's."""
    from jupyter_book.config import get_final_config

    said = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    final, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", cli_config={"latex_individualpages": False}
    )
    theme = final["html_theme_options"]
    assert theme["repository_url"] == said["repository"]["url"]
    assert theme["path_to_docs"] == "book"
    assert theme["launch_buttons"]["binderhub_url"] == "https://mybinder.org"
    assert theme["launch_buttons"]["notebook_interface"] == "jupyterlab"
    assert theme["search_bar_text"] == "Search this book"


def test_a_small_mark_keeps_its_colour_among_many_shades(tmp_path):
    """The system's blue in a picture full of shades of the book's other colours."""
    import qrnn_book

    others = [(204, 121, 167), (0, 158, 115), (230, 159, 0), (34, 34, 34)]
    shades = np.vstack(
        [np.linspace([255] * 3, colour, 90_000).reshape(300, 300, 3) for colour in others]
    )
    shades[:4, :4] = blue = (0, 114, 178)
    (tmp_path / "_images").mkdir()
    path = tmp_path / "_images" / "map.png"
    Image.fromarray(shades.astype(np.uint8)).save(path)
    before = path.stat().st_size
    app = types.SimpleNamespace(builder=types.SimpleNamespace(format="html"), outdir=tmp_path)
    qrnn_book.shrink_pictures(app, None)
    assert path.stat().st_size < before
    assert np.abs(np.subtract(Image.open(path).convert("RGB").getpixel((1, 1)), blue)).max() <= 10
