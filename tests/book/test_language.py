"""Plain words: none that belittle who does not see it yet, none that shut people out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [*sorted((ROOT / "book").glob("*.md")), ROOT / "README.md", ROOT / "data" / "README.md"]
# What is meant is said better without, or with the word in brackets.
BELITTLING = "obviously|trivially|of course|needless to say|everyone knows|it is easy to see"
EXCLUDING = (
    "he or she|his or her|guys|mankind|manpower|man-made|sanity|insane|crazy|crippled?|lame|dumb|"
    "blacklist(?:ed)?|whitelist(?:ed)?|master|slave|grandfathered"
)
WORDS = re.compile(rf"\b(?:{BELITTLING}|{EXCLUDING})\b", flags=re.IGNORECASE)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_words(text):
    lines = text.read_text(encoding="utf-8").splitlines()
    found = [
        f"line {n}: {hit[0]}" for n, line in enumerate(lines, 1) for hit in WORDS.finditer(line)
    ]
    assert found == []
