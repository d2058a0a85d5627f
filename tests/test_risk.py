"""Risk: features and scores know nothing of the future, and no run is scored by a model that knew it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from risk_campus import DAYS, DUE_DAYS, LENGTH, STARTS, TODAY, Campus, make_campus
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from lernhaus.risk import backtest, boosting, catalogue, evaluation, features, models, reasons, scores

NAMES = [feature.name for feature in catalogue.FEATURES]
GRAIN = ["enrollment_key", "as_of_day"]


def build(campus: Campus, today: date = TODAY, days: Sequence[int] = DAYS, **options: Any) -> pd.DataFrame:
    rows = features.build(*campus.tables(), today=today, as_of_days=days, **options).read_all().to_pandas()
    return rows.sort_values(GRAIN, ignore_index=True)


def source(campus: Campus, today: date = TODAY) -> Any:
    """What the models ask for features; counts how often."""

    def rows(runs: Sequence[int], keep_withdrawn: bool = False) -> pa.Table:
        built = features.build(
            *campus.tables(), today=today, as_of_days=DAYS, only_runs=runs, keep_withdrawn=keep_withdrawn
        )
        return built.read_all()

    return rows


def train(campus: Campus, today: date = TODAY, known: pa.Table | None = None) -> pa.Table:
    tables = campus.tables()
    return models.train_models(source(campus, today), tables[0], tables[1], known)


def score(campus: Campus, trained: pa.Table, today: date = TODAY) -> pd.DataFrame:
    tables = campus.tables()
    runs = campus.course_runs["course_run_key"].tolist()
    return scores.score(source(campus, today)(runs), trained, tables[1]).to_pandas()


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds() -> Iterator[None]:
    """A small campus is learned in a few rounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "ROUNDS", 20)
        yield


@pytest.fixture(scope="module")
def campus() -> Campus:
    return make_campus()


@pytest.fixture(scope="module")
def trained(campus: Campus) -> pa.Table:
    return train(campus)


@pytest.fixture(scope="module")
def scored(campus: Campus, trained: pa.Table) -> pd.DataFrame:
    return score(campus, trained)


@pytest.fixture(scope="module")
def tested(campus: Campus, trained: pa.Table) -> pa.Table:
    tables = campus.tables()
    return backtest.predict(source(campus), trained, tables[0], tables[1])


def with_runs(rows: pd.DataFrame, campus: Campus) -> pd.DataFrame:
    return rows.merge(campus.enrollments, on="enrollment_key").merge(campus.course_runs, on="course_run_key")


# features


def test_features_have_the_grain_and_population(campus: Campus) -> None:
    rows = build(campus)
    assert not rows.duplicated(GRAIN).any()
    joined = campus.enrollments.merge(campus.course_runs, on="course_run_key")
    joined = joined.merge(pd.DataFrame({"day": [*DAYS, (TODAY - STARTS[-1]).days]}), how="cross")
    elapsed = joined.start_date.map(lambda start: (TODAY - start).days)
    enrolled = (joined.registered_course_day <= joined.day) & ~(joined.withdrawn_course_day <= joined.day)
    is_day = joined.day.isin(DAYS) | (joined.day == elapsed)
    expected = joined[enrolled & is_day & (joined.day <= LENGTH) & (joined.day <= elapsed)]
    assert set(zip(rows.enrollment_key, rows.as_of_day, strict=True)) == set(
        zip(expected.enrollment_key, expected.day, strict=True)
    )


@pytest.mark.parametrize("day", [0, 28, 56])
def test_features_say_what_the_facts_say(campus: Campus, day: int) -> None:
    rows = build(campus, days=(day,))
    rows = rows[rows.as_of_day == day].set_index("enrollment_key")
    uses = campus.uses[(campus.uses.course_day <= day) & campus.uses.enrollment_key.isin(rows.index)]
    lately = uses[uses.course_day > day - 28]
    work = campus.submissions[campus.submissions.submitted_course_day <= day]
    known = work[work.scored_course_day <= day]
    due = sum(due <= day for due in DUE_DAYS)
    by = "enrollment_key"
    expected = pd.DataFrame(
        {
            "interactions_total": uses.groupby(by).interaction_count.sum(),
            "interactions_28d": lately.groupby(by).interaction_count.sum(),
            "interactions_forum": uses[uses.activity_key == 1].groupby(by).interaction_count.sum(),
            "active_days_total": uses.groupby(by).course_day.nunique(),
            "active_days_28d": lately.groupby(by).course_day.nunique(),
            "activities_used": uses.groupby(by).activity_key.nunique(),
            "submissions_total": work.groupby(by).size(),
            "late_count": work[work.is_late].groupby(by).size(),
        }
    ).reindex(rows.index)
    pd.testing.assert_frame_equal(rows[expected.columns], expected.fillna(0), check_dtype=False)
    assert (rows.assessments_due == due).all()
    idle = day - uses.groupby(by).course_day.max()
    pd.testing.assert_series_equal(
        rows.days_since_last_active, idle.reindex(rows.index), check_dtype=False, check_names=False
    )
    np.testing.assert_allclose(rows.score_mean, known.groupby(by).score.mean().reindex(rows.index), rtol=1e-6)
    peers = rows.groupby("course_run_key").interactions_total
    rank = (peers.rank() - 0.5) / peers.transform("count")
    np.testing.assert_allclose(rows.interactions_total_percentile, rank, rtol=1e-6)


