"""The evaluations of the text features: the runner, the table, and the page that nobody edits by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.nlp import DataMissing, Figure, data_file, page
from bench.nlp import __main__ as command
from bench.results import load
from lernhaus.nlp import post_features


def test_page_holds_the_last_results() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    results = load(command.RESULTS)
    assert page.insert(text, page.block(results)) == text
    assert len(list(page.figures(results))) == sum(len(found["figures"]) for found in results.values())


def test_page_defines_every_column_of_the_features() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    columns = set(post_features.SCHEMA.names) - {"post_key"}
    assert {name for name in columns if f"`{name}`" not in text} == set()


def test_bounds() -> None:
    assert [Figure("a", value, at_least=0.9, at_most=0.95).is_met for value in (0.8994, 0.8996, 0.95, 0.96)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert Figure("a", 5).is_met
    assert [Figure("a", 1, 0.5).goal, Figure("a", 1, at_most=2).goal, Figure("a", 1).goal] == [
        "at least 0.5", "at most 2", "",
    ]  # fmt: skip


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="must have one line"):
        page.insert("# Text features\n", "| a |")


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"ratings\.csv"):
        data_file(tmp_path, "ratings.csv")


def test_without_data_evaluations_are_skipped_and_results_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LERNHAUS_REAL_DATA", str(tmp_path))
    before = command.RESULTS.read_bytes(), page.PAGE.read_bytes()
    outcome = CliRunner().invoke(command.main, ["--only", "sentiment"])
    assert outcome.exit_code == 0, outcome.output
    assert "skipped sentiment: there is no" in outcome.output
    assert (command.RESULTS.read_bytes(), page.PAGE.read_bytes()) == before


def test_figures_go_to_results_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nlp.md").write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    monkeypatch.setattr(page, "PAGE", tmp_path / "nlp.md")
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr("bench.nlp.sentiment.evaluate", lambda data: [Figure("r", 0.5, at_least=0.8, note="few")])
    outcome = CliRunner().invoke(command.main, ["--only", "sentiment"])
    assert outcome.exit_code == 0, outcome.output
    assert "missed  sentiment" in outcome.output
    written = (tmp_path / "nlp.md").read_text()
    assert "| sentiment | r | 0.500 | at least 0.8 | missed; few |" in written
    assert written.startswith("before\n") and written.endswith("after\n") and "old" not in written
    assert load(tmp_path / "results.json")["sentiment"]["figures"][0]["value"] == 0.5


def test_unknown_evaluation_is_refused() -> None:
    outcome = CliRunner().invoke(command.main, ["--only", "everything"])
    assert outcome.exit_code == 2
    assert "there are sentiment" in outcome.output
