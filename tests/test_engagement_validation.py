"""The evidence for the engagement index: each measure against a second way to it, and who is not shown."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from lernhaus.engagement import engagement_validation, engagement_week
from lernhaus.figures import shown_groups

RUNS = {1: date(2023, 9, 4), 2: date(2024, 2, 5), 3: date(2024, 9, 2)}
LEARNERS = 120
WEEKS = 12
WEIGHTS = engagement_week.DEFAULT_WEIGHTS


class Campus:
    """Made-up finished runs: diligent learners do more on all days, pass more often, and withdraw less."""

    def __init__(self, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        weeks, halves, people = [], [], []
        for key in range(len(RUNS) * LEARNERS):
            run = 1 + key // LEARNERS
            diligence = rng.normal()
            passed = diligence + rng.normal() > 0
            last = WEEKS if passed else int(rng.integers(1, 2 * WEEKS))
            people.append(
                {
                    "enrollment_key": 1000 - key,
                    "learner_key": key % (2 * LEARNERS),
                    "course_run_key": run,
                    "demographics_key": int(rng.integers(4)),
                    "final_result": "pass" if passed else rng.choice(["fail", "withdrawn"]),
                }
            )
            last_active = {True: None, False: None}
            for week in range(-1, min(last, WEEKS) + 1):
                days = rng.random(7) < 1 / (1 + np.exp(-diligence + rng.normal() / 2))
                for is_odd in (True, False):
                    active = [7 * week + day for day in range(7) if days[day] and bool((7 * week + day) % 2) == is_odd]
                    if active:
                        last_active[is_odd] = active[-1]
                        halves.append(
                            {
                                "enrollment_key": 1000 - key,
                                "course_week": week,
                                "is_odd_day": is_odd,
                                "interaction_count": int(rng.integers(1, 20)) * len(active),
                                "active_day_count": len(active),
                                "activity_count": len(active) + 1,
                                "activity_type_count": min(len(active), 3),
                                "last_active_course_day": active[-1],
                            }
                        )
                seen = [day for day in last_active.values() if day is not None]
                weeks.append(
                    {
                        "enrollment_key": 1000 - key,
                        "course_run_key": run,
                        "course_week": week,
                        "is_enrolled_at_week_end": not (week == last and last <= WEEKS and not passed),
                        "interaction_count": int(rng.integers(1, 20)) * int(days.sum()),
                        "active_day_count": int(days.sum()),
                        "activity_count": int(days.sum()),
                        "activity_type_count": int(min(days.sum(), 3)),
                        "assessment_due_count": int(week == 2),
                        "due_on_time_count": int(week == 2 and days[0]),
                        "due_late_count": 0,
                        "early_day_count": 0,
                        "days_since_last_active": 7 * week + 6 - max(seen) if seen else None,
                    }
                )
        self.weeks, self.halves, self.people = pd.DataFrame(weeks), pd.DataFrame(halves), pd.DataFrame(people)
        self.runs = pd.DataFrame({"course_run_key": list(RUNS), "start_date": list(RUNS.values())})
        self.demographics = pd.DataFrame(
            {
                "demographics_key": range(4),
                "gender": ["f", "m", "f", "m"],
                "age_band": ["0-35", "0-35", "35-55", "55<="],
                "deprivation_band": ["0-10%", "10-20%", "unknown", "90-100%"],
                "disability": ["no", "no", "no", "no"],
            }
        )

    @property
    def scores(self) -> pd.DataFrame:
        return engagement_week.compute(pa.Table.from_pandas(self.weeks, preserve_index=False)).to_pandas()

    def evaluate(self, minimum_group_size: int = 10) -> pd.DataFrame:
        frames = [self.scores, self.weeks, self.halves, self.people, self.runs, self.demographics]
        tables = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
        result = engagement_validation.evaluate(*tables, weights=WEIGHTS, minimum_group_size=minimum_group_size)
        assert result.schema == engagement_validation.SCHEMA
        return result.to_pandas()


@pytest.fixture(scope="module")
def campus() -> Campus:
    return Campus()


@pytest.fixture(scope="module")
def figures(campus: Campus) -> pd.DataFrame:
    return campus.evaluate()


@pytest.fixture(scope="module")
def week_7(campus: Campus) -> pd.DataFrame:
    """All enrollments at the end of week 7, with outcome, attributes and interactions so far, by another way."""
    rows = campus.scores.query("course_week == 7").merge(campus.people, on="enrollment_key")
    rows = rows.merge(campus.demographics, on="demographics_key")
    so_far = campus.weeks.query("course_week <= 7").groupby("enrollment_key").interaction_count.sum()
    return rows.assign(
        is_success=rows.final_result.isin(["pass", "distinction"]),
        interaction_count=rows.enrollment_key.map(so_far),
        year=rows.course_run_key.map(lambda run: str(RUNS[run].year)),
    )


@pytest.fixture
def figure(figures: pd.DataFrame) -> Callable[..., pd.Series]:
    def find(measure: str, grouped_by: str, group_value: str, cohort: str = "all") -> pd.Series:
        found = figures[
            (figures.cohort == cohort)
            & (figures.course_week == 7)
            & (figures.measure == measure)
            & (figures.grouped_by == grouped_by)
            & (figures.group_value == group_value)
        ]
        assert len(found) == 1
        return found.iloc[0]

    return find


def test_grain_weeks_and_cohorts(figures: pd.DataFrame) -> None:
    grain = ["cohort", "course_week", "measure", "grouped_by", "group_value"]
    assert not figures.duplicated(grain).any()
    assert figures[grain].apply(tuple, axis=1).is_monotonic_increasing
    assert set(figures.course_week) == {1, 3, 7, 11}
    assert figures.groupby("cohort").course_run_count.unique().map(list).to_dict() == {
        "2023": [1],
        "2024": [2],
        "all": [3],
    }
    assert (figures.lower_bound <= figures.measure_value).all() and (figures.measure_value <= figures.upper_bound).all()


@pytest.mark.parametrize("score", engagement_validation.SCORES)
@pytest.mark.parametrize("cohort", ["all", "2024"])
def test_areas_are_those_of_scikit_learn(
    figure: Callable[..., pd.Series], week_7: pd.DataFrame, score: str, cohort: str
) -> None:
    rows = week_7 if cohort == "all" else week_7[week_7.year == cohort]
    found = figure("success_auc", "score", score, cohort)
    assert found.measure_value == pytest.approx(roc_auc_score(rows.is_success, rows[score]))
    assert found.enrollment_count == len(rows)


def test_areas_within_groups(figure: Callable[..., pd.Series], week_7: pd.DataFrame) -> None:
    rows = week_7[week_7.gender == "f"]
    expected = roc_auc_score(rows.is_success, rows.engagement_index)
    assert figure("success_auc", "gender", "f").measure_value == pytest.approx(expected)


def test_interval_of_an_area_covers_as_often_as_it_says() -> None:
    """Scores of the two outcomes a standard deviation apart: the true area is Phi(1 / sqrt 2)."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        success = np.repeat([True, False], 60)
        (found,) = engagement_validation._area("score", "x", rng.normal(size=120) + success, success, 5)
        hits += found.lower_bound <= 0.76025 <= found.upper_bound
    assert 0.92 <= hits / 400 <= 0.975