@pytest.mark.parametrize("today", [date(2020, 3, 20), date(2020, 10, 15), date(2021, 3, 1)])
def test_features_of_extracts_cut_at_a_day_are_those_of_the_whole(campus: Campus, today: date) -> None:
    pd.testing.assert_frame_equal(build(campus, today), build(campus.known_on(today), today), check_exact=True)


def test_a_feature_from_the_future_is_found_out(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_interactions(self: Any, name: str, start: int, stop: int) -> Any:
        return original(self, name, start, 10**6 if name == "interactions" and start < -1000 else stop)

    original = features._Timeline.between
    monkeypatch.setattr(features._Timeline, "between", all_interactions)
    today = date(2020, 3, 20)
    whole, cut = build(campus, today, days=(14,)), build(campus.known_on(today), today, days=(14,))
    assert whole[GRAIN].equals(cut[GRAIN])
    assert not whole.interactions_total.equals(cut.interactions_total)


def test_features_depend_on_no_other_run_and_no_result(campus: Campus) -> None:
    run = int(campus.course_runs.course_run_key.iloc[3])
    alone = replace(
        campus,
        course_runs=campus.course_runs[campus.course_runs.course_run_key == run],
        enrollments=campus.enrollments.assign(final_result=None),
    )
    whole = build(campus)
    expected = whole[whole.course_run_key == run].reset_index(drop=True)
    pd.testing.assert_frame_equal(build(alone), expected, check_exact=True)
    pd.testing.assert_frame_equal(build(campus, only_runs=[run]), expected, check_exact=True)


def test_exams_are_no_features(campus: Campus) -> None:
    exams = campus.assessments[campus.assessments.assessment_type == "exam"].assessment_key
    work = campus.submissions.head(200).assign(assessment_key=exams.iloc[0], score=100.0, submitted_course_day=3.0)
    planted = replace(campus, submissions=pd.concat([campus.submissions, work], ignore_index=True))
    pd.testing.assert_frame_equal(build(campus), build(planted), check_exact=True)


def test_those_who_withdrew_have_rows_only_where_asked(campus: Campus) -> None:
    withdrawn = campus.enrollments.set_index("enrollment_key").withdrawn_course_day
    rows = build(campus)
    assert not (rows.enrollment_key.map(withdrawn) <= rows.as_of_day).any()
    everybody = build(campus, keep_withdrawn=True)
    assert (everybody.enrollment_key.map(withdrawn) <= everybody.as_of_day).any()
    assert set(zip(rows.enrollment_key, rows.as_of_day, strict=True)) < set(
        zip(everybody.enrollment_key, everybody.as_of_day, strict=True)
    )


def test_protected_attributes_are_no_features(campus: Campus) -> None:
    protected = {feature.name for feature in catalogue.PROTECTED}
    assert not protected & set(NAMES)
    enrollments, _, demographics = campus.tables()[:3]
    people = features.protected(enrollments, demographics)
    assert set(people.columns) == protected
    assert set(people.is_female.dropna()) == {0.0, 1.0}
    assert people.is_female.isna().any()
    other = campus.demographics.assign(gender="m", age_band="55<=", region="east", disability="no")
    pd.testing.assert_frame_equal(build(campus), build(replace(campus, demographics=other)), check_exact=True)


def test_no_facts_give_rows_without_interactions(campus: Campus) -> None:
    empty = replace(campus, uses=campus.uses.head(0), submissions=campus.submissions.head(0))
    rows = build(empty)
    assert len(rows) == len(build(campus))
    assert (rows.interactions_total == 0).all()
    assert rows.days_since_last_active.isna().all()
    assert build(replace(campus, course_runs=campus.course_runs.head(0))).empty


def test_unfit_input_is_refused(campus: Campus) -> None:
    with pytest.raises(ValueError, match="negative"):
        build(campus, days=(-1,))
    with pytest.raises(ValueError, match="occurs twice"):
        build(replace(campus, enrollments=pd.concat([campus.enrollments, campus.enrollments.head(1)])))
    with pytest.raises(ValueError, match="lack the columns score"):
        build(replace(campus, submissions=campus.submissions.drop(columns="score")))
    with pytest.raises(ValueError, match="final_result"):
        train(replace(campus, enrollments=campus.enrollments.assign(final_result="Pass")))


def test_the_table_is_declared_in_the_words_of_the_catalogue() -> None:
    page = Path(__file__).parents[1] / "python_models" / "risk" / "risk_feature.yml"
    declared = yaml.safe_load(page.read_text())["models"][0]["columns"]
    described = {column["name"]: column["description"] for column in declared}
    assert [column["name"] for column in declared] == features.SCHEMA.names
    assert all(described[feature.name] == feature.definition for feature in catalogue.FEATURES)


# models


def test_models_learn_from_runs_that_had_ended(campus: Campus, trained: pa.Table) -> None:
    runs = campus.course_runs.set_index("course_run_key")
    rows = trained.to_pylist()
    assert {row["protocol"] for row in rows} == {
        "rolling_origin", "in_retrospect", "2020_to_2021", "2020_to_2021_all_enrolled", "2020_to_2021_course_left_out"
    }  # fmt: skip
    for row in rows:
        learned, told = runs.loc[row["training_course_run_keys"]], runs.loc[row["predicted_course_run_keys"]]
        assert not set(learned.index) & set(told.index)
        assert learned.is_finished.all()
        assert row["as_of"] == learned.end_date.max()
        if row["protocol"] == "rolling_origin":
            assert learned.end_date.max() < told.start_date.min()
        if row["purpose"] == models.TEST:
            assert max(day.year for day in learned.start_date) < min(day.year for day in told.start_date)
        if row["protocol"].endswith(models.COURSE_LEFT_OUT):
            assert not set(learned.course_key) & set(told.course_key)
    of_score = [key for row in rows if row["purpose"] == models.SCORE for key in row["predicted_course_run_keys"]]
    assert sorted(of_score) == sorted(runs.index)


def test_months_take_the_place_of_years_where_there_is_one_year(campus: Campus) -> None:
    one_year = replace(campus, course_runs=campus.course_runs[campus.course_runs.start_date < date(2021, 1, 1)])
    tests = [row for row in train(one_year).to_pylist() if row["protocol"] == "2020-02_to_2020-09"]
    assert [row["training_course_run_keys"] for row in tests] == [[1, 2]]
    assert [row["predicted_course_run_keys"] for row in tests] == [[11, 12]]


def test_a_model_is_text_that_can_be_read_without_running_it(campus: Campus, trained: pa.Table) -> None:
    row = trained.to_pylist()[0]
    json.loads(row["fail_or_withdraw_model"])
    assert set(json.loads(row["features"])) <= {*NAMES, catalogue.COURSE_LEVEL}
    model = models.load(row["fail_or_withdraw_model"], row["withdraw_model"])
    rows = build(campus).merge(campus.course_runs[["course_run_key", "course_key"]], on="course_run_key")
    inputs = model.inputs(rows)
    again = boosting.Booster.of(json.loads(json.dumps(model.fails_or_withdraws.stored())))
    np.testing.assert_array_equal(again.log_odds(inputs), model.fails_or_withdraws.log_odds(inputs))
    contributions = again.contributions(inputs)
    np.testing.assert_allclose(contributions.sum(axis=1), again.log_odds(inputs), atol=1e-4)
    with pytest.raises(ValueError, match="no stored model"):
        boosting.Booster.of({"columns": []})


def test_what_has_been_learned_is_not_learned_again(
    campus: Campus, trained: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(boosting.Booster, "train", refuse)
    assert train(campus, known=trained).equals(trained)
    changed = campus.course_runs.assign(content_hash=campus.course_runs.content_hash + 1)
    with pytest.raises(AssertionError, match="trained again"):
        train(replace(campus, course_runs=changed), known=trained)


def test_models_that_nobody_needs_go(campus: Campus, trained: pa.Table) -> None:
    fewer = replace(campus, course_runs=campus.course_runs[campus.course_runs.course_key == 1])
    assert train(fewer, known=trained).equals(train(fewer))


def test_no_model_where_there_is_too_little_to_learn_from(campus: Campus) -> None:
    one = replace(campus, course_runs=campus.course_runs.head(1))
    assert train(one).num_rows == 0
    assert score(campus, train(one)).empty
    assert train(campus.known_on(date(2020, 4, 1)), date(2020, 4, 1)).num_rows == 0
    assert train(make_campus(learners=6)).num_rows == 0


def test_a_share_stands_in_where_few_withdraw(campus: Campus) -> None:
    result = campus.enrollments.final_result.replace("withdrawn", "fail")
    nobody = replace(campus, enrollments=campus.enrollments.assign(final_result=result))
    trained = train(nobody)
    assert set(trained.column("withdraw_model").to_pylist()) == {"0.0"}
    assert (score(nobody, trained).withdraw_probability == 0).all()


def test_a_sample_of_a_large_training_set(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MAXIMUM_TRAINING_ENROLLMENTS", 150)
    assert set(train(campus).column("training_enrollment_count").to_pylist()) == {150}


def test_protected_attributes_are_known_where_asked_for(campus: Campus) -> None:
    people, runs, demographics = campus.tables()[:3]
    attributes = features.protected(people, demographics)

    def rows(keys: Sequence[int], keep_withdrawn: bool = False) -> pa.Table:
        built = source(campus)(keys, keep_withdrawn)
        found = attributes.reindex(built.column("enrollment_key").to_numpy())
        for name in found.columns:
            built = built.append_column(name, pa.array(found[name], pa.float32(), from_pandas=True))
        return built

    trained = models.train_models(rows, people, runs, with_protected=True)
    known = set(json.loads(trained.to_pylist()[0]["features"]))
    assert {"is_female", "age_level"} <= known
    assert set(trained.column("model_version").to_pylist()).isdisjoint(
        train(campus).column("model_version").to_pylist()
    )
    assert len(scores.score(rows(campus.course_runs.course_run_key), trained, runs))


# scores


def test_scores_have_ranges_grain_and_bands(scored: pd.DataFrame) -> None:
    assert len(scored) and not scored.duplicated(GRAIN).any()
    bad, withdrawn = scored.fail_or_withdraw_probability, scored.withdraw_probability
    assert bad.between(0, 1).all() and withdrawn.between(0, 1).all()
    assert (withdrawn <= bad).all() and (withdrawn < bad).any()
    low, high = scores.BAND_CUTS
    assert ((scored.risk_band == "low") == (bad < low)).all()
    assert ((scored.risk_band == "high") == (bad >= high)).all()


def test_only_the_enrolled_are_scored(scored: pd.DataFrame, campus: Campus) -> None:
    rows = with_runs(scored, campus)
    assert not (rows.withdrawn_course_day <= rows.as_of_day).any()
    assert (rows.registered_course_day <= rows.as_of_day).all()
    assert (rows.as_of_date <= TODAY).all()
    assert len(rows) == len(build(campus))


def test_what_the_groups_add_is_the_score(scored: pd.DataFrame) -> None:
    parts = scored[[name for name in scored.columns if name.endswith("_log_odds")]]
    assert parts.shape[1] == 1 + len(catalogue.GROUPS)
    probability = 1 / (1 + np.exp(-parts.sum(axis=1)))
    np.testing.assert_allclose(probability, scored.fail_or_withdraw_probability, atol=1e-5)


def test_scores_do_not_change_by_hindsight(scored: pd.DataFrame, campus: Campus) -> None:
    today = date(2021, 3, 20)
    past = campus.known_on(today)
    then = score(past, train(past, today), today)
    then = then[~then.is_retrospective]
    is_day = then.as_of_day.isin(DAYS)
    now = scored[(scored.as_of_date <= today) & ~scored.is_retrospective]
    assert then[is_day].as_of_date.max() == date(2021, 3, 1)
    pd.testing.assert_frame_equal(now.reset_index(drop=True), then[is_day].reset_index(drop=True), check_exact=True)


def test_scores_are_the_same_in_any_row_order(scored: pd.DataFrame, campus: Campus) -> None:
    mixed = campus.shuffled(4)
    pd.testing.assert_frame_equal(scored, score(mixed, train(mixed)), check_exact=True)


def test_scores_tell_the_outcomes_apart_and_shuffled_labels_do_not(campus: Campus, scored: pd.DataFrame) -> None:
    def area(rows: pd.DataFrame) -> float:
        rows = rows[(rows.as_of_day == 28) & ~rows.is_retrospective]
        return float(roc_auc_score(rows.final_result.isin(models.BAD_RESULTS), rows.fail_or_withdraw_probability))

    assert area(with_runs(scored, campus)) > 0.8
    # nobody has a date of withdrawal, which would tell of the label
    still = campus.enrollments.assign(withdrawn_course_day=np.nan)
    areas = []
    for seed in range(6):
        result = np.random.default_rng(seed).permutation(still.final_result)
        shuffled = replace(campus, enrollments=still.assign(final_result=result))
        areas.append(area(with_runs(score(shuffled, train(shuffled)), shuffled)))
    assert abs(np.mean(areas) - 0.5) < 0.03


def test_reasons_are_the_strongest_contributions_in_true_words(campus: Campus) -> None:
    rows = build(campus, days=(56,))
    rows = rows[rows.as_of_day == 56].reset_index(drop=True)
    theme = {name: place for place, name in enumerate(catalogue.THEMES)}
    added = np.zeros((len(rows), len(theme)))
    added[:, theme["work"]], added[:, theme["silence"]], added[:, theme["volume"]] = 0.5, 0.7, 0.05
    texts = reasons.in_words(rows, added)
    for text, row in zip(texts, rows.itertuples(), strict=True):
        assert text is not None
        silence, work = text.split("; ")
        if row.days_since_last_active >= 2:
            assert silence == f"not active for {row.days_since_last_active:.0f} days"
        if row.missing_count > 0:
            assert work == f"{row.missing_count:.0f} of {row.assessments_due:.0f} pieces of work missing"
    assert reasons.in_words(rows, np.zeros_like(added)) == [None] * len(rows)


REASONS: list[tuple[str, dict[str, float], str]] = [
    ("silence", {"days_since_last_active": 1, "first_active_day": -20}, "first active on day -20 of the course"),
    ("silence", {"days_since_last_active": np.nan}, "not active so far"),
    (
        "work",
        {"missing_count": 0, "submissions_to_peers": 0.5, "submissions_total": 3},
        "3 pieces of work handed in so far",
    ),
    (
        "work",
        {"missing_count": 0, "submissions_to_peers": -0.5},
        "less work handed in than by the peers on average",
    ),
    (
        "lateness",
        {"late_count": 0, "submissions_total": 2, "days_early_mean": 6},
        "work handed in 6 days ahead on average",
    ),
    ("lateness", {"late_count": 1}, "a piece of work was late"),
    ("scores", {"score_mean": 81.6, "score_rank_mean": 0.7}, "mean score 82 of 100"),
]


@pytest.mark.parametrize(("theme", "values", "words"), REASONS)
def test_a_reason_says_what_the_features_say(theme: str, values: dict[str, float], words: str) -> None:
    row = pd.DataFrame([dict.fromkeys(NAMES, np.nan) | values])
    added = np.array([[float(name == theme) for name in catalogue.THEMES]])
    assert reasons.in_words(row, added) == [words]


def test_reasons_of_scores_are_given_where_risk_is_high(scored: pd.DataFrame) -> None:
    high = scored[scored.risk_band == "high"]
    assert high.reasons.notna().all()
    assert high.reasons.str.count("; ").max() == reasons.MOST_REASONS - 1


# evidence


def test_the_backtest_holds_what_its_protocols_say(campus: Campus, tested: pa.Table) -> None:
    rows = with_runs(tested.to_pandas(), campus)
    assert not rows.duplicated(["protocol", *GRAIN]).any()
    assert (rows.start_date >= date(2021, 1, 1)).all() and rows.is_finished.all()
    assert (rows.did_fail_or_withdraw == rows.final_result.isin(models.BAD_RESULTS)).all()
    is_gone = rows.withdrawn_course_day <= rows.as_of_day
    of_all = rows.protocol.str.endswith(models.ALL_ENROLLED)
    assert is_gone[of_all].any() and not is_gone[~of_all].any()
    before = campus.enrollments.merge(campus.course_runs, on="course_run_key")
    before = before[before.start_date < date(2021, 1, 1)]
    headline = rows[rows.protocol == "2020_to_2021"]
    assert (headline.is_learner_of_training == headline.learner_key.isin(before.learner_key)).all()
    assert headline.is_learner_of_training.any()


def evaluate(campus: Campus, tested: pa.Table, least: int = 10) -> pd.DataFrame:
    tables = campus.tables()
    versioned = tested.append_column("backtest_version", pa.array(["1"] * tested.num_rows))
    found = evaluation.evaluate(versioned, tables[0], tables[1], tables[2], minimum_group_size=least)
    return found.to_pandas()


def test_measures_are_those_of_the_textbooks(campus: Campus, tested: pa.Table) -> None:
    found = evaluate(campus, tested)
    assert not found.duplicated(["protocol", "as_of_day", "grouped_by", "group_value", "measure"]).any()
    rows = with_runs(tested.to_pandas(), campus).merge(campus.demographics, on="demographics_key")
    for grouped_by, value in (("all", "all"), ("gender", "f"), ("disability", "yes")):
        one = rows[(rows.protocol == "2020_to_2021") & (rows.as_of_day == 28)]
        one = one if grouped_by == "all" else one[one[grouped_by] == value]
        chosen = found[(found.protocol == "2020_to_2021") & (found.as_of_day == 28)]
        chosen = chosen[(chosen.grouped_by == grouped_by) & (chosen.group_value == value)].set_index("measure")
        is_bad, probability = one.did_fail_or_withdraw, one.fail_or_withdraw_probability
        top = one.nlargest(round(len(one) / 5), "fail_or_withdraw_probability").did_fail_or_withdraw
        expected = {
            "base_rate": is_bad.mean(),
            "auc": roc_auc_score(is_bad, probability),
            "average_precision": average_precision_score(is_bad, probability),
            "brier": brier_score_loss(is_bad, probability),
        }
        for measure, figure in expected.items():
            assert chosen.measure_value[measure] == pytest.approx(figure, abs=1e-6), measure
        assert chosen.measure_value["precision_of_top_fifth"] == pytest.approx(top.mean(), abs=0.03)
        assert chosen.measure_value["recall_of_top_fifth"] == pytest.approx(top.sum() / is_bad.sum(), abs=0.03)
        assert set(chosen.enrollment_count) == {len(one)}
        assert (chosen.lower_bound < chosen.upper_bound).all()
        assert chosen.lower_bound["auc"] < chosen.measure_value["auc"] < chosen.upper_bound["auc"]


def test_calibration_error_is_the_gap_of_shares() -> None:
    probability = np.repeat([0.1, 0.9], 50)
    is_bad = np.concatenate([np.arange(50) < 10, np.arange(50) < 40])
    rows = pd.DataFrame(
        {"fail_or_withdraw_probability": probability, "did_fail_or_withdraw": is_bad, "learner_key": np.arange(100)}
    ).sample(frac=1, random_state=1)
    rows["learner_key"] = np.where(rows.fail_or_withdraw_probability < 0.5, rows.index % 50, 50 + rows.index % 50)
    found = {name: value for name, _, value, *_ in evaluation.measure(rows, 0)}
    # within equal probabilities the order is that of learners, so a tenth holds a run of equal outcomes
    assert found["calibration_error"] == pytest.approx(0.26)
    assert found["base_rate"] == 0.5


def test_small_groups_have_no_figures(campus: Campus, tested: pa.Table) -> None:
    few = campus.enrollments.assign(demographics_key=1)
    few.loc[few.sample(8, random_state=1).index, "demographics_key"] = 2
    rare = replace(campus, enrollments=few)
    found = evaluate(rare, tested)
    assert "m" not in set(found[found.grouped_by == "gender"].group_value)
    with pytest.raises(ValueError, match="at least 1"):
        evaluate(campus, tested, least=0)


def test_a_group_of_just_enough_of_each_outcome_has_figures(campus: Campus, tested: pa.Table) -> None:
    rows = tested.to_pandas()
    headline = rows[(rows.protocol == rows.protocol.min()) & (rows.as_of_day == 0)]
    rarest = int(headline.did_fail_or_withdraw.value_counts().min())

    def is_shown(least: int) -> bool:
        found = evaluate(campus, tested, least=least)
        return bool(
            ((found.protocol == headline.protocol.iloc[0]) & (found.as_of_day == 0) & (found.grouped_by == "all")).any()
        )

    assert is_shown(rarest) and not is_shown(rarest + 1)


def test_nothing_to_test_gives_empty_tables(campus: Campus) -> None:
    tables = campus.tables()
    none = backtest.predict(source(campus), models.SCHEMA.empty_table(), tables[0], tables[1])
    assert none.num_rows == 0 and none.schema == backtest.SCHEMA
    assert evaluate(campus, none).empty
