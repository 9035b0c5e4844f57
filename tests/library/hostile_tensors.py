"""Files that pretend to be safetensors: headers that lie, and headers that are too much."""

import json
import pickle
import struct


class Evil:
    """Unpickled, it would end the process."""

    def __reduce__(self):
        import os

        return os._exit, (66,)


def laid_out(header, body=b"", length=None):
    """Return a file: the length of its header, the header, the arrays."""
    words = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(words) if length is None else length) + words + body


def one(begin=0, end=8, shape=(1,), dtype="F64"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


EIGHT = bytes(8)
#: None of them can be read as arrays and text.
UNREADABLE = {
    "nothing": b"",
    "half a length": b"\x10\0\0",
    "a pickle": pickle.dumps(Evil()),
    "header of 2^63 bytes": laid_out({}, length=2**63),
    "header of 2^64 - 1 bytes": laid_out({}, length=2**64 - 1),
    "header of 99 MB that is not there": laid_out({}, length=99_000_000),
    "header that ends early": laid_out({"a": one()}, EIGHT)[:30],
    "no JSON": laid_out(b"{'a': 1}"),
    "a list": laid_out([1, 2]),
    "not UTF-8": laid_out(b'{"\xff": 1}'),
    "half a surrogate": laid_out(b'{"\\ud800": {}}'),
    "deep JSON": laid_out(b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "metadata that are numbers": laid_out({"__metadata__": {"format": 3}}),
    "offsets that overlap": laid_out({"a": one(), "b": one()}, EIGHT),
    "offsets past the end": laid_out({"a": one(0, 800, (100,))}, EIGHT),
    "offsets backwards": laid_out({"a": one(8, 0)}, EIGHT),
    "a hole before": laid_out({"a": one(8, 16)}, 2 * EIGHT),
    "more than was said": laid_out({"a": one()}, 9 * EIGHT),
    "less than was said": laid_out({"a": one()}, EIGHT[:5]),
    "negative shape": laid_out({"a": one(shape=(-1,))}, EIGHT),
    "shape that overflows": laid_out({"a": one(0, 0, (2**62, 4))}),
    "empty, but too large for NumPy": laid_out({"a": one(0, 0, (2**40, 0, 2**40))}),
    "too many axes": laid_out({"a": one(shape=(1,) * 70)}, EIGHT),
    "type that nobody has": laid_out({"a": one(dtype="OBJECT")}, EIGHT),
    "type that NumPy has not": laid_out({"a": one(0, 1, dtype="F8_E4M3")}, EIGHT[:1]),
    "bits": laid_out({"a": one(0, 1, dtype="F6_E2M3")}, EIGHT[:1]),
}
#: Each is no object, or not one that Python can hold.
NO_OBJECT = ["", "null", "[1, 2]", '"words"', "{", "[" * 100_000, "9" * 5000, '{"a": ' + "9" * 5000]
