"""The bibliography: whoever reads an entry can get the work, and every entry is used."""

import re

import pytest
from chapters import BOOK, chapters
from pybtex.database import parse_file

ENTRIES = parse_file(str(BOOK / "references.bib")).entries
FORMS = {
    "doi": r"10\.\d{4,}/\S+",
    "eprint": r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}",
    "isbn": r"[\dX-]{10,17}",
    "url": r"https://\S+",
}


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_can_be_found(key):
    fields = ENTRIES[key].fields
    there = {name: fields[name] for name in FORMS if name in fields}
    assert there
    for name, value in there.items():
        assert re.fullmatch(FORMS[name], value), (name, value)
    # An ISBN or an address only where there is nothing more lasting.
    if not {"doi", "eprint"} & set(there):
        assert {"isbn", "url"} & set(there)
    assert "arxiv" not in fields.get("note", "").lower() or "eprint" in there


def test_an_isbn_has_its_check_digit():
    for entry in ENTRIES.values():
        digits = entry.fields.get("isbn", "").replace("-", "")
        if digits:
            assert len(digits) == 13
            assert sum(int(d) * (1, 3)[k % 2] for k, d in enumerate(digits)) % 10 == 0


def test_every_entry_is_cited_and_every_citation_is_an_entry():
    cited = set()
    for page in (*chapters(), "how-made"):
        text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text):
            cited |= {key.strip() for key in keys.split(",")}
    assert cited == set(ENTRIES)
