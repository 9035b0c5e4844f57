"""Chapters that run several at a time: where the build finds them, and what one failure does."""

from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from run_chapters import run_all

HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A chapter
"""


def chapter(folder, name, code):
    path = folder / f"{name}.md"
    path.write_text(f"{HEAD}\n```{{code-cell}} ipython3\n{code}\n```\n", encoding="utf-8")
    return path


def as_the_build_reads(path):
    return read_myst_markdown_notebook(
        path.read_text(encoding="utf-8"), MdParserConfig(), path=path
    )


def test_the_build_finds_what_ran_and_a_failure_stops_nothing(tmp_path, capfd):
    cache = tmp_path / "cache"
    good = chapter(tmp_path, "good", "print(6 * 7)")
    bad = chapter(tmp_path, "bad", "raise ValueError('no')")
    other = chapter(tmp_path, "other", "import os\nprint(os.path.basename(os.getcwd()))")
    prose = tmp_path / "prose.md"
    prose.write_text("# No code\n", encoding="utf-8")
    run_all([good, bad, other, prose], cache)
    said = capfd.readouterr().out
    assert "good: ran" in said
    assert "bad: failed" in said
    assert "prose" not in said
    store = get_cache(str(cache))
    outputs = [
        store.merge_match_into_notebook(as_the_build_reads(path))[1].cells[-1].outputs[0].text
        for path in (good, other)
    ]
    assert outputs == ["42\n", f"{tmp_path.name}\n"]
    assert len(store.list_cache_records()) == 2
    # Again: only what is not in the cache.
    run_all([good, bad, other, prose], cache)
    said = capfd.readouterr().out
    assert "good" not in said
    assert "bad: failed" in said
