"""Checkers for the book's code exercises: they try an answer, and say kindly what is still wrong.

A module for each chapter, a checker for each exercise. A checker takes what you wrote, asks it
about many states, and returns a `Verdict`: right, not answered yet, or not right yet, with a hint
where it knows the mistake. It never looks at your code, only at what your code does.
"""

from qrnnbook.exercises._judging import Verdict

__all__ = ["Verdict"]
