"""Formulas as the pages have them: MathML, with TeX's spaces, in letters that the font has."""

import re
import unicodedata
from xml.etree import ElementTree

import formulas
import pytest
from fontTools.ttLib import TTFont

# Between two atoms: none, thin, medium, thick (The TeXbook, chapter 18), in em.
SPACES = {"": 0, ",": 3 / 18, ":": 4 / 18, ";": 5 / 18}
# The dictionary of MathML Core, for the operators below: around one inside a row.
DICTIONARY = {"=": (5, 5), "+": (4, 4), "\u2212": (4, 4), ",": (0, 3), "∑": (3, 3), "⊗": (4, 4)}
FENCES = "()[]⟨⟩"


@pytest.fixture(scope="module")
def typeset():
    macros = {"ket": [r"\lvert #1 \rangle", 1], "tr": r"\operatorname{tr}"}
    with formulas.typesetter(macros) as function:
        yield function


def around(node):
    """Space before and after an element, as a browser gives it."""
    if node.tag == "mspace":
        return float(node.get("width").removesuffix("em")), 0
    if node.tag in ("msub", "msup", "munder", "munderover", "msubsup", "mover"):
        return around(node[0])  # an operator with scripts has the space of the operator
    if node.tag != "mo":
        return 0, 0
    usual = (0, 0) if node.text in FENCES else DICTIONARY.get(node.text, (5, 5))
    return tuple(
        float(node.get(side, f"{width / 18}em").removesuffix("em"))
        for side, width in zip(("lspace", "rspace"), usual, strict=True)
    )


def spaces(mathml):
    """The spaces between the elements of a row; an element that is only space is none."""
    gaps, waiting = [], 0
    for node in ElementTree.fromstring(mathml):
        before, after = around(node)
        if node.tag == "mspace" or node.text == "\u2061":
            waiting += before + after
            continue
        gaps.append(waiting + before)
        waiting = after
    return [*gaps, waiting]


@pytest.mark.parametrize(
    ("tex", "wanted"),
    [
        ("a=b", ["", ";", ";", ""]),
        ("a+b", ["", ":", ":", ""]),
        ("-a", ["", "", ""]),  # a sign, not a difference
        ("a=-b", ["", ";", ";", "", ""]),
        ("(-a)", ["", "", "", "", ""]),
        ("f(a,b)", ["", "", "", "", ",", "", ""]),
        (r"\sin a", ["", ",", ""]),
        (r"2\sin a", ["", ",", ",", ""]),
        (r"\tr\rho=1", ["", ",", ";", ";", ""]),
        (r"a\sum_i b", ["", ",", ",", ""]),
        (r"=\sum_i b", ["", ";", ",", ""]),
        (r"\ket{a}\otimes\ket{b}", ["", "", "", ":", ":", "", "", ""]),
        (r"\lvert a\rvert^2=b", ["", "", "", ";", ";", ""]),
        (r"\langle a|b\rangle", ["", "", "", "", "", ""]),
        (r"a\mathbin{\star}b", ["", ":", ":", ""]),
        (r"{a}{=}{b}", ["", "", "", ""]),
    ],
)
def test_spaces_are_those_of_tex(typeset, tex, wanted):
    found = spaces(typeset(tex, False))
    assert found == pytest.approx([SPACES[space] for space in wanted], abs=1e-4)


def test_no_spaces_in_a_script(typeset):
    script = ElementTree.fromstring(typeset("a_{i=j}", False))[0][1]
    assert [around(node) for node in script] == [(0, 0)] * 3


@pytest.mark.parametrize(
    ("command", "style", "letters"),
    [
        ("mathbb", "DOUBLE-STRUCK", "ABCDEFGHIJKLMNOPQRSTUVWXYZ1"),
        ("mathcal", "SCRIPT", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("mathbf", "BOLD", "AZaz09"),
    ],
)
def test_styles_are_letters_of_their_own(typeset, command, style, letters):
    for letter in letters:
        drawn = re.sub("<[^>]*>", "", typeset(rf"\{command}{{{letter}}}", False))
        # The first sixteen had their places before there was an alphabet of each.
        name = unicodedata.name(drawn).removeprefix("MATHEMATICAL ").replace("BLACK-LETTER", "")
        plain = unicodedata.normalize("NFKC", drawn)
        assert (name.split()[0], plain) == (style, letter)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\nonsense", "Undefined control sequence"),
        (r"\frac{1}", "Missing argument"),
        ("a_", "Missing superscript or subscript argument"),
        (r"\boxed{a}", "no browser knows the element menclose"),
        (r"\mathfrak{a}", 'there is no fraktur "a"'),
    ],
)
def test_faults_are_told(typeset, tex, said):
    with pytest.raises(ValueError, match=said) as raised:
        typeset(tex, True)
    assert str(raised.value).endswith(tex)


def test_font_has_what_is_drawn(tmp_path, typeset):
    page = typeset(r"\sqrt{\psi_{ij}} \le \hat h, \mathbb{1}", True)
    drawn = formulas.characters(page)
    assert {"𝜓", "\u210e", "\U0001d7d9", "≤"} <= drawn
    formulas.make_font(tmp_path / "font.woff", drawn)
    font = TTFont(tmp_path / "font.woff")
    assert drawn <= {chr(code) for code in font.getBestCmap()}
    # Roots grow by variants, which are characters of no text.
    grows = font["MATH"].table.MathVariants.VertGlyphCoverage.glyphs
    assert font.getBestCmap()[ord("√")] in grows
    assert (tmp_path / "font.woff").stat().st_size < 30_000
    said = {name.nameID: str(name) for name in font["name"].names}
    assert "STIX Fonts Project" in said[0]  # the licence wants both to go with the font
    assert "SIL Open Font License" in said[13]


def test_font_without_a_character(tmp_path):
    with pytest.raises(Exception, match="the font of the formulas has no 漢"):
        formulas.make_font(tmp_path / "font.woff", {"漢"})
