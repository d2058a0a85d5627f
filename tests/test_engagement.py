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
            used = int(rng.integers(1, 9)) if days else 0
            rows.append(
                {
                    "enrollment_key": enrollment * 7919 - 500,
                    "course_run_key": enrollment % runs,
                    "course_week": week,
                    "is_enrolled_at_week_end": not (week == last and last <= length),
                    "interaction_count": int(rng.poisson(12 * days)),
                    "active_day_count": days,
                    "activity_count": used,
                    "activity_type_count": min(used, 3),
                    "assessment_due_count": due,
                    "due_on_time_count": done - late,
                    "due_late_count": late,
                    "early_day_count": int(rng.integers(8)) * (done - late),
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
            "activity_count": int(count > 0),
            "activity_type_count": int(count > 0),
            "assessment_due_count": 0,
            "due_on_time_count": 0,
            "due_late_count": 0,
            "early_day_count": 0,
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


def assert_as_of(weeks: pd.DataFrame, last_week: int) -> None:
    """Fail where weeks up to `last_week` would look otherwise without those after it, or with others in their place."""
    whole = compute(weeks).query(f"course_week <= {last_week}").reset_index(drop=True)
    cut = compute(weeks[weeks.course_week <= last_week])
    assert len(cut)
    pd.testing.assert_frame_equal(whole, cut, check_exact=True)
    planted = weeks.copy()
    later = planted.course_week > last_week
    counts = [name for name in weeks.columns if name.endswith("_count")]
    planted.loc[later, counts] = 7
    planted.loc[later, "is_enrolled_at_week_end"] = False
    pd.testing.assert_frame_equal(whole, compute(planted), check_exact=True)


@pytest.mark.parametrize("last_week", [0, 1, 4, 9])
def test_no_week_knows_of_a_later_one(last_week: int) -> None:
    assert_as_of(make_weeks(), last_week)


@pytest.mark.parametrize("part", ["_active_share", "_timeliness", "_breadth"])
def test_a_leak_would_be_seen(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that each week knows as it will be at the end does not pass for as-of."""
    honest = getattr(engagement_week, part)

    def leaky(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(honest(frame), frame.index).groupby(frame["enrollment_key"]).transform("last")

    monkeypatch.setattr(engagement_week, part, leaky)
    with pytest.raises(AssertionError, match="are different"):
        assert_as_of(make_weeks(), 4)


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
    # half of the last four weeks and half of all six: alike, though not over the last three or five
    alike = compute(hand_made([[0, 1, 0, 0, 1, 1], [1, 0, 1, 1, 0, 0]]))
    assert alike[alike.course_week == 5].regularity.tolist() == [0.5, 0.5]
    # shares, not days: 3/4 and 3/6 are more than 2/4 and 4/6
    shares = compute(hand_made([[0, 0, 1, 1, 1, 0], [1, 1, 0, 0, 1, 1]]))
    assert shares[shares.course_week == 5].regularity.tolist() == [0.75, 0.25]


def test_timeliness_ranks_by_credit_for_what_was_due_and_by_days_ahead() -> None:
    # Due in week 1. By rank: on time and a week ahead, on time and a day ahead, on time, late (in week 2), never.
    weeks = hand_made([[1] * 3] * 5)
    weeks["assessment_due_count"] = [0, 1, 0] * 5
    weeks["due_on_time_count"] = [0, 1, 0] * 3 + [0] * 6
    weeks["due_late_count"] = [0] * 9 + [0, 0, 1] + [0] * 3
    weeks["early_day_count"] = [7, 0, 0] + [0, 1, 0] + [0] * 9
    by_week = compute(weeks).pivot(index="course_week", columns="enrollment_key", values="timeliness")
    assert by_week.loc[0].isna().all()
    assert by_week.loc[1].tolist() == [0.9, 0.7, 0.5, 0.2, 0.2]
    assert by_week.loc[2].tolist() == [0.9, 0.7, 0.5, 0.3, 0.1]


def test_work_ahead_of_its_due_date_does_not_make_up_for_missed_work() -> None:
    # All missed what was due in week 0. Then one handed in something else a week ahead, one the missed work late.
    weeks = hand_made([[1] * 2, [1] * 2, [1] * 2])
    weeks["assessment_due_count"] = [1, 0] * 3
    weeks["early_day_count"] = [0, 7] + [0] * 4
    weeks["due_late_count"] = [0, 0, 0, 1, 0, 0]
    result = compute(weeks)
    assert result[result.course_week == 1].timeliness.tolist() == [0.5, 5 / 6, 1 / 6]


def test_breadth_ranks_by_activities_and_types_used() -> None:
    weeks = hand_made([[1], [1], [1], [1]], activity_count=[4, 4, 2, 0], activity_type_count=[2, 1, 1, 0])
    assert compute(weeks).breadth.tolist() == [0.875, 0.625, 0.375, 0.125]


def test_breadth_is_null_while_nobody_in_the_run_has_had_a_choice() -> None:
    weeks = hand_made([[1, 1, 1], [1, 1, 1], [1, 1, 1]])
    weeks["course_run_key"] = [1] * 6 + [2] * 3
    weeks["activity_count"] = [1, 2, 1] + [1] * 6
    assert compute(weeks).breadth.isna().tolist() == [True, False, False] * 2 + [True] * 3


def test_missing_parts_leave_their_weight_to_the_others() -> None:
    weeks = hand_made([[1, 2, 3], [3, 2, 1]], days_since_last_active=0)
    weeks["activity_count"] = [1, 1, 2] * 2
    weeks["assessment_due_count"] = [0, 1, 1] * 2
    result = compute(weeks)
    weights = engagement_week.DEFAULT_WEIGHTS
    for week, missing in ((0, {"timeliness", "breadth"}), (1, {"breadth"}), (2, set())):
        rows = result[result.course_week == week]
        present = [part for part in engagement_week.PARTS if part not in missing]
        assert all(rows[part].isna().all() for part in missing)
        mean = sum(weights[part] * rows[part] for part in present) / sum(weights[part] for part in present)
        assert rows.engagement_index.tolist() == pytest.approx((100 * mean).tolist())


def test_peers_are_the_learners_of_the_run_who_are_still_enrolled() -> None:
    weeks = hand_made([[1], [5], [9], [9], [2]])
    weeks["is_enrolled_at_week_end"] = [True, True, True, False, True]
    weeks["course_run_key"] = [1, 1, 1, 1, 2]
    result = compute(weeks).set_index("enrollment_key")
    assert result.effort.to_dict() == {0: 1 / 6, 1: 3 / 6, 2: 5 / 6, 4: 0.5}
    assert result.peer_count.to_dict() == {0: 3, 1: 3, 2: 3, 4: 1}


def test_ties_share_their_mean_rank() -> None:
    result = compute(hand_made([[0], [0], [0], [7]]))
    assert result.effort.tolist() == [0.375, 0.375, 0.375, 0.875]
    # those who did nothing at all are in the middle of a run in which nobody did anything, but for recency
    nobody = compute(hand_made([[0], [0]]))
    weights = engagement_week.DEFAULT_WEIGHTS
    ranked, recency = weights["effort"] + weights["regularity"], weights["recency"]
    assert nobody.engagement_index.tolist() == pytest.approx([100 * 0.5 * ranked / (ranked + recency)] * 2)


def test_recency_silence_and_change() -> None:
    weeks = hand_made([[1] * 6], days_since_last_active=[0, 7, 13, 14, 28, 60])
    result = compute(weeks)
    assert result.recency.tolist() == [1.0, 0.75, 15 / 28, 0.5, 0.0, 0.0]
    assert result.is_silent.tolist() == [False, False, False, True, True, True]
    assert np.isnan(result.index_change[0])
    assert result.index_change[1:].tolist() == pytest.approx(np.diff(result.engagement_index).tolist())
    assert compute(hand_made([[0, 0, 0]])).is_silent.tolist() == [False, True, True]


def test_a_fall_by_ten_points_in_a_week_is_a_sharp_drop() -> None:
    # A single learner ranks 0.5, so only recency moves the index: by 100 points from 1 to 0.
    only = {"effort": 0.0, "regularity": 0.0, "timeliness": 0.0, "breadth": 0.0, "recency": 1.0}
    weeks = hand_made([[1] * 5], days_since_last_active=[0, 7, 0, 2, 9])
    result = engagement_week.compute(table(weeks), weights=only).to_pandas()
    assert result.index_change.round(6).tolist()[1:] == [-25.0, 25.0, -7.142857, -25.0]
    assert result.is_sharp_drop.tolist() == [False, True, False, False, True]


def test_a_fall_by_exactly_ten_points_is_a_sharp_drop() -> None:
    # The third of five falls to the fourth place: a rank of .3 instead of .5, which is half of the index here.
    half = {"effort": 1.0, "regularity": 0.0, "timeliness": 0.0, "breadth": 0.0, "recency": 1.0}
    weeks = hand_made([[1, 0], [9, 1], [10, 0], [999, 0], [9999, 0]], days_since_last_active=0)
    result = engagement_week.compute(table(weeks), weights=half).to_pandas().query("course_week == 1")
    assert result.index_change.tolist() == [0.0, 10.0, -10.0, 0.0, 0.0]
    assert result.is_sharp_drop.tolist() == [False, False, True, False, False]


def test_no_change_is_told_where_the_week_before_is_another_learners_or_none() -> None:
    weeks = hand_made([[1], [1, 1], [1, 1, 1]])
    begins_later = (weeks.enrollment_key == 1) & (weeks.course_week == 0)
    weeks["is_enrolled_at_week_end"] = ~((weeks.enrollment_key == 2) & (weeks.course_week == 1))
    assert compute(weeks[~begins_later]).index_change.isna().all()


def test_bands_follow_the_cuts() -> None:
    only = {"effort": 0.0, "regularity": 0.0, "timeliness": 0.0, "breadth": 0.0, "recency": 1.0}
    # 65.4, 64.6, 35.4 and 34.6
    cut = hand_made([[1] * 4], days_since_last_active=[9.7, 9.9, 18.1, 18.3])
    bands = engagement_week.compute(table(cut), weights=only).column("engagement_band").to_pylist()
    assert bands == ["high", "medium", "medium", "low"]
    result = compute(make_weeks())
    low, high = engagement_week.BAND_CUTS
    assert set(result.engagement_band) == {"low", "medium", "high"}
    assert result[result.engagement_band == "low"].engagement_index.max() < low
    assert result[result.engagement_band == "medium"].engagement_index.between(low, high, inclusive="left").all()
    assert result[result.engagement_band == "high"].engagement_index.min() >= high


def test_weights_are_proportions_and_mark_the_version() -> None:
    weeks = table(make_weeks())
    only = {"effort": 2.0, "regularity": 0.0, "timeliness": 0.0, "breadth": 0.0, "recency": 0.0}
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
