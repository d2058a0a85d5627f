"""The pictures of docs/model-card.md: plain SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Canvas

from bench.engagement.pictures import BLUE, GREY, GROUPINGS, ORANGE, STYLE
from bench.evidence import Evidence, Figure

DAYS_SHOWN = (28, 84, 140)


def _band(axes: Any, found: dict[int, Figure], colour: str, marker: str, label: str) -> None:
    days = list(found)
    lower, upper = [f.lower for f in found.values()], [f.upper for f in found.values()]
    axes.fill_between(days, lower, upper, color=colour, alpha=0.2, linewidth=0)
    values = [f.value for f in found.values()]
    axes.plot(days, values, color=colour, marker=marker, label=label)


def areas(evidence: Evidence, protocol: str) -> Canvas:
    """Area under the curve by as-of day: the headline, courses left out, all enrolled."""
    canvas = Canvas(figsize=(7.2, 3.6), layout="constrained")
    axes = canvas.subplots()
    for suffix, colour, marker, label in (
        ("_all_enrolled", GREY, "s", "those who had withdrawn kept in"),
        ("", BLUE, "o", "still enrolled (the headline)"),
        ("_course_left_out", ORANGE, "^", "still enrolled, course not seen in training"),
    ):
        _band(axes, evidence.over_time(protocol + suffix, "auc"), colour, marker, label)
    axes.set(
        xlabel="as-of day of the course",
        ylabel="area under the curve",
        ylim=(0.5, 1),
        title=f"How well those who will fail or withdraw are told apart, {protocol.replace('_', ' ')}",
    )
    axes.legend(loc="lower right")
    return canvas


def calibration(backtest: pd.DataFrame) -> Canvas:
    """Share that failed or withdrew by tenth of the probability; columns as_of_day, said, happened."""
    canvas = Canvas(figsize=(5.2, 4.6), layout="constrained")
    axes = canvas.subplots()
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8)
    for day, colour, marker in zip(DAYS_SHOWN, (GREY, BLUE, ORANGE), ("s", "o", "^"), strict=True):
        rows = backtest[backtest["as_of_day"] == day]
        axes.plot(100 * rows["said"], 100 * rows["happened"], color=colour, marker=marker, label=f"day {day}")
    axes.set(
        xlabel="probability, mean of a tenth of the learners, %",
        ylabel="failed or withdrew, %",
        xlim=(0, 100),
        ylim=(0, 100),
        title="Said and happened",
    )
    axes.legend(loc="upper left")
    return canvas


def groups(evidence: Evidence, protocol: str, day: int) -> Canvas:
    """Area under the curve and calibration error by group of learners."""
    canvas = Canvas(figsize=(7.2, 5.2), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    names = [
        (attribute, value, f"{title} {value}")
        for attribute, title in GROUPINGS.items()
        for value in evidence.groups(protocol, day, "auc", attribute)
    ]
    for axes, measure, label in (
        (left, "auc", "area under the curve within the group"),
        (right, "calibration_error", "calibration error"),
    ):
        for place, (attribute, value, _) in enumerate(names):
            figure = evidence.groups(protocol, day, measure, attribute)[value]
            axes.plot([figure.lower, figure.upper], [place, place], color=BLUE)
            axes.plot(figure.value, place, color=BLUE, marker="o")
        axes.axvline(evidence.over_time(protocol, measure)[day].value, color=GREY, linewidth=0.8)
        axes.set(xlabel=label)
    left.set_yticks(range(len(names)), [name for _, _, name in names])
    left.invert_yaxis()
    canvas.suptitle(f"Groups of learners, day {day} (lines: all learners)", fontsize=11)
    return canvas


def draw(folder: Path, protocol: str, evidence: Evidence, backtest: pd.DataFrame) -> list[Path]:
    """Write all pictures into the folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[], Canvas]] = {
        "areas": lambda: areas(evidence, protocol),
        "calibration": lambda: calibration(backtest),
        "groups": lambda: groups(evidence, protocol, 56),
    }
    paths = []
    for name, make in makers.items():
        path = folder / f"risk-{name}.svg"
        with mpl.rc_context(STYLE):
            make().savefig(path, metadata={"Date": None, "Creator": None})
        paths.append(path)
    return paths
