"""Pictures stored with a palette, which makes the file of a drawing much smaller."""

import io

from PIL import Image

#: Enough for the book's colours, in light and dark tints, with smooth edges.
COLOURS = 48


def with_palette(png: bytes) -> bytes:
    """Return a picture, as the bytes of a PNG file, with a palette of at most 48 colours.

    Examples
    --------
    A small green dot on a large grey ramp keeps its colour:

    >>> ramp = Image.linear_gradient("L").convert("RGB")
    >>> ramp.paste("#009e73", (10, 10, 14, 14))
    >>> file = io.BytesIO()
    >>> ramp.save(file, format="png")
    >>> stored = Image.open(io.BytesIO(with_palette(file.getvalue())))
    >>> stored.mode, stored.convert("RGB").getpixel((12, 12))
    ('P', (0, 158, 115))
    """
    with Image.open(io.BytesIO(png)) as image:
        # Maximum coverage: the usual median cut spends its colours on large areas, and a few green
        # dots would turn blue or grey.
        method = Image.Quantize.MAXCOVERAGE
        drawn = image.convert("RGB").quantize(COLOURS, method, dither=Image.Dither.NONE)
    stored = io.BytesIO()
    drawn.save(stored, format="png", optimize=True)
    return stored.getvalue()
