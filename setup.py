"""Refuse a Python or a system that the library does not run on; else build by pyproject.toml.

A dependency without a wheel would otherwise end ``pip install .`` in a compiler's output, after
hundreds of megabytes. It is a setup.py, since every pip of every Python runs that, the oldest too;
for the same reason pyproject.toml names no build backend and no version of setuptools.
"""

import os
import sys

import setuptools

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools"))
import supported

sentence = supported.refusal()
if sentence:
    sys.exit("qrnnlib: " + sentence)
setuptools.setup()
