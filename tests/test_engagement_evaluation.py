"""The page on the engagement index: it defines what the tables hold, and nobody edits its figures by hand."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from conftest import PROJECT

from bench.engagement import __main__ as command
from bench.engagement import page, pictures, weights
from bench.evidence import Evidence, Figure
from lernhaus.engagement import engagement_week


def evidence(**changed: float) -> Evidence:
    """Made-up figures of two years in which everything is as it must be, but for what is changed."""
    value = {"gain": 0.06, "area": 0.9, "ratio": 10.0, "stability": 0.9, **changed}
    figures = {}

    def add(*key: object, found: float) -> None:
        for year in ("2013", "2014"):
            figures[(year, *key)] = Figure(found, found - 0.01, found + 0.01, 1000)

    for week in (1, 3, 7, 11, 15):
        add(week, "failure_share", "all", "all", found=0.4)
        for decile in range(10):
            share = 0.9 / value["ratio"] ** (decile / 9)
            add(week, "failure_share", "decile", f"{decile + 1:02d}", found=share)
        for band in ("low", "medium", "high"):
            add(week, "failure_share", "engagement_band", band, found=0.5)
        for score in ("engagement_index", *engagement_week.PARTS):
            add(week, "success_auc", "score", score, found=value["area"])
        add(week, "success_auc", "score", "interaction_count", found=value["area"] - value["gain"])
        add(week, "split_half", "score", "engagement_index", found=0.9)
        add(week, "index_mean", "all", "all", found=52.0)
        for attribute in pictures.GROUPINGS:
            add(week, "attribute_correlation", "attribute", attribute, found=0.1)
            add(week, "index_mean", attribute, "x", found=50.0)
            add(week, "success_auc", attribute, "x", found=0.8)
        if week >= 7:
            add(week, "rank_stability", "score", "engagement_index", found=value["stability"])
    return Evidence(figures)


def test_page_defines_every_column_and_measure() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    columns = set(engagement_week.SCHEMA.names) - {"enrollment_key", "course_week"}
    declared = (PROJECT / "python_models/engagement/engagement_validation.yml").read_text(encoding="utf-8")
    (validation,) = yaml.safe_load(declared)["models"]
    (measure,) = (column for column in validation["columns"] if column["name"] == "measure")
    measures = set(measure["description"].split("`")[1::2])
    assert {"failure_share", "success_auc", "split_half"} < measures
    assert {name for name in columns | measures if f"`{name}`" not in text} == set()


def test_page_and_project_have_the_weights_of_the_library() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["engagement_weights"] == dict(engagement_week.DEFAULT_WEIGHTS)
    rows = [line.strip("| ").split(" | ") for line in page.PAGE.read_text(encoding="utf-8").splitlines()]
    shown = {row[0][1:-1]: float(row[-1]) for row in rows if row[0] in {f"`{part}`" for part in engagement_week.PARTS}}
    assert shown == dict(engagement_week.DEFAULT_WEIGHTS)


def test_goals_are_met_or_missed() -> None:
    assert all(met for *_, met in page.goals(evidence()))
    assert [met for *_, met in page.goals(evidence(area=0.78))] == [
        True,
        True,
        True,
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    for changed in ({"gain": 0.04}, {"ratio": 6.9}, {"stability": 0.84}):
        assert sum(not met for *_, met in page.goals(evidence(**changed))) == 1
    # deciles the wrong way round: each step is an inversion, and the ratio is too small
    assert [met for *_, met in page.goals(evidence(ratio=0.5))] == [True] * 6 + [False, False, True]


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="must have one line"):
        page.insert("# Engagement index\n", "figures", "| a |")


def test_page_has_the_points_of_the_attention_list() -> None:
    source = (PROJECT / "macros" / "attention.sql").read_text(encoding="utf-8")
    points = {name: int(value) for name, value in re.findall(r"'(\w+)': (\d+)", source)}
    section = page.PAGE.read_text(encoding="utf-8").partition("## Whom to contact this week")[2].partition("## ")[0]
    shown = [int(number) for number in re.findall(r"\| (\d) \|$", section, flags=re.MULTILINE)]
    names = ("high_risk", "medium_risk", "low_engagement", "silent", "sharp_drop", "missed_work", "waiting_post")
    assert shown == [points[name] for name in names]
    assert f"without a risk score, {points['low_engagement_without_risk']})" in section
    assert f"at least {points['enter']} points and stays until a week with at most {points['leave']}" in section


def test_weeks_of_the_attention_list_with_too_few_learners_are_left_blank() -> None:
    row = {"course_week": 7, "enrollment_count": 1234, "listed_share": 0.25, "new_share": 0.05, "found_share": 0.5}
    rows = [
        {**row, "listed_failed_share": None, "returned_share": 0.02},
        {**row, "course_week": 8, "returned_share": 0.04},
    ]
    block = page.attention_block(rows)
    assert "| 8 | 1,234 | 25.0 % | 5.0 % |  | 50.0 % | 2.0 % |" in block
    assert "| 9 |" not in block
    assert block.endswith("mean over all weeks: 3.0 %.")


def test_candidates_for_weights_are_whole_steps_that_give_every_part_a_share() -> None:
    found = [tuple(candidate.values()) for candidate in weights.candidates()]
    assert len(found) == len(set(found)) == 1001
    assert all(min(weights) >= 0.1 and sum(weights) == pytest.approx(1) for weights in found)


def test_pictures_are_small_and_the_same_for_the_same_figures(tmp_path: Path) -> None:
    first, second = (pictures.draw(tmp_path / name, "2014", evidence()) for name in ("first", "second"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert all(path.read_text(encoding="utf-8").count("<svg") == 1 for path in first)
    other = pictures.draw(tmp_path / "other", "2014", evidence(ratio=5.0))
    assert other[0].read_bytes() != first[0].read_bytes()
    for path in (PROJECT / "docs" / "img").glob("engagement-*.svg"):
        assert path.stat().st_size < 200_000
        assert f"(img/{path.name})" in page.PAGE.read_text(encoding="utf-8")


def test_a_warehouse_without_finished_runs_is_refused(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "empty.duckdb")) as connection:
        connection.execute(
            """
            create table engagement_validation (
                cohort varchar, course_week integer, measure varchar, grouped_by varchar, group_value varchar,
                measure_value double, lower_bound double, upper_bound double, enrollment_count integer,
                engagement_version varchar
            )
            """
        )
    outcome = CliRunner().invoke(command.main, ["--warehouse", str(tmp_path / "empty.duckdb")])
    assert isinstance(outcome.exception, ValueError)
    assert "no course run has finished" in str(outcome.exception)