def test_shares_by_decile_and_band(figure: Callable[..., pd.Series], week_7: pd.DataFrame) -> None:
    deciles = np.ceil(10 * week_7.engagement_index.rank(pct=True)) - 1
    for decile in range(10):
        rows = week_7[deciles == decile]
        found = figure("failure_share", "decile", f"{decile + 1:02d}")
        assert found.measure_value == pytest.approx(1 - rows.is_success.mean())
        assert found.enrollment_count == len(rows)
    rows = week_7[week_7.engagement_band == "low"]
    assert figure("failure_share", "engagement_band", "low").measure_value == pytest.approx(1 - rows.is_success.mean())
    everyone = figure("failure_share", "all", "all")
    assert everyone.measure_value == pytest.approx(1 - week_7.is_success.mean())
    # 8 of 10, the example of Wilson's interval in textbooks
    wilson = engagement_validation._failure_share("all", "all", np.array([False] * 8 + [True] * 2))
    assert (wilson.lower_bound, wilson.upper_bound) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_rank_stability_is_the_rank_correlation_with_four_weeks_earlier(
    figure: Callable[..., pd.Series], campus: Campus
) -> None:
    by_week = campus.scores.pivot(index="enrollment_key", columns="course_week", values="engagement_index")
    expected = by_week[7].corr(by_week[3], method="spearman")
    assert figure("rank_stability", "score", "engagement_index").measure_value == pytest.approx(expected)


