"""One style sheet with only the rules in use, in place of the theme's eleven with all rules.

The theme brings all of Bootstrap, and extensions bring their own styles: 500 kB, which a browser
loads before it draws anything. A rule is kept if all types, classes and ids in its selector occur
on some page, or as words in some script, which may create such elements. All other conditions of a
selector (attributes, states, `:not(...)`) are assumed to hold, so that no rule is lost in any
scheme, width or medium.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import tinycss2
from tinycss2.ast import Declaration, Node, QualifiedRule

TAG = re.compile(r"<([a-z][\w-]*)((?:\s[^<>]*)?)>", flags=re.IGNORECASE)
NAMES = re.compile(r"""\b(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", flags=re.DOTALL)
WORD = re.compile(r"[A-Za-z_-][\w-]*")
VARIABLE = re.compile(r"(?<![\w-])(--[\w-]+):([^;{}]*)")
VARIABLE_READ = re.compile(r"(?<![\w-])--[\w-]+")
SCHEME = re.compile(r"""\[data-theme=["']?(light|dark)["']?\]""")
#: Rules that contain rules, and are kept if any of these is.
GROUPS = {"media", "supports", "layer", "container"}


def words_of_page(page: str) -> set[str]:
    """Return the types, classes and ids of a page, and all words in its scripts.

    >>> sorted(words_of_page('<p class="a b">c<script>d("e-f");</script></p>'))
    ['a', 'b', 'd', 'e-f', 'p', 'script']
    """
    words = set()
    for script in SCRIPT.findall(page):
        words |= set(WORD.findall(script))
    for name, attributes in TAG.findall(SCRIPT.sub("<script></script>", page)):
        words.add(name.lower())
        for double, single in NAMES.findall(attributes):
            words |= set((double or single).split())
    return words


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


def parts(prelude: Sequence[Node]) -> Iterable[list[Node]]:
    """Yield the selectors of a comma-separated list."""
    selector: list[Node] = []
    for token in prelude:
        if token == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def serialized(tokens: Iterable[Node]) -> str:
    """Return tokens as text, without comments and with single spaces."""
    kept = (token for token in tokens if token.type != "comment")
    return re.sub(r"\s+", " ", tinycss2.serialize(kept)).strip()


def declarations(content: Sequence[Node], unused: set[str]) -> str:
    """Return the declarations of a rule as text, without the unused variables."""
    found = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    texts = []
    for each in found:
        if not isinstance(each, Declaration):
            return serialized(content)  # nested rules stay unchanged
        if each.name not in unused:
            important = "!important" if each.important else ""
            texts.append(f"{each.name}:{serialized(each.value)}{important}")
    return ";".join(texts)


def keep_used(sheet: str, words: set[str], unused: set[str] = frozenset()) -> str:
    """Return the rules of a style sheet that these words use, without the unused variables.

    >>> sheet = "a, .b { top: 0 } @media print { .c { top: 0 } } #d:hover { left: 0 }"
    >>> print(keep_used(sheet, {"a", "d"}))
    a{top:0}
    #d:hover{left:0}
    """
    return _kept(tinycss2.parse_stylesheet(sheet, True, True), words, unused)


def _kept(rules: Iterable[Node], words: set[str], unused: set[str]) -> str:
    texts = []
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            used = [serialized(one) for one in parts(rule.prelude) if names(one) <= words]
            inside = declarations(rule.content, unused) if used else ""
            if inside:
                texts.append(f"{','.join(used)}{{{inside}}}")
        elif rule.type != "at-rule":
            raise ValueError(f"a style sheet has an error in line {rule.source_line}: {rule}")
        elif rule.lower_at_keyword in GROUPS and rule.content is not None:
            inside = _kept(tinycss2.parse_rule_list(rule.content, True, True), words, unused)
            if inside:
                texts.append(f"@{rule.at_keyword} {serialized(rule.prelude)}{{{inside}}}")
        elif rule.lower_at_keyword != "charset":
            texts.append(serialized([rule]))
    return "\n".join(texts)


def rewrite_addresses(sheet: str, change: Callable[[str], str]) -> str:
    """Change each relative address that a style sheet fetches.

    >>> rewrite_addresses('a{src:url("../b.ttf"),url(data:x)}', lambda path: path[3:])
    'a{src:url("b.ttf"),url(data:x)}'
    """

    def changed(found: re.Match[str]) -> str:
        return f'url("{change(found[2])}")'

    return re.sub(r"""url\((["']?)(?!data:|#|/|https?:)([^"')]+)\1\)""", changed, sheet)


def unused_variables(sheet: str, others: str) -> set[str]:
    """Return the variables that a style sheet sets but nothing reads, directly or indirectly.

    >>> sorted(unused_variables("a{--b:1;--c:var(--b);top:var(--d)}", "x = '--e'"))
    ['--b', '--c']
    """
    reads: dict[str, set[str]] = {}
    for name, value in VARIABLE.findall(sheet):
        reads.setdefault(name, set()).update(VARIABLE_READ.findall(value))
    rest = VARIABLE.sub("", sheet)
    waiting = [*VARIABLE_READ.findall(rest), *VARIABLE_READ.findall(others)]
    used = set()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += reads.get(name, ())
    return set(reads) - used


def light_on_paper(sheet: str) -> str:
    """Return a style sheet with dark rules for screens only, and light rules for paper.

    A page printed in the dark scheme would be black on black, or light grey on white, because
    browsers print no background.

    >>> print(light_on_paper("[data-theme=dark] a,b{top:0}[data-theme=light] a{left:0}"))
    b{top:0}
    @media screen{[data-theme=dark] a{top:0}}
    [data-theme=light] a{left:0}
    @media print{[data-theme] a{left:0}}
    >>> print(light_on_paper("@media (prefers-color-scheme: dark){a{top:0}}"))
    @media screen and (prefers-color-scheme: dark){a{top:0}}
    """
    return _on_paper(tinycss2.parse_stylesheet(sheet, True, True))


def _on_paper(rules: Iterable[Node]) -> str:
    texts = []
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            body = f"{{{serialized(rule.content)}}}"
            by_scheme: dict[str, list[str]] = {"": [], "light": [], "dark": []}
            for selector in map(serialized, parts(rule.prelude)):
                found = SCHEME.search(selector)
                by_scheme[found[1] if found else ""].append(selector)
            both = ",".join([*by_scheme[""], *by_scheme["light"]])
            dark = ",".join(by_scheme["dark"])
            paper = ",".join(SCHEME.sub("[data-theme]", one) for one in by_scheme["light"])
            texts += [both + body] if both else []
            texts += [f"@media screen{{{dark}{body}}}"] if dark else []
            texts += [f"@media print{{{paper}{body}}}"] if paper else []
        elif rule.lower_at_keyword in GROUPS and rule.content is not None:
            asked = serialized(rule.prelude)
            if asked == "(prefers-color-scheme: dark)":
                asked = f"screen and {asked}"
            elif asked == "(prefers-color-scheme: light)":
                asked = f"print, {asked}"
            inside = _on_paper(tinycss2.parse_rule_list(rule.content, True, True))
            texts.append(f"@{rule.at_keyword} {asked}{{{inside}}}")
        else:
            texts.append(serialized([rule]))
    return "\n".join(texts)


def one_sheet(sheets: Iterable[str], words: set[str], others: str) -> str:
    """Return the used rules of all sheets, in order; `others` is text that may read variables."""
    text = "\n".join(keep_used(sheet, words) for sheet in sheets)
    return light_on_paper(keep_used(text, words, unused_variables(text, others)))
