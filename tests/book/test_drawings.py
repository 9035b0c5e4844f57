"""Pictures of code cells as drawings in the page: Matplotlib's own SVG goes in."""

import io
import re
import unicodedata
from types import SimpleNamespace
from xml.etree import ElementTree

import docutils.utils
import drawings
import matplotlib.pyplot as plt
import numpy as np
import pytest
from docutils import nodes
from PIL import Image

from qrnnbook import plotting


def drawn(draw, size=(4, 2)):
    """Return the SVG of a figure in the book's style, on whose axes `draw` has drawn."""
    with (
        plotting.style(),
        plt.rc_context({"svg.fonttype": "none"}),
    ):  # as tools/build_book.py has it
        figure, ax = plt.subplots(figsize=size)
        draw(ax)
        file = io.StringIO()
        figure.savefig(file, format="svg")
        plt.close(figure)
    return file.getvalue()


def labels(ax):
    """Draw lines in the system's colour and one of none of the book's, and label them."""
    ax.plot([0, 1], [0, 1], "o-", color=plotting.SYSTEM)
    ax.plot([0, 1], [1, 0], color="#123456")
    ax.set(xlabel="share kept", ylabel=r"$x_1$ of $\lambda$", title="A finding")


@pytest.fixture(scope="module")
def svg():
    return drawn(labels)


@pytest.fixture(scope="module")
def element(svg):
    return drawings.fitted(svg, "d7", "a line")


def of_page(element):
    """Return the drawing as a tree; it is well-formed."""
    return ElementTree.fromstring(element)


# What `fitted` makes of one drawing ---------------------------------------------------------------


def test_colours_of_the_book_follow_the_page(svg, element):
    assert plotting.SYSTEM.lower() in svg.lower()
    assert plotting.SYSTEM.lower() not in element.lower()
    assert "stroke: var(--qrnn-system)" in element
    assert "fill: currentColor" in element  # text, and the truth
    assert "stroke: #123456" in element  # no colour of the book stays as it is


def test_variables_are_in_the_style_sheet():
    sheet = drawings.Path(drawings.__file__).parents[1] / "assets" / "book.css"
    text = sheet.read_text(encoding="utf-8")
    ours = {name for name in drawings.COLOURS.values() if "--pst" not in name} - {"currentColor"}
    assert [name for name in ours if f"{name[4:-1]}:" not in text] == []