def test_means_and_correlations_with_attributes(figure: Callable[..., pd.Series], week_7: pd.DataFrame) -> None:
    mean = week_7.groupby("age_band").engagement_index.mean()
    for band, value in mean.items():
        assert figure("index_mean", "age_band", band).measure_value == pytest.approx(value)
    bands = {"0-10%": 0, "10-20%": 1, "90-100%": 2}
    expected = week_7.engagement_index.corr(week_7.deprivation_band.map(bands), method="spearman")
    assert figure("attribute_correlation", "attribute", "deprivation_band").measure_value == pytest.approx(expected)


def test_an_attribute_that_is_the_same_for_all_correlates_with_nothing(figures: pd.DataFrame) -> None:
    shown = figures[(figures.measure == "attribute_correlation")].group_value
    assert set(shown) == {"gender", "age_band", "deprivation_band"}


def test_split_half_is_the_stepped_up_correlation_of_odd_and_even_days(
    figure: Callable[..., pd.Series], campus: Campus
) -> None:
    regularity = {}
    for is_odd in (True, False):
        half = campus.halves[campus.halves.is_odd_day == is_odd].set_index(["enrollment_key", "course_week"])
        active = campus.weeks.join(half.active_day_count.rename("days"), on=["enrollment_key", "course_week"])
        weeks = active.assign(active_day_count=active.days.fillna(0).astype(int)).drop(columns="days")
        table = pa.Table.from_pandas(weeks, preserve_index=False)
        regularity[is_odd] = engagement_week.compute(table).to_pandas().query("course_week == 7").regularity
    half = regularity[True].corr(regularity[False], method="spearman")
    found = figure("split_half", "score", "regularity")
    assert found.measure_value == pytest.approx(2 * half / (1 + half))
    assert 0.5 < figure("split_half", "score", "engagement_index").measure_value < 1


def test_halves_of_chance_are_not_reliable() -> None:
    """Odd days that have nothing to do with even days give a reliability around zero."""
    campus = Campus()
    odd = campus.halves.is_odd_day
    keys = campus.people.enrollment_key.to_numpy()
    other = dict(zip(keys, np.random.default_rng(2).permutation(keys), strict=True))
    campus.halves.loc[odd, "enrollment_key"] = campus.halves[odd].enrollment_key.map(other)
    found = campus.evaluate().query("measure == 'split_half' and cohort == 'all' and group_value == 'effort'")
    assert found.measure_value.abs().max() < 0.3


def test_small_groups_are_not_shown(figures: pd.DataFrame, campus: Campus, week_7: pd.DataFrame) -> None:
    assert figures[figures.grouped_by.isin(["gender", "age_band"])].enrollment_count.min() >= 10
    sizes = week_7.groupby("age_band").learner_key.nunique()
    shown = campus.evaluate(int(sizes.max())).query("measure == 'index_mean' and cohort == 'all' and course_week == 7")
    assert set(shown[shown.grouped_by == "age_band"].group_value) == set(sizes[sizes == sizes.max()].index)
    with pytest.raises(ValueError, match="at least 1"):
        campus.evaluate(0)


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"f": 50, "m": 60}, ["f", "m"]),
        ({"f": 50, "m": 60, "other": 3}, ["m"]),  # 3 could be told from the total
        ({"a": 4, "b": 3, "c": 60}, ["c"]),  # 7 learners hidden: none can be told
        ({"a": 60, "b": 4}, []),
        ({}, []),
    ],
)
def test_a_hidden_group_cannot_be_told_from_the_others(sizes: dict[str, int], shown: list[str]) -> None:
    assert shown_groups(sizes, 5) == shown


def test_enrollments_without_an_outcome_count_where_none_is_needed() -> None:
    campus = Campus()
    campus.people["final_result"] = None
    assert set(campus.evaluate().measure) == {"index_mean", "attribute_correlation", "rank_stability", "split_half"}


def test_row_order_does_not_matter(figures: pd.DataFrame, campus: Campus) -> None:
    shuffled = Campus()
    for name in ("weeks", "halves", "people", "runs", "demographics"):
        setattr(shuffled, name, getattr(campus, name).sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(figures, shuffled.evaluate(), check_exact=True)


def test_no_finished_runs_give_no_figures() -> None:
    campus = Campus()
    campus.people = campus.people.head(0)
    assert campus.evaluate().empty
