"""The page on the risk scores: what it must say, and that a goal that is missed is called so."""

from __future__ import annotations

import re

import pytest
from conftest import PROJECT

from bench.evidence import Evidence, Figure
from bench.measure import Run
from bench.risk import page
from bench.risk.published import Published
from lernhaus.risk import catalogue, features, models
from lernhaus.risk.evaluation import GROUPS

SUFFIXES = ("", models.COURSE_LEFT_OUT, models.ALL_ENROLLED)


def evidence(area: float = 0.95, error: float = 0.01) -> Evidence:
    """Made-up figures of all protocols, the same on every day."""
    figures = {}
    for suffix in SUFFIXES:
        for day in features.DEFAULT_AS_OF_DAYS:
            for measure in page.MEASURES:
                value = {"auc": area, "calibration_error": error}.get(measure, 0.5)
                figure = Figure(value, value - 0.01, value + 0.01, 1000)
                for grouped_by, group in (("all", "all"), ("learner", "new"), *((name, "x") for name in GROUPS)):
                    figures[(page.PROTOCOL + suffix, day, measure, grouped_by, group)] = figure
    return Evidence(figures)


FOUND = [Published("next_week", "a published figure", 0.9, 0.8, 0.85)]


def test_page_names_what_there_is_to_read() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    tables = {path.stem for path in (PROJECT / "python_models" / "risk").glob("*.yml")}
    assert {name for name in tables if f"`{name}`" not in text} == set()
    assert f"{len(catalogue.FEATURES)} features in {len(catalogue.GROUPS)} groups" in text.replace("six", "6")
    for name in ("figures", "groups", "published"):
        block = re.search(rf"<!-- {name}: .*?-->(.*?)<!-- end of {name} -->", text, re.DOTALL)
        assert block and "| ---: |" in block[1]


def test_goals_that_are_missed_are_called_so() -> None:
    assert all(met for *_, met in page.goals(evidence(), FOUND))
    missed = [what for what, _, _, met in page.goals(evidence(area=0.88), FOUND) if not met]
    assert missed == ["AUC, day 140"]
    missed = [what for what, _, _, met in page.goals(evidence(error=0.036), FOUND) if not met]
    assert missed == ["calibration error, greatest from day 14 on"]
    low = [Published("next_week", "a published figure", 0.84, 0.8, 0.85)]
    goals = page.goals(evidence(), low)
    assert [what for what, _, _, met in goals if not met] == ["a published figure"]
    assert page.figures_block(evidence(), goals).count("**not met**") == 1
    cost: Run = {"wall_seconds": 200.0, "cpu_seconds": 300.0, "peak_mb": 2100.0}
    assert [met for *_, met in page.cost_goals(cost)] == [True, False]


def test_blocks_stand_between_their_markers() -> None:
    protected = {
        what: dict.fromkeys(features.DEFAULT_AS_OF_DAYS, area) for what, area in (("without", 0.7), ("with", 0.702))
    }
    block = page.groups_block(evidence(), protected)
    assert "| AUC, day | without | with |" in block and "| 252 | 0.7000 | 0.7020 |" in block
    text = page.insert(page.PAGE.read_text(encoding="utf-8"), "published", page.published_block(FOUND))
    assert "| a published figure | 0.900 | 0.800 |" in text
    with pytest.raises(ValueError, match="must have one line"):
        page.insert("no markers", "published", "")
