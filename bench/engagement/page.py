"""What is made in ``docs/engagement.md``: the tables between two markers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bench.engagement.attention import Row
from bench.engagement.weights import LEAST_STABILITY, Candidate
from bench.evidence import Evidence, Figure
from bench.measure import PROJECT
from lernhaus import marked
from lernhaus.engagement.engagement_week import PARTS
from lernhaus.marked import table

PAGE = PROJECT / "docs" / "engagement.md"
PICTURES = PROJECT / "docs" / "img"
BEGIN, END = "<!-- {}: made by `make evaluate-engagement` -->", "<!-- end of {} -->"

# the weights were set on the runs of the first year, and are tested on those of the second
SET_ON, TESTED_ON = "2013", "2014"
WEEK = 7
# course week: least area under the curve for success
GOALS = {1: 0.685, 3: 0.72, 7: 0.77, 11: 0.795, 15: 0.83}
LEAST_GAIN, GAIN_FROM_WEEK = 0.05, 3
LEAST_RATIO = 7.0
LEAST_RANK_CORRELATION = 0.85
ATTENTION_WEEKS = (2, 3, 4, 6, 8, 12, 16, 20, 24, 32)


def _number(figure: Figure | None, digits: int = 3) -> str:
    return "" if figure is None else f"{figure.value:.{digits}f}"


def _interval(figure: Figure | None, digits: int = 3) -> str:
    if figure is None:
        return ""
    return f"{figure.value:.{digits}f} ({figure.lower:.{digits}f} to {figure.upper:.{digits}f})"


def goals(evidence: Evidence) -> list[tuple[str, str, str, bool]]:
    """Return what the index must reach on the runs it is tested on: what, figure, goal, and whether it is met."""
    found = []
    index = evidence.over_time(TESTED_ON, "success_auc", "score", "engagement_index")
    clicks = evidence.over_time(TESTED_ON, "success_auc", "score", "interaction_count")
    for week, goal in GOALS.items():
        value = index[week].value
        found.append((f"AUC, end of week {week + 1}", f"{value:.4f}", f"at least {goal}", value >= goal))
    gain = min(index[week].value - clicks[week].value for week in index if week >= GAIN_FROM_WEEK)
    what = f"AUC above that of plain clicks, least from week {GAIN_FROM_WEEK + 1} on"
    found.append((what, f"{gain:.4f}", f"at least {LEAST_GAIN}", gain >= LEAST_GAIN))
    risks = [f.value for f in evidence.groups(TESTED_ON, WEEK, "failure_share", "decile").values()]
    inversions = sum(later >= earlier for earlier, later in itertools.pairwise(risks))
    found.append((f"Inversions between deciles, end of week {WEEK + 1}", str(inversions), "none", inversions == 0))
    ratio = risks[0] / risks[-1]
    what = f"Risk of the lowest decile over that of the highest, end of week {WEEK + 1}"
    found.append((what, f"{ratio:.2f}", f"at least {LEAST_RATIO:g}", ratio >= LEAST_RATIO))
    stability = evidence.over_time(TESTED_ON, "rank_stability", "score", "engagement_index")
    least = min(f.value for f in stability.values())
    what = f"Spearman's correlation with four weeks earlier, least from week {min(stability) + 1} on"
    found.append((what, f"{least:.4f}", f"at least {LEAST_RANK_CORRELATION}", least >= LEAST_RANK_CORRELATION))
    return found


def weights_block(candidates: Sequence[Candidate]) -> str:
    """Return the best weights on the runs they are set on, beside the best of those that are too unstable."""
    rows = [
        [
            str(place),
            *(f"{candidate.weights[part]:.2f}" for part in PARTS),
            f"{candidate.area:.4f}",
            f"{candidate.stability:.4f}",
        ]
        for place, candidate in enumerate(candidates[:5], start=1)
    ]
    lines = table(["", *PARTS, "mean AUC", "Spearman with four weeks earlier"], rows)
    last = candidates[-1]
    return (
        f"{lines}\n\n{len(candidates)} combinations are stable enough (a correlation of at least {LEAST_STABILITY});"
        f" the last of them has a mean AUC of {last.area:.4f}."
    )


def attention_block(rows: Sequence[Row]) -> str:
    """Return what the list of those to contact would have been, at the ends of some weeks."""

    def share(row: Row, name: str) -> str:
        return "" if row[name] is None else f"{100 * row[name]:.1f} %"

    columns = {
        "listed_share": "on the list",
        "new_share": "new on it",
        "listed_failed_share": "of these failed or withdrew",
        "found_share": "of all who failed or withdrew",
        "returned_share": "of those who left it back within two weeks",
    }
    shown = [row for row in rows if row["course_week"] + 1 in ATTENTION_WEEKS]
    lines = table(
        ["end of week", "enrolled", *columns.values()],
        [
            [str(row["course_week"] + 1), f"{row['enrollment_count']:,}", *(share(row, name) for name in columns)]
            for row in shown
        ],
    )
    left = [row["returned_share"] for row in rows if row["returned_share"] is not None]
    return f"{lines}\n\nBack within two weeks, mean over all weeks: {100 * sum(left) / len(left):.1f} %."


def figures_block(evidence: Evidence, version: str) -> str:
    """Return the tables and pictures of the evidence for a version of the definition."""
    parts = [f"Definition {version}, runs of {TESTED_ON} unless it says otherwise.", ""]
    parts += [
        table(
            ["goal", "figure", "", ""],
            [[what, figure, goal, "met" if met else "missed"] for what, figure, goal, met in goals(evidence)],
        ),
        "",
        "![Share that failed or withdrew by decile of the index](img/engagement-deciles.svg)",
        "",
        "![Area under the curve by week](img/engagement-areas.svg)",
        "",
        _weeks(evidence),
        "",
        _deciles(evidence),
        "",
        "![Mean of the index and area under the curve by group](img/engagement-groups.svg)",
        "",
        _attributes(evidence),
        "",
        _groups(evidence),
    ]
    return "\n".join(parts)


def _weeks(evidence: Evidence) -> str:
    def column(cohort: str, measure: str, score: str) -> dict[int, Figure]:
        return evidence.over_time(cohort, measure, "score", score)

    index, set_on = (column(cohort, "success_auc", "engagement_index") for cohort in (TESTED_ON, SET_ON))
    clicks = column(TESTED_ON, "success_auc", "interaction_count")
    stability = column(TESTED_ON, "rank_stability", "engagement_index")
    halves = column(TESTED_ON, "split_half", "engagement_index")
    failed = evidence.over_time(TESTED_ON, "failure_share", "all", "all")
    rows = [
        [
            str(week + 1),
            f"{index[week].enrollments:,}",
            f"{100 * failed[week].value:.1f} %",
            _interval(index[week]),
            _number(clicks[week]),
            _number(set_on.get(week)),
            _number(stability.get(week)),
            _number(halves.get(week)),
        ]
        for week in evidence.over_time(TESTED_ON, "success_auc", "score", "engagement_index")
    ]
    header = ["end of week", "still enrolled", "will fail or withdraw", "AUC (95 % interval)", "AUC of plain clicks"]
    header += [f"AUC, runs of {SET_ON}", "Spearman with four weeks earlier", "split-half reliability"]
    return table(header, rows)


def _deciles(evidence: Evidence) -> str:
    found = evidence.groups(TESTED_ON, WEEK, "failure_share", "decile")
    bands = evidence.groups(TESTED_ON, WEEK, "failure_share", "engagement_band")
    rows = [
        ["failed or withdrew", *(f"{100 * f.value:.0f} %" for f in found.values())],
    ]
    texts = ", ".join(
        f"{name} {100 * bands[name].value:.0f} % of {bands[name].enrollments:,}" for name in ("low", "medium", "high")
    )
    lines = table([f"decile, end of week {WEEK + 1}", *(str(int(decile)) for decile in found)], rows)
    return f"{lines}\n\nBy band, at the same time: {texts}."


def _attributes(evidence: Evidence) -> str:
    weeks = (3, 7, 15)
    rows = [
        [
            attribute.replace("_", " "),
            *(
                _interval(evidence.groups(TESTED_ON, week, "attribute_correlation", "attribute").get(attribute), 2)
                for week in weeks
            ),
        ]
        for attribute in ("age_band", "deprivation_band", "disability", "gender")
    ]
    return table(["Spearman's correlation of the index with", *(f"end of week {week + 1}" for week in weeks)], rows)


def _groups(evidence: Evidence) -> str:
    rows = []
    for attribute in ("gender", "age_band", "disability", "deprivation_band"):
        areas = evidence.groups(TESTED_ON, WEEK, "success_auc", attribute)
        for value, mean in evidence.groups(TESTED_ON, WEEK, "index_mean", attribute).items():
            name = f"{attribute.replace('_', ' ')} {value}"
            rows.append([name, f"{mean.enrollments:,}", _interval(mean, 1), _interval(areas.get(value))])
    return table([f"group, end of week {WEEK + 1}", "enrollments", "mean of the index", "AUC within the group"], rows)


def insert(text: str, name: str, lines: str) -> str:
    """Return the page with ``lines`` between the markers of ``name``; ``ValueError`` where it has not one pair."""
    return marked.insert(text, BEGIN.format(name), END.format(name), lines)
