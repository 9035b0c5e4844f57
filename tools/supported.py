"""Say in one sentence why this Python or system cannot run the project, before any download.

`make` and `pip install .` both use this. README.md has the same facts as a table, which
`make resolve` checks against the package registry. The syntax is old on purpose: old interpreters,
even Python 2, must be able to read this file.
"""

import platform
import sys
import sysconfig

LOWEST = (3, 11)
TOO_NEW = (3, 15)  # QuTiP has no wheel for it
SYSTEMS = (("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64"))
LOWEST_GLIBC = (2, 28)  # the oldest that NumPy's wheels support
STATUS = 3  # exit status of a refusal; an interpreter that cannot start exits with another one

ANOTHER_PYTHON = "use CPython 3.11, 3.12, 3.13 or 3.14 (with make: PYTHON=/path/to/python)"
ANOTHER_SYSTEM = (
    "use Linux (x86-64 or ARM64, with glibc 2.28 or newer), a Mac with Apple silicon or Windows "
    "on x86-64; or, without installing anything, Binder or the published pages of the book"
)


def reason_and_cure():
    """Return why the project cannot run, and what to use instead; None if it can run."""
    version = ".".join(map(str, sys.version_info[:3]))
    implementation = platform.python_implementation()
    if sys.version_info[:2] < LOWEST:
        return "Python 3.11 or newer is needed, and this is Python " + version, ANOTHER_PYTHON
    if sys.version_info[:2] >= TOO_NEW:
        return "Python " + version + " is too new, as QuTiP has no wheel for it", ANOTHER_PYTHON
    if implementation != "CPython":
        return "QuTiP and JAX have no wheels for " + implementation, ANOTHER_PYTHON
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return (
            "QuTiP has no wheel for a free-threaded Python",
            "use an ordinary build, with the GIL",
        )
    if sys.maxsize < 2**32:
        return "QuTiP and JAX have no wheels for a 32-bit Python", "use a 64-bit build of Python"
    system, machine = platform.system(), platform.machine()
    if (system, machine) == ("Darwin", "x86_64"):
        return "JAX has no wheel for Intel Macs, or for an Intel Python on others", ANOTHER_SYSTEM
    if (system, machine) not in SYSTEMS:
        return "not every dependency has a wheel for " + system + " on " + machine, ANOTHER_SYSTEM
    if system == "Linux":
        library, number = platform.libc_ver()
        if library != "glibc":
            return "QuTiP has no wheel for musl or any C library but glibc", ANOTHER_SYSTEM
        if tuple(map(int, number.split(".")[:2])) < LOWEST_GLIBC:
            return "NumPy has no wheel for glibc " + number, ANOTHER_SYSTEM
    return None


def refusal():
    """Return the refusal as one sentence, or None if the project can run."""
    found = reason_and_cure()
    return found and ": ".join(found) + "."


if __name__ == "__main__":
    sentence = refusal()
    if sentence:
        print(sentence)
        sys.exit(STATUS)
