"""The chapters' exercises: levels, solutions, and checkers that tell right from wrong."""

import ast
import importlib
import inspect

import numpy as np
import pytest
from exercise_sources import chapter_names, exercises_of, pages_with_exercises

from qrnnbook.exercises import Verdict

LEVELS = {"warm-up", "practice", "challenge"}
EXERCISES = [exercise for page in pages_with_exercises() for exercise in exercises_of(page)]
BY_CODE = [exercise for exercise in EXERCISES if exercise.stub is not None]

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=str)
each_by_code = pytest.mark.parametrize("exercise", BY_CODE, ids=str)


def wrong_answers(exercise):
    """Return the wrong answers to an exercise, each with words that its hint must have."""
    name = exercise.chapter.replace("-", "_")
    return importlib.import_module(f"wrong_answers.{name}").WRONG[exercise.label]


class Cell:
    """A stub, run as it stands: its last line is the checker."""

    def __init__(self, exercise):
        *lines, last = ast.parse(exercise.stub).body
        assert isinstance(last, ast.Expr), "the last line of the cell must call the checker"
        (self.function,) = (line.name for line in lines if isinstance(line, ast.FunctionDef))
        self.last = compile(ast.Expression(last.value), exercise.label, "eval")
        self.namespace = {"__name__": "__main__"}
        exec(compile(ast.Module(lines, []), exercise.label, "exec"), self.namespace)

    def verdict(self):
        """Return what the checker says now."""
        verdict = eval(self.last, self.namespace)
        assert isinstance(verdict, Verdict)
        return verdict


@pytest.mark.parametrize("page", pages_with_exercises())
def test_each_page_has_enough(page):
    exercises = exercises_of(page)
    assert len(exercises) >= 4
    assert {name for exercise in exercises for name in exercise.classes} >= LEVELS


@each_exercise
def test_each_has_one_level_and_a_solution(exercise):
    assert len(LEVELS & set(exercise.classes)) == 1
    assert exercise.solution
    # Folded in Jupyter as well, where a directive is text.
    assert exercise.solution.startswith("<details>")
    assert exercise.solution.endswith("</details>")


def test_labels_are_used_once():
    labels = [exercise.label for exercise in EXERCISES]
    assert len(labels) == len(set(labels))


@each_by_code
def test_stub_is_not_answered(exercise):
    verdict = Cell(exercise).verdict()
    assert verdict.state == "not yet"
    assert verdict.says


@each_by_code
def test_solution_is_right(exercise):
    cell = Cell(exercise)
    assert len(exercise.code) == 1
    exec(exercise.code[0], cell.namespace)
    verdict = cell.verdict()
    assert verdict, verdict


@each_by_code
def test_wrong_answers_get_hints_of_their_own(exercise):
    cell = Cell(exercise)
    wrong = wrong_answers(exercise)
    assert len(wrong) >= 3
    hints = {}
    for answer, words in wrong.items():
        cell.namespace[cell.function] = answer
        verdict = cell.verdict()
        assert verdict.state == "wrong", answer.__name__
        assert words in verdict.hint, (answer.__name__, verdict)
        hints[answer.__name__] = verdict.hint
    assert len(set(hints.values())) == len(hints), hints


@each_by_code
@pytest.mark.parametrize("kind", ["raises", "number", "words", "nan", "list", "not a function"])
def test_nothing_that_is_given_makes_a_checker_fail(exercise, kind):
    """Whatever the answer does, a verdict comes back, and it is not that all is well."""

    def raises(*arguments):
        raise KeyError("nothing <here>")

    answers = {
        "raises": raises,
        "number": lambda *arguments: 7,
        "words": lambda *arguments: "seven",
        "nan": lambda *arguments: np.full((2, 2), np.nan),
        "list": lambda *arguments: [1, [2, 3]],
        "not a function": 7,
    }
    cell = Cell(exercise)
    cell.namespace[cell.function] = answers[kind]
    verdict = cell.verdict()
    assert not verdict
    assert verdict.says.endswith(".")
    if kind == "raises":
        assert "KeyError" in verdict.says
        assert "<here>" not in verdict._repr_html_()


@each_by_code
def test_an_answer_may_change_what_it_is_given(exercise):
    cell = Cell(exercise)
    exec(exercise.code[0], cell.namespace)
    right = cell.namespace[cell.function]

    def careless(*arguments):
        value = right(*arguments)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[:] = 0
        return value

    cell.namespace[cell.function] = careless
    assert cell.verdict()


def test_every_checker_stands_in_its_chapter():
    """No checker is left over, and each is called by the chapter that its module names."""
    for chapter in chapter_names():
        name = chapter.replace("-", "_")
        module = importlib.import_module(f"qrnnbook.exercises.{name}")
        checkers = {
            checker
            for checker, _ in inspect.getmembers(module, inspect.isfunction)
            if checker.startswith("check_")
        }
        stubs = [exercise.stub for exercise in BY_CODE if exercise.chapter == chapter]
        assert len(checkers) == len(stubs)
        assert all(name in stub for stub in stubs)
        assert all(any(f"{checker}(" in stub for stub in stubs) for checker in checkers)


def test_verdict_in_words_and_in_a_page():
    verdict = Verdict("wrong", "It gives a < b.", "Look at the sign.")
    assert repr(verdict) == "Not right yet. It gives a < b. Look at the sign."
    assert "It gives a &lt; b.<br>Look at the sign." in verdict._repr_html_()
    states = [Verdict(state, "It.") for state in ("right", "not yet", "wrong")]
    assert [bool(verdict) for verdict in states] == [True, False, False]
    assert len({verdict._repr_html_() for verdict in states}) == 3
