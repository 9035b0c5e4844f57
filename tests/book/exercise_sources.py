"""The exercises of the chapters, read from their text, with stub and solution."""

import re
from dataclasses import dataclass, field

from chapters import BACK_MATTER, BOOK, toc
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

MARKDOWN = MarkdownIt("commonmark").use(colon_fence_plugin).use(front_matter_plugin)
#: Pages among the chapters that only collect what others teach.
WITHOUT_EXERCISES = {"results"}
OPTION = re.compile(r":([\w-]+):[ \t]*(.*)\n?")


@dataclass
class Exercise:
    """One exercise, as its chapter has it."""

    chapter: str
    label: str
    classes: list[str]
    stub: str | None = None
    solution: str | None = None
    #: The code in the solution.
    code: list[str] = field(default_factory=list)

    def __repr__(self):
        return self.label


def chapter_names() -> list[str]:
    """Return the chapters that have exercises of all kinds: not the first page, not the results."""
    apart = ("", BACK_MATTER)
    pages = [page for part, inside in toc().items() if part not in apart for page in inside]
    return [page for page in pages if page not in WITHOUT_EXERCISES]


def pages_with_exercises() -> list[str]:
    """Return the first page, which has some without code, and the chapters."""
    return [*toc()[""], *chapter_names()]


def blocks(text: str) -> list[tuple[str, str, dict[str, str], str]]:
    """Return each directive or code block: its name, argument, options and what is in it."""
    found = []
    for token in MARKDOWN.parse(text):
        if token.type not in ("fence", "colon_fence"):
            continue
        name, _, argument = token.info.strip().partition(" ")
        options, content = {}, token.content
        while option := OPTION.match(content):
            options[option[1]] = option[2].strip()
            content = content[option.end() :]
        found.append((name.strip("{}"), argument.strip(), options, content.strip()))
    return found


def exercises_of(chapter: str) -> list[Exercise]:
    """Return the exercises of a chapter, each with its stub and its solution."""
    exercises: dict[str, Exercise] = {}
    current = None
    for name, argument, options, content in blocks(
        (BOOK / f"{chapter}.md").read_text(encoding="utf-8")
    ):
        if name in ("exercise", "exercise-start"):
            classes = options.get("class", "").split()
            exercise = Exercise(chapter, options.get("label", ""), classes)
            assert exercise.label, f"{chapter}: the exercise {argument!r} has no label"
            assert exercise.label not in exercises, f"{exercise.label} is there twice"
            exercises[exercise.label] = exercise
            current = exercise if name == "exercise-start" else None
        elif name == "exercise-end":
            current = None
        elif name == "code-cell" and current is not None:
            assert current.stub is None, f"{current.label} has more than one code cell"
            current.stub = content
        elif name == "solution":
            exercise = exercises[argument]
            exercise.solution = content
            exercise.code = [code for kind, _, _, code in blocks(content) if kind == "python"]
    return list(exercises.values())
