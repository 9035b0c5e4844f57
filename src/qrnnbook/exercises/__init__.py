"""Checkers for the book's code exercises: they test an answer and say what is still wrong.

There is a module for each chapter and a checker for each exercise. A checker calls the function
that you wrote with many inputs and returns a `Verdict`: right, not answered yet, or not right yet,
with a hint if it recognises the mistake. It judges what your code does, never how it is written.
"""

from qrnnbook.exercises._judging import Verdict

__all__ = ["Verdict"]
