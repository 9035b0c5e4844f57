"""What soak tests count, and the table of it with which `make soak` ends tests/README.md.

A soak test is the long form of a test that `make test` runs in short. It is marked with
``@pytest.mark.soak`` and says with the fixture `count` how much it tried:

    @pytest.mark.soak
    def test_every_fault_is_survived(count):
        ...
        count("faults survived", 1200)

The same name from several tests of a file is added up.
"""

import os
import platform
import time
from collections import defaultdict
from pathlib import Path

import pytest

#: What takes most of the time, and `make check` leaves out: files of tests, and the examples in
#: modules of the same name.
SLOW = {
    *("checkpoint", "cluster", "devices", "estimators", "features", "jax_context", "optimizer"),
    *("trainer", "training_memory", "power", "power_bounds", "recording", "widgets_gate_explorer"),
    *("fuzz", "fuzz_found", "hostile_server", "kill"),
    *(
        "board",
        "board_networks",
        "dependencies",
        "environment",
        "experiments",
        "readme",
        "relatives",
    ),
    "supported",
}
HEADING = "## What `make soak` counted\n"  # what follows is written anew
PROPERTY = "soak"  # travels with a test's report, also from one process to another
STARTED = pytest.StashKey[float]()


def pytest_addoption(parser):
    parser.addoption(
        "--soak-table",
        type=Path,
        metavar="FILE",
        help="end this Markdown file with what the soak tests counted, if all of them pass",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is `SLOW`."""
    for item in items:
        if item.path.stem.removeprefix("test_") in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def count(request):
    """Add a number of things tried to the table of `make soak`: ``count("inputs tried", 500)``."""

    def add(name: str, number: int = 1) -> None:
        request.node.user_properties.append((PROPERTY, (name, int(number))))

    return add


def counted(reports):
    """Return what finished tests counted: {(file, name): number}, sorted."""
    numbers = defaultdict(int)
    for report in reports:
        for key, value in report.user_properties:
            if key == PROPERTY:
                name, number = value
                numbers[report.nodeid.partition("::")[0], name] += number
    return dict(sorted(numbers.items()))


def table(numbers) -> str:
    """Return counted numbers as a Markdown table."""
    rows = [f"| `{file}` | {name} | {number:,} |" for (file, name), number in numbers.items()]
    return "\n".join(["| File | What | Number |", "|---|---|---:|", *rows])


def pytest_sessionstart(session):
    session.config.stash[STARTED] = time.monotonic()


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    finished = terminalreporter.stats
    calls = [
        report
        for outcome in ("passed", "failed")
        for report in finished.get(outcome, [])
        if report.when == "call"
    ]
    numbers = counted(calls)
    if numbers:
        terminalreporter.section("soak: what was counted")
        terminalreporter.write_line(table(numbers))
    file = config.getoption("--soak-table")
    if file is None:
        return
    if exitstatus != pytest.ExitCode.OK:
        terminalreporter.write_line(f"{file} stays as it was: not every test passed")
        return
    minutes = (time.monotonic() - config.stash[STARTED]) / 60
    kept, _, _ = file.read_text(encoding="utf-8").partition(HEADING)
    file.write_text(
        f"{kept}{HEADING}\n"
        f"{table(numbers)}\n\n"
        f"Written by the last run in which every soak test passed: {len(calls)} tests, "
        f"{minutes:.0f} minutes, Python {platform.python_version()}, "
        f"{os.cpu_count()} processors.\n",
        encoding="utf-8",
    )
