"""Random numbers that a page repeats: the same draw on every machine."""

from collections.abc import Iterator


def uniforms(seed: int) -> Iterator[float]:
    """Yield numbers in [0, 1) by mulberry32, as ``draws.js`` does.

    NumPy's generator would need much code in a page; this one is ten lines in either language.

    Examples
    --------
    >>> draws = uniforms(1)
    >>> [round(next(draws), 4) for _ in range(2)]
    [0.6271, 0.0027]
    """
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = (state ^ (state >> 15)) * (state | 1) & 0xFFFFFFFF
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF
        yield (t ^ (t >> 14)) / 2**32
