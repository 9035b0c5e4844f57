"""What makes a chapter run again: the code and the files that it uses, and nothing else."""

import chapter_states
import pytest
from experiments.definitions import definitions_used_by
from jupyter_cache import get_cache
from run_chapters import run_all
from test_run_chapters import chapter


def modules(page):
    units = definitions_used_by("\n".join(chapter_states.code_cells(page)))
    return {unit.module for unit in units}


def test_a_chapter_depends_on_the_code_it_uses():
    """Also on code that is reached through a method or loaded when it is first used."""
    assert not any(module.startswith("qrnnlib.learning") for module in modules("two-systems"))
    assert {
        "qrnnlib.learning.estimators",
        "qrnnlib.learning.adam",
        "qrnnlib.cell.exact_channel",
        "qrnnbook.recording",
        "qrnnbook.plotting.style",
    } <= modules("training")
    assert "qrnnlib.hardware.aer" in modules("noise-and-hardware")


@pytest.fixture
def read(monkeypatch):
    """Return a function: the names of the files behind a page's state."""
    found = []

    def digest(path):
        found.append(path.name)
        return b""

    monkeypatch.setattr(chapter_states, "_digest", digest)

    def files(page):
        found.clear()
        chapter_states.state(page)
        return set(found)

    return files


def test_a_chapter_depends_on_the_files_it_reads(read, monkeypatch, tmp_path):
    monkeypatch.setenv("QRNNLIB_WEATHER_DIR", str(tmp_path))
    (tmp_path / "2024.csv").write_text("a year", encoding="utf-8")
    assert read("notation") == {"requirements.txt"}
    assert "dance.js" in read("index")
    assert "2024.csv" not in read("index")
    assert "2024.csv" in read("ontario-weather")
    assert "quantum_clock.json" in read("quantum-memory")
    assert {"jumps.json", "scoreboard.json"} <= read("claims")


def test_a_changed_statement_changes_the_states_of_its_users(monkeypatch):
    """As if another line had been put into one function."""
    before = {page: chapter_states.state(page) for page in ("two-systems", "training")}
    dump = chapter_states.ast.dump

    def changed(node):
        return dump(node) + ("changed" if getattr(node, "name", "") == "QuantumRNN" else "")

    monkeypatch.setattr(chapter_states.ast, "dump", changed)
    assert chapter_states.state("two-systems") == before["two-systems"]
    assert chapter_states.state("training") != before["training"]


def test_only_what_is_outdated_is_forgotten(monkeypatch, tmp_path):
    cache = tmp_path / "cache"
    states = {"one": "a", "two": "b"}
    monkeypatch.setattr(chapter_states, "CACHE", cache)
    monkeypatch.setattr(chapter_states, "STATES", cache / "states.json")
    monkeypatch.setattr(chapter_states, "toc", lambda: {"": list(states)})
    monkeypatch.setattr(chapter_states, "state", states.__getitem__)
    assert chapter_states.forget_outdated() == cache  # nothing is there yet
    run_all([chapter(tmp_path, name, f"print('{name}')") for name in states], cache)

    def kept():
        return sorted(
            record.uri.split("/")[-1] for record in get_cache(str(cache)).list_cache_records()
        )

    chapter_states.forget_outdated()
    assert kept() == ["one.md", "two.md"]
    states["two"] = "c"
    chapter_states.forget_outdated()
    assert kept() == ["one.md"]
    # What the cache was made from is not known: all of it is forgotten.
    (cache / "states.json").unlink()
    chapter_states.forget_outdated()
    assert kept() == []
