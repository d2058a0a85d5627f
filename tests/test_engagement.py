"""The weekly engagement index: ranges, grain, and that no week knows of a later one."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lernhaus.engagement import engagement_week


def make_weeks(runs: int = 3, learners: int = 40, length: int = 12, seed: int = 1) -> pd.DataFrame:
    """Dense weeks of made-up enrollments that register, fall silent and withdraw at different times."""
    rng = np.random.default_rng(seed)
    rows = []
    for enrollment in range(runs * learners):
        first = int(rng.integers(-4, 3))
        last = int(rng.integers(4, length + 6))
        pace, last_active = rng.gamma(1.0, 1.0), None
        for week in range(first, min(last, length) + 1):
            days = int(rng.binomial(7, min(0.9, pace / 4)))
            last_active = 7 * week + 6 if days else last_active
            due = int(week >= 0 and week % 3 == 2)
            done = int(due and rng.random() < min(0.95, 0.4 + pace / 3))
            late = int(done and rng.random() < 0.2)
            rows.append(
                {
                    "enrollment_key": enrollment * 7919 - 500,
                    "course_run_key": enrollment % runs,
                    "course_week": week,
                    "is_enrolled_at_week_end": not (week == last and last <= length),
                    "interaction_count": int(rng.poisson(12 * days)),
                    "active_day_count": days,
                    "assessment_due_count": due,
                    "on_time_submission_count": done - late,
                    "late_submission_count": late,
                    "days_since_last_active": None if last_active is None else 7 * week + 6 - last_active,
                }
            )
    return pd.DataFrame(rows)


def table(weeks: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(weeks, preserve_index=False)


def compute(weeks: pd.DataFrame) -> pd.DataFrame:
    return engagement_week.compute(table(weeks)).to_pandas()


def hand_made(interactions: list[list[int]], **columns: object) -> pd.DataFrame:
    """One enrollment per list, all in one run, one value per week from week 0."""
    rows = [
        {
            "enrollment_key": enrollment,
            "course_run_key": 1,
            "course_week": week,
            "is_enrolled_at_week_end": True,
            "interaction_count": count,
            "active_day_count": int(count > 0),
            "assessment_due_count": 0,
            "on_time_submission_count": 0,
            "late_submission_count": 0,
            "days_since_last_active": None,
        }
        for enrollment, counts in enumerate(interactions)
        for week, count in enumerate(counts)
    ]
    return pd.DataFrame(rows).assign(**columns)


def test_grain_ranges_and_population() -> None:
    weeks = make_weeks()
    result = compute(weeks)
    expected = weeks[(weeks.course_week >= 0) & weeks.is_enrolled_at_week_end]
    grain = ["enrollment_key", "course_week"]
    assert set(map(tuple, result[grain].to_numpy())) == set(map(tuple, expected[grain].to_numpy()))
    assert not result.duplicated(grain).any()
    assert result.engagement_index.between(0, 100).all()
    for part in engagement_week.PARTS:
        assert result[part].dropna().between(0, 1).all()
    assert result.timeliness.isna().any() and result.timeliness.notna().any()
    assert (result.as_of_day == 7 * result.course_week + 6).all()
    sizes = expected.groupby(["course_run_key", "course_week"]).size()
    run = expected.set_index(grain).course_run_key
    for row in result.itertuples():
        assert row.peer_count == sizes[run[row.enrollment_key, row.course_week], row.course_week]


@pytest.mark.parametrize("last_week", [0, 1, 4, 9])
def test_truncation_changes_nothing_before(last_week: int) -> None:
    weeks = make_weeks()
    full = compute(weeks)
    truncated = compute(weeks[weeks.course_week <= last_week])
    assert len(truncated)
    pd.testing.assert_frame_equal(
        full[full.course_week <= last_week].reset_index(drop=True), truncated, check_exact=True
    )


def test_planted_future_does_not_matter() -> None:
    weeks = make_weeks()
    planted = weeks.copy()
    future = planted.course_week > 4
    for column in (
        "interaction_count",
        "active_day_count",
        "on_time_submission_count",
        "assessment_due_count",
    ):
        planted.loc[future, column] = 7
    planted.loc[future, "is_enrolled_at_week_end"] = False
    before = compute(weeks).query("course_week <= 4").reset_index(drop=True)
    pd.testing.assert_frame_equal(before, compute(planted), check_exact=True)


def test_row_order_does_not_matter() -> None:
    weeks = make_weeks()
    pd.testing.assert_frame_equal(compute(weeks), compute(weeks.sample(frac=1, random_state=3)), check_exact=True)


def test_effort_is_a_mid_rank_and_fades_by_half_in_four_weeks() -> None:
    # ln(1 + 3) = 2 ln(1 + 1): after four weeks the early 3 weighs as much as a fresh 1.
    result = compute(hand_made([[3, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 9]]))
    week = result[result.course_week == 4].set_index("enrollment_key").effort
    assert week.to_dict() == {0: 0.5, 1: 0.5, 2: 0.125, 3: 0.875}


def test_regularity_ranks_by_the_active_share_recent_and_overall() -> None:
    # Six weeks: (recent, overall) shares of 1/7: A (4/4, 6/6), B (4/4, 4/6), C (2/4, 4/6), D (0, 0).
    result = compute(hand_made([[1] * 6, [0, 0, 1, 1, 1, 1], [1, 1, 0, 0, 1, 1], [0] * 6]))
    assert result[result.course_week == 5].regularity.tolist() == [0.875, 0.625, 0.375, 0.125]


def test_timeliness_gives_half_credit_for_late_and_is_null_before_anything_is_due() -> None:
    weeks = hand_made([[1, 1, 1, 1]])
    weeks["assessment_due_count"] = [0, 1, 1, 2]
    weeks["on_time_submission_count"] = [0, 1, 0, 0]
    weeks["late_submission_count"] = [0, 0, 0, 1]
    result = compute(weeks)
    assert np.isnan(result.timeliness[0])
    assert result.timeliness.tolist()[1:] == [1.0, 0.5, 0.375]
    weights = engagement_week.DEFAULT_WEIGHTS
    # A single learner ranks 0.5 among peers; recency is 0 because days_since_last_active is null.
    ranked = 0.5 * (weights["effort"] + weights["regularity"])
    assert result.engagement_index[0] == pytest.approx(100 * ranked / (sum(weights.values()) - weights["timeliness"]))
    assert result.engagement_index[2] == pytest.approx(100 * (ranked + 0.5 * weights["timeliness"]))


def test_recency_silence_and_change() -> None:
    weeks = hand_made([[1] * 6], days_since_last_active=[0, 7, 13, 14, 28, 60])
    result = compute(weeks)
    assert result.recency.tolist() == [1.0, 0.75, 15 / 28, 0.5, 0.0, 0.0]
    assert result.is_silent.tolist() == [False, False, False, True, True, True]
    assert np.isnan(result.index_change[0])
    assert result.index_change[1:].tolist() == pytest.approx(np.diff(result.engagement_index).tolist())
    assert compute(hand_made([[0, 0, 0]])).is_silent.tolist() == [False, True, True]


def test_bands_follow_the_cuts() -> None:
    result = compute(make_weeks())
    low, high = engagement_week.BAND_CUTS
    assert set(result.engagement_band) == {"low", "medium", "high"}
    assert result[result.engagement_band == "low"].engagement_index.max() < low
    assert result[result.engagement_band == "medium"].engagement_index.between(low, high, inclusive="left").all()
    assert result[result.engagement_band == "high"].engagement_index.min() >= high


def test_weights_are_proportions_and_mark_the_version() -> None:
    weeks = table(make_weeks())
    only = {"effort": 2.0, "regularity": 0.0, "timeliness": 0.0, "recency": 0.0}
    result = engagement_week.compute(weeks, weights=only).to_pandas()
    np.testing.assert_allclose(result.engagement_index, 100 * result.effort)
    assert set(result.engagement_version) != {engagement_week.ENGAGEMENT_VERSION}
    assert set(compute(make_weeks()).engagement_version) == {engagement_week.ENGAGEMENT_VERSION}
    for unfit in ({"effort": 1.0}, {**only, "effort": -1.0}, {**only, "effort": 0.0, "timeliness": 1.0}):
        with pytest.raises(ValueError, match="weight"):
            engagement_week.compute(weeks, weights=unfit)


def test_unfit_input_is_refused() -> None:
    weeks = make_weeks()
    with pytest.raises(ValueError, match="gaps"):
        compute(weeks.drop(index=2))
    with pytest.raises(ValueError, match="repeats"):
        compute(pd.concat([weeks, weeks.head(1)]))
    with pytest.raises(ValueError, match="interaction_count"):
        compute(weeks.drop(columns="interaction_count"))
    with pytest.raises(ValueError, match="nulls in active_day_count"):
        compute(weeks.assign(active_day_count=weeks.active_day_count.astype("Int32").where(weeks.course_week > 0)))


def test_no_weeks_give_an_empty_table() -> None:
    result = engagement_week.compute(table(make_weeks()).slice(0, 0))
    assert result.num_rows == 0
    assert result.schema == engagement_week.SCHEMA
