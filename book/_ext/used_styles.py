"""The rules of a style sheet that some page can use.

The theme brings all of Bootstrap and two thousand icons, and extensions bring their own styles:
92 kB compressed, which a browser loads before it draws anything; 28 kB are used. A rule is kept if
the types, classes and ids of one of its selectors occur as words in some page or script. All other
conditions (attributes, states, `:not(...)`) are assumed to hold, so that no rule is lost in any
scheme, width or medium.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import tinycss2
from tinycss2.ast import Node

WORD = re.compile(r"[A-Za-z_-][\w-]*")
#: Rules that contain rules, and are kept if any of these is.
GROUPS = {"media", "supports", "layer", "container"}


def names(selector: Sequence[Node]) -> set[str]:
    """Return the types, classes and ids in a selector, except inside brackets.

    >>> sorted(names(tinycss2.parse_component_value_list("ul.a > li:not(.b)::before #c[d]")))
    ['a', 'c', 'li', 'ul']
    """
    named = set()
    before = ""
    for token in selector:
        if token.type == "ident" and before != ":":
            named.add(token.value if before == "." else token.lower_value)
        elif token.type == "hash":
            named.add(token.value)
        before = token.value if token.type == "literal" else ""
    return named


def parts(prelude: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the selectors of a comma-separated list."""
    selector: list[Node] = []
    for token in prelude:
        if token == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def used_rules(rules: Iterable[Node], words: set[str]) -> Iterator[Node]:
    """Yield the rules that these words use."""
    for rule in rules:
        if rule.type == "error":
            raise ValueError(f"a style sheet has an error in line {rule.source_line}: {rule}")
        if rule.type == "qualified-rule":
            if any(names(selector) <= words for selector in parts(rule.prelude)):
                yield rule
        elif rule.lower_at_keyword in GROUPS and rule.content is not None:
            inside = tinycss2.parse_rule_list(rule.content, True, True)
            rule.content = list(used_rules(inside, words))
            if rule.content:
                yield rule
        else:
            yield rule


def keep_used(sheet: str, words: set[str]) -> str:
    """Return the rules of a style sheet that these words use.

    >>> sheet = "a, .b { top: 0 } @media print { .c { top: 0 } } #d:hover { left: 0 }"
    >>> keep_used(sheet, {"a", "d"})
    'a, .b { top: 0 }#d:hover { left: 0 }'
    """
    rules = tinycss2.parse_stylesheet(sheet, True, True)
    return tinycss2.serialize(used_rules(rules, words))
