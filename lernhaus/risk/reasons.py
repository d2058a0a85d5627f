"""Why a score is as it is: what each group of features adds to the log odds, and the strongest reasons in plain words.

Words are chosen by what the features say of the learner, so that a reason is true in itself; which ones are given, and
in which order, is up to the contributions alone.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lernhaus.risk import catalogue

Floats = NDArray[np.float64]
Words = NDArray[np.object_]

MOST_REASONS = 3
# Log odds: what adds less is no reason (.1 takes a probability of .5 to .525).
LEAST_CONTRIBUTION = 0.1
SEPARATOR = "; "


def by(contributions: Floats, names: Sequence[str], of_column: Sequence[str]) -> Floats:
    """Add up rows x columns to rows x names, by the name of each column."""
    place = {name: number for number, name in enumerate(names)}
    belongs = np.zeros((len(of_column), len(names)))
    belongs[np.arange(len(of_column)), [place[name] for name in of_column]] = 1.0
    return np.asarray(contributions @ belongs)


def in_words(rows: pd.DataFrame, contributions: Floats) -> list[str | None]:
    """The strongest reasons for a risk, one text per row; None where there is none.

    Parameters
    ----------
    rows
        Rows of `risk_feature`.
    contributions
        Rows x `catalogue.THEMES`, log odds.
    """
    words = np.column_stack([_WORDS[theme](rows) for theme in catalogue.THEMES])
    order = np.argsort(-contributions, axis=1, kind="stable")[:, :MOST_REASONS]
    chosen = np.take_along_axis(words, order, axis=1)
    # from the strongest down, so those that are reasons come first
    counts = (np.take_along_axis(contributions, order, axis=1) >= LEAST_CONTRIBUTION).sum(axis=1)
    return [
        SEPARATOR.join(texts[:count]) if count else None
        for texts, count in zip(chosen.tolist(), counts.tolist(), strict=True)
    ]


def _texts(pattern: str, values: pd.Series) -> Words:
    """The pattern with each value as a whole number, made once per value."""
    codes, numbers = pd.factorize(values.fillna(0).round().astype(np.int64))
    return np.array([pattern.format(number) for number in numbers], dtype=object)[codes]


def _choose(*cases: tuple[pd.Series, "Words | str"], otherwise: "Words | str") -> Words:
    """The text of the first condition that holds."""
    result = np.full(len(cases[0][0]), otherwise, dtype=object) if isinstance(otherwise, str) else otherwise.copy()
    for condition, text in reversed(cases):
        holds = condition.to_numpy(dtype=bool)
        result[holds] = text if isinstance(text, str) else text[holds]
    return result


def _background(rows: pd.DataFrame) -> Words:
    return _choose(
        (
            rows["previous_attempt_count"] > 0,
            _texts("attempt number {} at the course", rows["previous_attempt_count"] + 1),
        ),
        (rows["registration_lead_days"] < 0, "registered after the start"),
        (
            rows["studied_credits_percentile"] > 0.6,
            _texts("studies {} credits at the same time, more than most", rows["studied_credits"]),
        ),
        otherwise="what was known at registration",
    )


def _course_run(rows: pd.DataFrame) -> Words:
    return np.full(len(rows), "the course run: many in runs like this one fail or withdraw", dtype=object)


def _volume(rows: pd.DataFrame) -> Words:
    rank = rows["interactions_total_percentile"]
    recent = rows["interactions_28d_percentile"]
    return _choose(
        (recent < 0.45, _texts("less active in the last four weeks than {} % of the peers", 100 * (1 - recent))),
        (rank < 0.45, _texts("less active so far than {} % of the peers", 100 * (1 - rank))),
        otherwise="uses the course in another way than those who pass",
    )


def _regularity(rows: pd.DataFrame) -> Words:
    return _texts("active on {} of the last 28 days", rows["active_days_28d"])


def _silence(rows: pd.DataFrame) -> Words:
    idle = rows["days_since_last_active"]
    return _choose(
        (idle.isna(), "not active so far"),
        (idle >= 2, _texts("not active for {} days", idle)),
        otherwise=_texts("first active on day {} of the course", rows["first_active_day"]),
    )


def _work(rows: pd.DataFrame) -> Words:
    missing, due = rows["missing_count"], rows["assessments_due"]
    counts = pd.Series(
        [
            f"{m} of {d} pieces of work missing"
            for m, d in zip(missing.fillna(0).astype(int), due.fillna(0).astype(int), strict=True)
        ],
        index=rows.index,
    ).to_numpy(dtype=object)
    return _choose(
        (missing > 0, counts),
        (rows["submissions_to_peers"] < 0, "less work handed in than by the peers on average"),
        otherwise=_texts("{} pieces of work handed in so far", rows["submissions_total"]),
    )


def _lateness(rows: pd.DataFrame) -> Words:
    late = rows["late_count"]
    return _choose(
        (late == 1, "a piece of work was late"),
        (late > 1, _texts("{} pieces of work were late", late)),
        (rows["submissions_total"] > 0, _texts("work handed in {} days ahead on average", rows["days_early_mean"])),
        otherwise="nothing handed in so far",
    )


def _scores(rows: pd.DataFrame) -> Words:
    mean = rows["score_mean"]
    return _choose(
        (mean.isna(), "no score so far"),
        (rows["score_rank_mean"] < 0.45, _texts("scores below those of most peers (mean {} of 100)", mean)),
        otherwise=_texts("mean score {} of 100", mean),
    )


_WORDS = {
    "background": _background,
    "course_run": _course_run,
    "volume": _volume,
    "regularity": _regularity,
    "silence": _silence,
    "work": _work,
    "lateness": _lateness,
    "scores": _scores,
}