def test_ids_are_the_drawings_own_and_references_reach_them(svg, element):
    ids = re.findall(r'\sid="([^"]*)"', element)
    reached = set(re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', element))
    reached = {one or other for one, other in reached}
    assert len(ids) == len(set(ids)) > 0
    assert set(ids) == reached  # ids that nothing refers to are left out
    assert all(name.startswith("d7-") for name in ids)
    assert not set(ids) & set(re.findall(r'\sid="([^"]*)"', drawings.fitted(svg, "d8", "")))


def test_only_formulas_have_a_family_of_their_own(element):
    families = set(re.findall(r"font-family: ([^;\"]*)", element))
    assert families == {"Formulas, serif"}
    formulas = [part for part in of_page(element).iter() if "Formulas" in part.get("style", "")]
    letters = "".join(part.text for part in formulas)
    assert sorted(unicodedata.normalize("NFKC", letters)) == ["1", "x", "λ"]


def test_letters_of_formulas_are_italic_as_in_the_text(element):
    said = "".join(of_page(element).itertext())
    assert "\N{MATHEMATICAL ITALIC SMALL X}" in said
    assert "\N{MATHEMATICAL ITALIC SMALL LAMDA}" in said
    assert "font-style: italic" not in element


@pytest.mark.parametrize("inches", [4, 5.5])
def test_text_of_13_points_is_14_pixels_in_every_drawing(inches):
    """One scale for all: the width in pixels is that of the view times 14/13."""
    element = drawings.fitted(drawn(labels, (inches, 2)), "d", "")
    width = int(re.search(r"max-width: (\d+)px", element)[1])
    view = float(re.search(r'viewBox="0 0 ([\d.]+) ', element)[1])
    assert width == pytest.approx(view * 14 / 13, abs=0.51)


def test_the_description_is_escaped_and_a_drawing_without_one_is_hidden(svg):
    root = of_page(drawings.fitted(svg, "d", 'less "a" < b & c'))
    assert root.find("svg").get("aria-label") == 'less "a" < b & c'
    assert root.find("svg").get("role") == "img"
    hidden = of_page(drawings.fitted(svg, "d", "")).find("svg")
    assert hidden.get("aria-hidden") == "true"
    assert hidden.get("role") is None


@pytest.mark.parametrize(
    ("long", "short"),
    [("123.456789", "123.46"), ("-7.0001", "-7"), ("0.123456", "0.1235"), ("-0.000123456", None)],
)
def test_numbers_are_as_exact_as_can_be_seen(long, short):
    found = drawings.NUMBER.sub(drawings._short, f"M {long} 2")
    assert found == f"M {short or '-0.0001235'} 2"


def test_no_shape_moves_by_a_tenth_of_a_pixel(svg, element):
    """The coordinates of all paths, as Matplotlib wrote them and as the page has them."""
    sets = [
        [float(n) for d in re.findall(r' d="([^"]*)"', text) for n in re.findall(r"[-.\d]+", d)]
        for text in (svg, element)
    ]
    assert len(sets[0]) == len(sets[1]) > 20
    np.testing.assert_allclose(sets[1], sets[0], rtol=0, atol=0.1)


# Marks --------------------------------------------------------------------------------------------


def marks(ax):
    """Draw 40 equal marks, and nothing else."""
    ax.plot(np.arange(40), np.arange(40), "o", color=plotting.CELL, alpha=0.5)
    ax.axis("off")


def test_marks_of_one_style_say_it_once():
    svg = drawn(marks)
    element = drawings.fitted(svg, "d", "")
    (group,) = [g for g in of_page(element).iter("g") if len(g.findall("use")) > 1]
    assert "fill: var(--qrnn-cell)" in group.get("style")
    assert all(mark.get("style") is None for mark in group)
    assert [float(m.get("x")) for m in group] == pytest.approx(
        [float(x) for x in re.findall(r'<use [^>]*x="([\d.]+)"', svg)], abs=0.01
    )


def test_marks_of_several_styles_keep_them():
    row = '<g><use href="#a" x="1" style="fill: red"/><use href="#a" x="2"{}/></g>'
    for second in (' style="fill: blue"', ""):
        assert drawings.MARKS.sub(drawings._styled_once, row.format(second)) == row.format(second)


# Which of two forms a page gets -------------------------------------------------------------------


def bundle(folder, svg):
    """Return a page with one picture in both forms, as MyST-NB leaves it."""
    (folder / "jupyter_execute").mkdir()
    (folder / "jupyter_execute" / "p.svg").write_text(svg, encoding="utf-8")
    Image.new("RGB", (576, 288)).save(folder / "jupyter_execute" / "p.png", dpi=(144, 144))
    both = nodes.container(nb_element="mime_bundle")
    for kind, name in (("image/svg+xml", "p.svg"), ("image/png", "p.png")):
        form = nodes.container(mime_type=kind)
        form += nodes.image(uri=f"/jupyter_execute/{name}", alt="a <b>")
        both += form
    document = docutils.utils.new_document("page")
    document.settings.env = SimpleNamespace(srcdir=folder)
    document += both
    return document


def kinds(document):
    return [form["mime_type"] for form in document[0].children]


def test_a_light_drawing_is_written_into_the_page(tmp_path, svg):
    document = bundle(tmp_path, svg)
    drawings.Lighter(document).run()
    assert kinds(document) == ["image/svg+xml", "image/png"]  # MyST-NB takes the first
    drawings.Inline(document).run()
    drawing = document[0][0][0]
    assert isinstance(drawing, nodes.raw)
    assert drawing["format"] == "html"
    assert 'aria-label="a &lt;b&gt;"' in drawing.astext()


def test_a_heavy_one_stays_a_picture_in_the_same_scale(tmp_path):
    heavy = drawn(lambda ax: ax.scatter(*np.random.default_rng(0).random((2, 1000))))
    assert len(drawings.fitted(heavy, "d", "")) > drawings.HEAVY
    document = bundle(tmp_path, heavy)
    drawings.Lighter(document).run()
    assert kinds(document) == ["image/png"]
    drawings.Inline(document).run()
    (picture,) = document.findall(nodes.image)
    assert picture["width"] == f"{4 * 72 * drawings.SCALE:.0f}px"  # 4 inches
