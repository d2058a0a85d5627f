"""How the weights of the engagement index were set: on the presentations of 2013 of OULAD, and nothing else of it.

Of all weights in steps of 0.05 that give each part at least 0.10, those count whose index at the end of week 8 keeps
the order of the learners of four weeks earlier (Spearman's correlation of at least 0.87). Of these, the best mean area
under the curve for success over the course weeks of `engagement_validation`, to four decimals, wins; among equals, the
most stable.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from lernhaus.engagement.engagement_week import PARTS

YEAR = 2013
STEPS = 20
LEAST_STEPS = 2
LEAST_STABILITY = 0.87
STABILITY_WEEK = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """Weights by part, with their mean area under the curve and the stability of ranks."""

    weights: dict[str, float]
    area: float
    stability: float


@dataclass(frozen=True)
class _Week:
    parts: Floats  # enrollments x parts, NaN where undefined
    success: NDArray[np.bool_]
    keys: NDArray[np.int64]

    def index(self, weights: Floats) -> Floats:
        present = np.where(np.isnan(self.parts), 0.0, weights)
        return np.asarray((np.nan_to_num(self.parts) * present).sum(axis=1) / present.sum(axis=1))

    def area(self, weights: Floats) -> float:
        ranks = _ranks(self.index(weights))
        good = int(self.success.sum())
        bad = len(ranks) - good
        return float((ranks[self.success].sum() - good * (good + 1) / 2) / (good * bad))


def candidates() -> list[dict[str, float]]:
    """Return all weights in question, in whole hundredths."""
    shares = itertools.product(range(LEAST_STEPS, STEPS + 1), repeat=len(PARTS))
    return [
        {part: share * 100 // STEPS / 100 for part, share in zip(PARTS, steps, strict=True)}
        for steps in shares
        if sum(steps) == STEPS
    ]


def search(connection: duckdb.DuckDBPyConnection) -> list[Candidate]:
    """Return the candidates that are stable enough, the best first, from a warehouse with OULAD in it."""
    rows = connection.execute(
        f"""
        select
            course_week, enrollment_key, final_result in ('pass', 'distinction') as is_success,
            {", ".join(PARTS)}
        from engagement_week
        join fct_enrollment using (enrollment_key)
        join dim_course_run using (course_run_key)
        where
            year(start_date) = {YEAR}
            and (course_week = 1 or course_week % 4 = 3)
            and course_week in (select course_week from engagement_validation where measure = 'success_auc')
        order by course_week, enrollment_key
        """
    ).df()
    weeks = {}
    for week in rows["course_week"].unique().tolist():
        group = rows[rows["course_week"] == week]
        success, keys = group["is_success"].to_numpy(bool), group["enrollment_key"].to_numpy()
        weeks[week] = _Week(group[list(PARTS)].to_numpy(), success, keys)
    now, before = weeks[STABILITY_WEEK], weeks[STABILITY_WEEK - 4]
    _, here, there = np.intersect1d(now.keys, before.keys, return_indices=True)
    found = []
    for weights in candidates():
        values = np.array([weights[part] for part in PARTS])
        ranks = _ranks(now.index(values)[here]), _ranks(before.index(values)[there])
        stability = float(np.corrcoef(*ranks)[0, 1])
        if stability >= LEAST_STABILITY:
            area = float(np.mean([week.area(values) for week in weeks.values()]))
            found.append(Candidate(weights, area, stability))
    return sorted(found, key=lambda candidate: (-round(candidate.area, 4), -candidate.stability))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 in any order of ties, which an index of this many parts hardly has."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks
