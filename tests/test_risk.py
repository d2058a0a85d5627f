"""Risk: features and scores know nothing of the future, and no run is scored by a model that knew it."""

import os
import zipfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from lernhaus.risk import features, risk_enrollment

STARTS = (date(2020, 2, 3), date(2020, 9, 7), date(2021, 2, 1), date(2021, 9, 6))
LENGTH = 97
DAYS = (0, 14, 28, 56, 84)
TODAY = date(2021, 11, 10)

Campus = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def make_campus(learners: int = 90, seed: int = 2) -> Campus:
    """Two courses in four terms; what becomes of an enrollment depends on a pace that its weeks show."""
    rng = np.random.default_rng(seed)
    runs, enrollments, weeks = [], [], []
    for term, start in enumerate(STARTS):
        for course in (1, 2):
            run = 10 * term + course
            runs.append((run, course, start, start + timedelta(days=LENGTH)))
            for _ in range(learners):
                enrollment = 104_729 * (len(enrollments) + 1)
                pace = rng.gamma(2.0, 0.5)
                is_good = rng.random() < 1 / (1 + np.exp(-4 * (pace - 0.9)))
                withdraws = not is_good and rng.random() < 0.5
                registered = int(rng.integers(-40, 20))
                withdrawn = int(rng.integers(max(registered, 0) + 1, LENGTH)) if withdraws else None
                result = "pass" if is_good else "withdrawn" if withdraws else "fail"
                enrollments.append((enrollment, run, registered, withdrawn, result, int(rng.integers(0, 2)), 60))
                end, last_active = LENGTH if withdrawn is None else withdrawn, None
                for week in range(registered // 7, end // 7 + 1):
                    days = int(rng.binomial(7, min(0.9, pace / 3)))
                    last_active = 7 * week + 6 if days else last_active
                    due = int(week > 0 and week % 3 == 0)
                    done = int(due and rng.random() < min(0.95, pace))
                    idle = None if last_active is None else 7 * week + 6 - last_active
                    weeks.append(
                        (
                            enrollment,
                            run,
                            week,
                            withdrawn is None or withdrawn > 7 * week + 6,
                            9 * days,
                            60 * days,
                            days,
                            2 * days,
                            min(days, 3),
                            days // 4,
                            due,
                            done,
                            done,
                            0,
                            40.0 * done * pace,
                            done,
                            idle,
                        )
                    )
    week_columns = "enrollment_key course_run_key course_week is_enrolled_at_week_end interaction_count "
    week_columns += "duration_seconds active_day_count activity_count activity_type_count post_count "
    week_columns += "assessment_due_count submission_count on_time_submission_count late_submission_count "
    week_columns += "score_sum scored_submission_count days_since_last_active"
    enrollment_columns = "enrollment_key course_run_key registered_course_day withdrawn_course_day final_result "
    enrollment_columns += "previous_attempt_count studied_credits"
    return (
        pd.DataFrame(weeks, columns=week_columns.split()),
        pd.DataFrame(enrollments, columns=enrollment_columns.split()),
        pd.DataFrame(runs, columns=["course_run_key", "course_key", "start_date", "end_date"]),
    )


def known_on(campus: Campus, today: date) -> Campus:
    """The campus as a warehouse held it on that day: no later week, withdrawal, registration or result."""
    weeks, enrollments, runs = campus
    frame = enrollments.merge(runs, on="course_run_key")
    elapsed = (pd.Timestamp(today) - pd.to_datetime(frame.start_date)).dt.days
    ended = frame.end_date < today
    seen = enrollments.assign(
        final_result=frame.final_result.where(ended | (frame.withdrawn_course_day <= elapsed), None),
        withdrawn_course_day=frame.withdrawn_course_day.where(frame.withdrawn_course_day <= elapsed),
    )[frame.registered_course_day <= elapsed]
    day = weeks.enrollment_key.map(dict(zip(enrollments.enrollment_key, elapsed, strict=True)))
    return weeks[7 * weeks.course_week <= day], seen, runs


def tables(campus: Campus) -> tuple[pa.Table, pa.Table, pa.Table]:
    weeks, enrollments, runs = (pa.Table.from_pandas(frame, preserve_index=False) for frame in campus)
    return weeks, enrollments, runs


def build(campus: Campus, today: date = TODAY, days: tuple[int, ...] = DAYS) -> pd.DataFrame:
    return features.build(*tables(campus), as_of_days=days, today=today)


def score(campus: Campus, today: date = TODAY, seed: int = 0) -> pd.DataFrame:
    return risk_enrollment.score(*tables(campus), today=today, as_of_days=DAYS, seed=seed).to_pandas()


@pytest.fixture(scope="module")
def campus() -> Campus:
    return make_campus()


@pytest.fixture(scope="module")
def scored(campus: Campus) -> pd.DataFrame:
    return score(campus)


def with_runs(scored: pd.DataFrame, campus: Campus) -> pd.DataFrame:
    return scored.merge(campus[1], on="enrollment_key").merge(campus[2], on="course_run_key")


def test_features_have_the_grain_and_population(campus: Campus) -> None:
    rows = build(campus)
    assert not rows.duplicated(list(features.GRAIN)).any()
    joined = campus[1].merge(campus[2], on="course_run_key").merge(pd.DataFrame({"day": DAYS}), how="cross")
    date_of_day = pd.to_datetime(joined.start_date) + pd.to_timedelta(joined.day, unit="D")
    enrolled = (joined.registered_course_day <= joined.day) & ~(joined.withdrawn_course_day <= joined.day)
    expected = joined[enrolled & (joined.day <= LENGTH) & (date_of_day <= pd.Timestamp(TODAY))]
    assert set(zip(rows.enrollment_key, rows.as_of_day, strict=True)) == set(
        zip(expected.enrollment_key, expected.day, strict=True)
    )


def test_features_use_no_protected_attribute() -> None:
    for word in ("gender", "age_", "region", "deprivation", "imd", "disability"):
        assert not any(word in name for name in features.FEATURES)


@pytest.mark.parametrize("day", [0, 13, 28, 30])
def test_features_add_up_complete_weeks_only(campus: Campus, day: int) -> None:
    rows = build(campus, days=(day,)).set_index("enrollment_key")
    weeks = campus[0]
    complete = weeks[(7 * weeks.course_week + 7 <= day) & weeks.enrollment_key.isin(rows.index)]
    recent = complete[complete.course_week > day // 7 - 1 - 4]
    late_weeks = complete[complete.course_week == complete.groupby("enrollment_key").course_week.transform("max")]
    expected = pd.DataFrame(
        {
            "interactions_total": complete.groupby("enrollment_key").interaction_count.sum(),
            "interactions_recent": recent.groupby("enrollment_key").interaction_count.sum(),
            "submissions_total": complete.groupby("enrollment_key").submission_count.sum(),
            "assessments_due": complete.groupby("enrollment_key").assessment_due_count.sum(),
        }
    ).reindex(rows.index, fill_value=0)
    pd.testing.assert_frame_equal(rows[expected.columns], expected.fillna(0), check_dtype=False)
    idle = late_weeks.set_index("enrollment_key").eval("days_since_last_active + @day - (7 * course_week + 6)")
    pd.testing.assert_series_equal(
        rows.days_since_last_active, idle.reindex(rows.index), check_dtype=False, check_names=False
    )
    scores = complete.groupby("enrollment_key")[["score_sum", "scored_submission_count"]].sum()
    mean = (scores.score_sum / scores.scored_submission_count).reindex(rows.index)
    np.testing.assert_allclose(rows.score_mean, mean, rtol=1e-6)


@pytest.mark.parametrize("today", [date(2020, 3, 20), date(2020, 10, 15), date(2021, 3, 1)])
def test_features_do_not_see_the_future(campus: Campus, today: date) -> None:
    pd.testing.assert_frame_equal(
        build(campus, today), build(known_on(campus, today), today), check_exact=True, check_dtype=False
    )


def test_planted_future_does_not_reach_the_features(campus: Campus) -> None:
    weeks, enrollments, runs = campus
    future = weeks.course_week >= 4
    counts = [c for c in weeks.columns if c.endswith(("_count", "_sum", "_seconds"))]
    planted = weeks.astype({"score_sum": "float64"})
    planted.loc[future, counts] = 77
    days = (0, 14, 28)
    pd.testing.assert_frame_equal(
        build(campus, days=days), build((planted, enrollments, runs), days=days), check_exact=True
    )


def test_scores_have_ranges_grain_and_bands(scored: pd.DataFrame) -> None:
    assert len(scored)
    assert not scored.duplicated(["enrollment_key", "as_of_day"]).any()
    bad, withdrawn = scored.fail_or_withdraw_probability, scored.withdraw_probability
    assert bad.between(0, 1).all() and withdrawn.between(0, 1).all()
    assert (withdrawn <= bad).all() and (withdrawn < bad).any()
    low, high = risk_enrollment.BAND_CUTS
    assert ((scored.risk_band == "low") == (bad < low)).all()
    assert ((scored.risk_band == "high") == (bad >= high)).all()


def test_only_the_enrolled_are_scored(scored: pd.DataFrame, campus: Campus) -> None:
    rows = with_runs(scored, campus)
    assert not (rows.withdrawn_course_day <= rows.as_of_day).any()
    assert (rows.registered_course_day <= rows.as_of_day).all()
    assert (rows.as_of_date <= TODAY).all()
    assert (pd.to_datetime(rows.as_of_date) - pd.to_datetime(rows.start_date)).dt.days.eq(rows.as_of_day).all()


def test_scores_do_not_change_by_hindsight(scored: pd.DataFrame, campus: Campus) -> None:
    today = date(2021, 3, 20)
    then = score(known_on(campus, today), today)
    now = scored[scored.as_of_date <= today].reset_index(drop=True)
    then, now = (s[~s.is_retrospective].reset_index(drop=True) for s in (then, now))
    assert then.as_of_date.max() == date(2021, 3, 1)
    pd.testing.assert_frame_equal(now, then, check_exact=True)


def test_rolling_origin(monkeypatch: pytest.MonkeyPatch, campus: Campus) -> None:
    plans = []
    original = risk_enrollment._plan

    def spy(rows: pd.DataFrame, *rest: pd.DataFrame):  # type: ignore[no-untyped-def]
        for targets, training, is_retrospective in original(rows, *rest):
            plans.append((rows[targets], training, is_retrospective))
            yield targets, training, is_retrospective

    monkeypatch.setattr(risk_enrollment, "_plan", spy)
    result = with_runs(score(campus), campus)
    assert {is_retrospective for *_, is_retrospective in plans} == {True, False}
    for targets, training, is_retrospective in plans:
        assert not set(targets.course_run_key) & set(training.course_run_key)
        assert (training.end_date < pd.Timestamp(TODAY)).all()
        if not is_retrospective:
            assert training.end_date.max() < targets.start_date.min()
    assert result.groupby("start_date").is_retrospective.first().tolist() == [True, False, False, False]
    assert result.groupby("start_date").training_run_count.first().tolist() == [5, 2, 4, 6]


def test_no_row_where_no_model_can_be_trained(campus: Campus) -> None:
    weeks, enrollments, runs = campus
    one = runs[runs.course_run_key == runs.course_run_key.min()]
    assert score((weeks, enrollments, one)).empty
    assert score(campus, today=date(2020, 4, 1)).empty
    few = make_campus(learners=8)
    assert score((few[0], few[1], few[2].head(2))).empty


def test_scores_tell_the_outcomes_apart_and_shuffled_labels_do_not(scored: pd.DataFrame, campus: Campus) -> None:
    def auc(result: pd.DataFrame, truth: Campus) -> float:
        rows = with_runs(result[result.as_of_day == 28], truth)
        rows = rows[~rows.is_retrospective]
        return float(roc_auc_score(rows.final_result.isin(["fail", "withdrawn"]), rows.fail_or_withdraw_probability))

    assert auc(scored, campus) > 0.75
    weeks, enrollments, runs = campus
    # Labels move between enrollments that are never withdrawn by date, so that who is scored stays the same.
    rng = np.random.default_rng(5)
    still = enrollments.assign(withdrawn_course_day=np.nan)
    shuffled = (weeks, still.assign(final_result=rng.permutation(still.final_result)), runs)
    assert abs(auc(score(shuffled), shuffled) - 0.5) < 0.09


def test_scores_are_deterministic_in_any_row_order(scored: pd.DataFrame, campus: Campus) -> None:
    weeks, enrollments, runs = (frame.sample(frac=1, random_state=4) for frame in campus)
    pd.testing.assert_frame_equal(scored, score((weeks, enrollments, runs)), check_exact=True)


def test_scores_of_some_runs_are_those_of_all(scored: pd.DataFrame, campus: Campus) -> None:
    weeks, enrollments, runs = tables(campus)
    some = sorted(with_runs(scored, campus)["course_run_key"].unique())[::2]
    part = risk_enrollment.score(weeks, enrollments, runs, today=TODAY, as_of_days=DAYS, only_runs=some).to_pandas()
    whole = scored[with_runs(scored, campus)["course_run_key"].isin(some).to_numpy()]
    assert 0 < len(part) < len(scored)
    pd.testing.assert_frame_equal(part, whole.reset_index(drop=True), check_exact=True)


def test_sample_of_a_large_training_set(monkeypatch: pytest.MonkeyPatch, campus: Campus) -> None:
    monkeypatch.setattr(risk_enrollment, "MAXIMUM_TRAINING_ENROLLMENTS", 150)
    assert set(score(campus).training_enrollment_count) == {150}


def test_empty_input_gives_an_empty_table(campus: Campus) -> None:
    weeks, enrollments, runs = tables(campus)
    for empty in (
        (weeks.slice(0, 0), enrollments.slice(0, 0), runs.slice(0, 0)),
        (weeks.slice(0, 0), enrollments.slice(0, 0), runs),
    ):
        result = risk_enrollment.score(*empty, today=TODAY)
        assert result.num_rows == 0
        assert result.schema == risk_enrollment.SCHEMA
    no_weeks = features.build(weeks.slice(0, 0), enrollments, runs, as_of_days=DAYS, today=TODAY)
    assert len(no_weeks) and (no_weeks.interactions_total == 0).all()


def test_unfit_input_is_refused(campus: Campus) -> None:
    weeks, enrollments, runs = campus
    with pytest.raises(ValueError, match="negative"):
        build(campus, days=(-1,))
    with pytest.raises(ValueError, match="gaps"):
        build((weeks.drop(index=1), enrollments, runs))
    with pytest.raises(ValueError, match="occurs twice"):
        build((weeks, pd.concat([enrollments, enrollments.head(1)]), runs))
    with pytest.raises(ValueError, match="final_result"):
        score((weeks, enrollments.assign(final_result="Pass"), runs))


OULAD_SQL = """
    create table runs as select row_number() over (order by code_presentation,
        code_module)::bigint course_run_key,
    (dense_rank() over (order by code_module))::bigint course_key, code_module, code_presentation,
        module_presentation_length len,
    make_date(substr(code_presentation,1,4)::int,
        case when code_presentation like '%B' then 2 else 10 end, 1) start_date
    from {courses};
    create table enr as select row_number() over (order by course_run_key,
        id_student)::bigint enrollment_key, course_run_key, id_student::bigint learner_key, len,
    date_registration::int registered_course_day, date_unregistration::int withdrawn_course_day,
        lower(final_result) final_result,
    num_of_prev_attempts::int previous_attempt_count, studied_credits::int studied_credits
    from {studentInfo} join {studentRegistration} using (code_module, code_presentation,
        id_student) join runs using (code_module, code_presentation);
    create table daily as select enrollment_key, course_run_key, id_site, date::int course_day,
        sum(sum_click)::bigint n
    from {studentVle} join runs using (code_module,
        code_presentation) join enr e using (course_run_key) where e.learner_key=id_student group by all;
    create table vle as select id_site, activity_type from {vle};
    create table act as select enrollment_key, floor(course_day/7)::int course_week, sum(n)::bigint n,
        count(distinct course_day)::int as day_n,
    count(distinct id_site)::int acts, count(distinct activity_type)::int types, max(course_day) last_day
    from daily left join vle using (id_site) group by all;
    create table ass as select id_assessment, course_run_key, coalesce(date::int,
        len) due from {assessments} join runs using (code_module, code_presentation);
    create table due as select course_run_key, floor(due/7)::int course_week,
        count(*)::int n from ass group by all;
    create table sub as select enrollment_key, floor(date_submitted/7)::int course_week, count(*)::int n,
        count(*) filter (date_submitted<=due)::int on_time,
    count(*) filter (date_submitted>due)::int late, coalesce(sum(score),0)::double score_sum,
        count(score)::int scored
    from {studentAssessment} join ass using (id_assessment) join enr e on
        e.course_run_key=ass.course_run_key and e.learner_key=id_student where is_banked=0 group by all;
    create table span as select enrollment_key, course_run_key, withdrawn_course_day,
        coalesce(floor(registered_course_day/7), least(0, min(course_week)))::int w0,
    least(floor(coalesce(withdrawn_course_day, len)/7), floor(len/7))::int w1
    from enr left join act using (enrollment_key) group by enrollment_key, course_run_key,
        withdrawn_course_day, registered_course_day, len;
    create table wk as
    with g as (select enrollment_key, course_run_key, withdrawn_course_day,
        unnest(generate_series(w0,w1))::int course_week from span)
    select g.enrollment_key, g.course_run_key, g.course_week,
        coalesce(withdrawn_course_day > g.course_week*7+6, true) is_enrolled_at_week_end,
    coalesce(a.n,0)::bigint interaction_count, 0::bigint duration_seconds,
        coalesce(day_n,0)::int active_day_count, coalesce(acts,0)::int activity_count,
    coalesce(types,0)::int activity_type_count, 0::int post_count,
        coalesce(due.n,0)::int assessment_due_count, coalesce(sub.n,0)::int submission_count,
    coalesce(on_time,0)::int on_time_submission_count, coalesce(late,0)::int late_submission_count,
        coalesce(score_sum,0)::double score_sum, coalesce(scored,0)::int scored_submission_count,
    (g.course_week*7+6 - max(last_day) over (partition by g.enrollment_key order by g.course_week))::int
        days_since_last_active
    from g left join act a using (enrollment_key,
        course_week) left join due on due.course_run_key=g.course_run_key and
        due.course_week=g.course_week left join sub on sub.enrollment_key=g.enrollment_key and
        sub.course_week=g.course_week;
"""


@pytest.fixture(scope="module")
def oulad(tmp_path_factory: pytest.TempPathFactory) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The three warehouse tables, derived straight from the published CSVs."""
    default = Path(__file__).parents[1] / "../shared/data"
    archive = Path(os.environ.get("LERNHAUS_REAL_DATA", default)) / "oulad/anonymisedData.zip"
    if not archive.exists():
        pytest.skip("OULAD is absent: LERNHAUS_REAL_DATA must hold oulad/anonymisedData.zip")
    folder = tmp_path_factory.mktemp("oulad")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    names = [path.stem for path in folder.glob("*.csv")]
    sources = {name: f"(from read_csv('{folder}/{name}.csv', header = true)) as src_{name}" for name in names}
    with duckdb.connect() as connection:
        connection.execute(OULAD_SQL.format(**sources))
        weeks = connection.sql("from wk").to_arrow_table()
        enrollments = connection.sql("from enr").to_arrow_table()
        runs = connection.sql("select *, (start_date + len::int)::date end_date from runs").to_arrow_table()
    return weeks, enrollments, runs


def test_oulad_rolling_origin_scores_tell_outcomes_apart(oulad: tuple[pa.Table, pa.Table, pa.Table]) -> None:
    result = risk_enrollment.score(*oulad, today=date(2016, 1, 1)).to_pandas()
    rows = result.merge(oulad[1].to_pandas(), on="enrollment_key")
    rows["is_bad"] = rows.final_result.isin(["fail", "withdrawn"])
    rolling = rows[~rows.is_retrospective & (rows.as_of_date >= date(2014, 2, 1))]
    for day, floor in ((28, 0.73), (56, 0.78), (84, 0.81)):
        on_day = rolling[rolling.as_of_day == day]
        assert roc_auc_score(on_day.is_bad, on_day.fail_or_withdraw_probability) > floor
    assert abs(rolling.fail_or_withdraw_probability.mean() - rolling.is_bad.mean()) < 0.06
