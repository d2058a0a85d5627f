"""What is made in ``docs/model-card.md``: the tables between two markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.evidence import Evidence
from bench.measure import PROJECT, Run
from bench.risk.published import Published
from lernhaus import marked
from lernhaus.marked import table

PAGE = PROJECT / "docs" / "model-card.md"
PICTURES = PROJECT / "docs" / "img"
BEGIN, END = "<!-- {}: made by `make evaluate-risk` -->", "<!-- end of {} -->"

PROTOCOL = "2013_to_2014"
# as-of day: least area under the curve
GOALS = {0: 0.708, 14: 0.727, 28: 0.787, 56: 0.826, 84: 0.850, 112: 0.878, 140: 0.903}
MOST_CALIBRATION_ERROR, CALIBRATED_FROM_DAY = 0.035, 14
MEASURES = {
    "base_rate": "failed or withdrew",
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier score",
    "calibration_error": "calibration error",
    "precision_of_top_fifth": "precision, top fifth",
    "recall_of_top_fifth": "recall, top fifth",
}
DAY_OF_GROUPS = 56
MOST_CPU_SECONDS, MOST_MB = 360, 2000


def goals(evidence: Evidence, found: Sequence[Published]) -> list[tuple[str, str, str, bool]]:
    """Return what the score must reach: what, figure, goal, and whether it is met."""
    rows = []
    areas = evidence.over_time(PROTOCOL, "auc")
    for day, goal in GOALS.items():
        rows.append((f"AUC, day {day}", f"{areas[day].value:.4f}", f"at least {goal:.3f}", areas[day].value >= goal))
    errors = [
        f.value for day, f in evidence.over_time(PROTOCOL, "calibration_error").items() if day >= CALIBRATED_FROM_DAY
    ]
    what = f"calibration error, greatest from day {CALIBRATED_FROM_DAY} on"
    is_met = max(errors) <= MOST_CALIBRATION_ERROR
    rows.append((what, f"{max(errors):.4f}", f"at most {MOST_CALIBRATION_ERROR}", is_met))
    for one in found:
        rows.append((one.what, f"{one.value:.4f}", f"at least {one.goal:.3f}", one.value >= one.goal))
    return rows


def cost_goals(cost: Run) -> list[tuple[str, str, str, bool]]:
    """Return the goals for what the whole takes: seconds of two cores, and memory."""
    what = "features, training, backtest, evaluation and scores of everything:"
    cpu, peak = cost["cpu_seconds"], cost["peak_mb"]
    return [
        (
            f"{what} seconds of CPU",
            f"{cpu:.0f}",
            f"at most {MOST_CPU_SECONDS}, three minutes of two cores",
            cpu <= MOST_CPU_SECONDS,
        ),
        (f"{what} peak memory, MB", f"{peak:.0f}", f"at most {MOST_MB:,}", peak <= MOST_MB),
    ]


def figures_block(evidence: Evidence, found: Sequence[tuple[str, str, str, bool]]) -> str:
    """Return the goals, the measures by day, and the areas of the other protocols."""
    met = table(["", "figure", "goal", ""], [[w, f, g, "met" if ok else "**not met**"] for w, f, g, ok in found])
    days = list(evidence.over_time(PROTOCOL, "auc"))
    rows = []
    for day in days:
        values = {measure: evidence.over_time(PROTOCOL, measure)[day] for measure in MEASURES}
        auc = values["auc"]
        rows.append(
            [
                str(day),
                f"{auc.enrollments:,}",
                *(
                    f"{value.value:.3f} ({auc.lower:.3f} to {auc.upper:.3f})" if name == "auc" else f"{value.value:.3f}"
                    for name, value in values.items()
                ),
            ]
        )
    headline = table(["day", "enrollments", *MEASURES.values()], rows)
    beside = []
    for day in days:
        cells = [str(day)]
        for protocol, grouped_by, group in (
            (PROTOCOL, "all", "all"),
            (PROTOCOL, "learner", "new"),
            (f"{PROTOCOL}_course_left_out", "all", "all"),
            (f"{PROTOCOL}_all_enrolled", "all", "all"),
        ):
            figure = evidence.over_time(protocol, "auc", grouped_by, group).get(day)
            cells.append("" if figure is None else f"{figure.value:.3f}")
        beside.append(cells)
    header = ["AUC, day", "headline", "learners not in training", "course not in training", "withdrawn kept in"]
    return f"{met}\n\n{headline}\n\n{table(header, beside)}"


def groups_block(evidence: Evidence, protected: Mapping[str, Mapping[int, float]]) -> str:
    """Return the measures by group of learners, and what protected attributes would add."""
    rows = []
    for grouped_by in ("gender", "age_band", "deprivation_band", "disability"):
        for group in evidence.groups(PROTOCOL, DAY_OF_GROUPS, "auc", grouped_by):
            cells = [f"{grouped_by} {group}"]
            for number, measure in enumerate(MEASURES):
                figure = evidence.groups(PROTOCOL, DAY_OF_GROUPS, measure, grouped_by)[group]
                cells += [f"{figure.enrollments:,}"] if number == 0 else []
                cells.append(f"{figure.value:.3f}")
            rows.append(cells)
    by_group = table([f"group, day {DAY_OF_GROUPS}", "enrollments", *MEASURES.values()], rows)
    days = next(iter(protected.values()))
    added = table(
        ["AUC, day", *protected], [[str(day), *(f"{areas[day]:.4f}" for areas in protected.values())] for day in days]
    )
    return f"{by_group}\n\n{added}"


def published_block(found: Sequence[Published]) -> str:
    """Return the figures beside those in print."""
    return table(
        ["protocol", "here", "in print"], [[one.what, f"{one.value:.3f}", f"{one.published:.3f}"] for one in found]
    )


def insert(text: str, name: str, lines: str) -> str:
    """Return the page with ``lines`` between the markers of ``name``; ``ValueError`` where it has not one pair."""
    return marked.insert(text, BEGIN.format(name), END.format(name), lines)
