"""The pictures of docs/engagement.md: plain SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from bench.evidence import Evidence

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#8a8a8a"
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lernhaus",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "axes.axisbelow": True,
    "legend.frameon": False,
}
GROUPINGS = {"gender": "gender", "age_band": "age", "disability": "disability", "deprivation_band": "deprivation"}


def deciles(evidence: Evidence, cohort: str) -> Canvas:
    """Share that failed or withdrew by decile of the index, at the end of weeks 4, 8 and 16."""
    canvas = Canvas(figsize=(7.2, 3.6), layout="constrained")
    axes = canvas.subplots()
    for week, colour, marker in ((3, GREY, "s"), (7, BLUE, "o"), (15, ORANGE, "^")):
        found = evidence.groups(cohort, week, "failure_share", "decile")
        places = [int(decile) for decile in found]
        values = [100 * figure.value for figure in found.values()]
        ends = [
            [100 * (f.value - f.lower) for f in found.values()],
            [100 * (f.upper - f.value) for f in found.values()],
        ]
        axes.errorbar(
            places, values, yerr=ends, color=colour, marker=marker, capsize=2, label=f"end of week {week + 1}"
        )
    axes.set(
        xlabel="decile of the engagement index (1 = lowest)",
        ylabel="failed or withdrew, %",
        xticks=range(1, 11),
        ylim=(0, 100),
        title=f"Outcome by decile, runs of {cohort}",
    )
    axes.legend()
    return canvas


def areas(evidence: Evidence, cohort: str) -> Canvas:
    """Area under the curve for success by week: the index, its parts, plain clicks."""
    canvas = Canvas(figsize=(7.2, 3.6), layout="constrained")
    axes = canvas.subplots()
    for part in ("effort", "regularity", "timeliness", "breadth", "recency"):
        found = evidence.over_time(cohort, "success_auc", "score", part)
        label = "its parts" if part == "effort" else None
        axes.plot(
            [week + 1 for week in found], [f.value for f in found.values()], color=GREY, linewidth=0.8, label=label
        )
    for score, colour, label in (
        ("engagement_index", BLUE, "engagement index"),
        ("interaction_count", ORANGE, "interactions so far"),
    ):
        found = evidence.over_time(cohort, "success_auc", "score", score)
        weeks = [week + 1 for week in found]
        axes.fill_between(
            weeks,
            [f.lower for f in found.values()],
            [f.upper for f in found.values()],
            color=colour,
            alpha=0.2,
            linewidth=0,
        )
        axes.plot(weeks, [f.value for f in found.values()], color=colour, marker="o", label=label)
    axes.set(
        xlabel="end of week",
        ylabel="area under the curve",
        ylim=(0.5, 1),
        title=f"How well learners who will pass are told apart, runs of {cohort}",
    )
    axes.legend()
    return canvas


def groups(evidence: Evidence, cohort: str, week: int) -> Canvas:
    """Mean index, and area under the curve within the group, by group of learners."""
    canvas = Canvas(figsize=(7.2, 5.2), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    names = []
    for attribute, title in GROUPINGS.items():
        names += [
            (attribute, value, f"{title} {value}") for value in evidence.groups(cohort, week, "index_mean", attribute)
        ]
    for axes, measure, label in (
        (left, "index_mean", "mean of the index"),
        (right, "success_auc", "area under the curve within the group"),
    ):
        for place, (attribute, value, _) in enumerate(names):
            figure = evidence.groups(cohort, week, measure, attribute).get(value)
            if figure:
                axes.plot([figure.lower, figure.upper], [place, place], color=BLUE)
                axes.plot(figure.value, place, color=BLUE, marker="o")
        axes.set(xlabel=label)
    everyone = evidence.groups(cohort, week, "index_mean", "all")["all"].value
    left.axvline(everyone, color=GREY, linewidth=0.8)
    area = evidence.groups(cohort, week, "success_auc", "score")["engagement_index"].value
    right.axvline(area, color=GREY, linewidth=0.8)
    left.set_yticks(range(len(names)), [name for _, _, name in names])
    left.invert_yaxis()
    canvas.suptitle(
        f"Groups of learners at the end of week {week + 1}, runs of {cohort} (lines: all learners)", fontsize=11
    )
    return canvas


def draw(folder: Path, cohort: str, evidence: Evidence) -> list[Path]:
    """Write all pictures into the folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[], Canvas]] = {
        "deciles": lambda: deciles(evidence, cohort),
        "areas": lambda: areas(evidence, cohort),
        "groups": lambda: groups(evidence, cohort, 7),
    }
    paths = []
    for name, make in makers.items():
        path = folder / f"engagement-{name}.svg"
        with mpl.rc_context(STYLE):
            make().savefig(path, metadata={"Date": None, "Creator": None})
        paths.append(path)
    return paths
