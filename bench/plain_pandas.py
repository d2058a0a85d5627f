"""The core tables of OULAD in pandas: ``python -m bench.plain_pandas EXTRACTS OUT`` writes one Parquet file each.

Keys are computed in Python once per row of a dimension or enrollment, never per click; inside, enrollments are known
by their position in the order of course runs and keys, which is also the order of the facts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench.core_tables import schemas
from lernhaus.keys import pseudonym, surrogate_key

ACTIVITY_TYPES = Path(__file__).resolve().parents[1] / "seeds" / "map_activity_type.csv"
RUN = ["code_module", "code_presentation"]
DEMOGRAPHICS = ["gender", "age_band", "region", "highest_education", "deprivation_band", "has_disability"]
ASSESSMENT_TYPES = {"TMA": "assignment", "CMA": "quiz", "Exam": "exam"}
UNKNOWN = -1


def read(extracts: Path, name: str, types: dict[str, str]) -> pd.DataFrame:
    """Read the named columns of a CSV file; the empty field and ``?`` are null."""
    return pd.read_csv(
        extracts / f"{name}.csv",
        engine="pyarrow",
        usecols=list(types),
        dtype=types,
        keep_default_na=False,
        na_values=["", "?"],
    )


def keys(*columns: pd.Series | str) -> list[int]:
    """Return one surrogate key per row; a column given as text is the same in every row."""
    length = max(len(column) for column in columns if isinstance(column, pd.Series))
    texts = [
        [column] * length if isinstance(column, str) else column.astype(object).where(column.notna(), None)
        for column in columns
    ]
    return [surrogate_key(*parts) for parts in zip(*texts, strict=True)]


def days(numbers: pd.Series) -> pd.Series:
    """Return numbers of days as time differences; a missing number gives a missing difference."""
    return pd.to_timedelta(numbers.astype("Float64"), unit="D").dt.as_unit("s")


def date_key(dates: pd.Series) -> pd.Series:
    """Return yyyymmdd as a number, -1 for a missing date."""
    numbers: pd.Series = dates.dt.year * 10_000 + dates.dt.month * 100 + dates.dt.day
    return numbers.fillna(UNKNOWN).astype("int64")


def day_count(first: pd.Series, last: pd.Series) -> pd.Series:
    """Return the whole days from one date to another."""
    return (last - first).dt.days.astype("Int32")


def read_course_runs(extracts: Path) -> pd.DataFrame:
    runs = read(extracts, "courses", {**dict.fromkeys(RUN, "str"), "module_presentation_length": "int32"})
    runs["course_run_id"] = runs["code_module"] + "-" + runs["code_presentation"]
    runs["course_run_key"] = keys("oulad", runs["course_run_id"])
    runs["course_key"] = keys("oulad", runs["code_module"])
    months = runs["code_presentation"].str[4:].map({"B": "-02-01", "J": "-10-01"})
    runs["start_date"] = pd.to_datetime(runs["code_presentation"].str[:4] + months).dt.as_unit("s")
    runs["end_date"] = runs["start_date"] + days(runs["module_presentation_length"])
    return runs


def read_sites(extracts: Path, runs: pd.DataFrame) -> pd.DataFrame:
    types = {"id_site": "int32", **dict.fromkeys(RUN, "str")}
    types |= {"activity_type": "str", "week_from": "Int32", "week_to": "Int32"}
    sites = read(extracts, "vle", types).rename(columns={"activity_type": "source_activity_type"})
    mapped = pd.read_csv(ACTIVITY_TYPES).query("source_system == 'oulad'").set_index("source_activity_type")
    sites["activity_id"] = sites["id_site"].astype("str")
    sites["activity_key"] = keys("oulad", sites["activity_id"])
    sites["activity_type"] = sites["source_activity_type"].map(mapped["activity_type"]).fillna("other")
    return sites.merge(runs, on=RUN)


def read_assessments(extracts: Path, runs: pd.DataFrame) -> pd.DataFrame:
    types = {**dict.fromkeys(RUN, "str"), "id_assessment": "int32", "assessment_type": "str"}
    assessments = read(extracts, "assessments", {**types, "date": "Int32", "weight": "float64"}).merge(runs, on=RUN)
    assessments["assessment_id"] = assessments["id_assessment"].astype("str")
    assessments["assessment_key"] = keys("oulad", assessments["assessment_id"])
    assessments["assessment_type"] = assessments["assessment_type"].map(ASSESSMENT_TYPES).fillna("other")
    assessments["due_course_day"] = assessments["date"]
    assessments["due_date"] = assessments["start_date"] + days(assessments["date"])
    return assessments


def read_infos(extracts: Path, runs: pd.DataFrame) -> pd.DataFrame:
    who = {**dict.fromkeys(RUN, "str"), "id_student": "int32"}
    texts = ["gender", "region", "highest_education", "imd_band", "age_band", "disability", "final_result"]
    numbers = ["num_of_prev_attempts", "studied_credits"]
    infos = read(extracts, "studentInfo", {**who, **dict.fromkeys(texts, "str"), **dict.fromkeys(numbers, "Int32")})
    registered = dict.fromkeys(["date_registration", "date_unregistration"], "Int32")
    registrations = read(extracts, "studentRegistration", {**who, **registered})
    infos = infos.merge(runs, on=RUN).merge(registrations, on=list(who), how="left")
    known_gender = infos["gender"].where(infos["gender"].isna() | infos["gender"].isin(["F", "M"]), "other")
    return infos.assign(
        gender=known_gender.str.lower(),
        deprivation_band=infos["imd_band"].str.rstrip("%") + "%",
        has_disability=infos["disability"].map({"Y": "true", "N": "false"}),
        registered_date=infos["start_date"] + days(infos["date_registration"]),
        withdrawn_date=infos["start_date"] + days(infos["date_unregistration"]),
        completed_date=infos["end_date"].where(infos["final_result"].isin(["Pass", "Distinction"])),
        final_result=infos["final_result"].str.lower(),
    )


def make_learners(infos: pd.DataFrame, secret: bytes) -> pd.DataFrame:
    """Return each learner with the attributes of the latest enrollment."""
    latest = infos.sort_values(["start_date", "course_run_id"], ascending=[False, True]).drop_duplicates("id_student")
    learners = latest[["id_student", *DEMOGRAPHICS]].reset_index(drop=True)
    learners["learner_pseudonym"] = [pseudonym(secret, "oulad", str(number)) for number in learners["id_student"]]
    learners["learner_key"] = keys("oulad", learners["learner_pseudonym"])
    learners["learner_version_key"] = keys(learners["learner_key"].astype("str"), "1900-01-01")
    return learners


def make_enrollments(infos: pd.DataFrame, learners: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Return the enrollments in the order of course runs and keys, numbered from 0 in ``enrollment``."""
    named = learners[["id_student", "learner_pseudonym", "learner_key", "learner_version_key"]]
    enrollments = infos.merge(named, on="id_student")
    enrollments["enrollment_key"] = keys("oulad", enrollments["course_run_id"], enrollments["learner_pseudonym"])
    unknown = enrollments[DEMOGRAPHICS].isna().all(axis="columns")
    demographics = pd.Series(keys(*(enrollments[name] for name in DEMOGRAPHICS)), index=enrollments.index)
    enrollments["demographics_key"] = demographics.mask(unknown, UNKNOWN)
    enrollments = enrollments.merge(spans, on=["id_student", "course_run_key"], how="left")
    enrollments["interaction_count"] = enrollments["interaction_count"].fillna(0)
    for name in ("first_active", "last_active"):
        enrollments[f"{name}_date"] = enrollments["start_date"] + days(enrollments[f"{name}_course_day"])
    enrollments = enrollments.sort_values(["course_run_key", "enrollment_key"], ignore_index=True)
    return enrollments.assign(enrollment=enrollments.index.astype("int32"))


def make_dates(enrollments: pd.DataFrame, submissions: pd.DataFrame, assessments: pd.DataFrame) -> pd.DataFrame:
    names = ["registered", "withdrawn", "completed", "first_active", "last_active", "start", "end"]
    named = [enrollments[f"{name}_date"] for name in names] + [submissions["submitted_date"], assessments["due_date"]]
    margin = pd.Timedelta(days=7)
    days_named = pd.date_range(min(s.min() for s in named) - margin, max(s.max() for s in named) + margin, unit="s")
    day = pd.Series(days_named)
    calendar = day.dt.isocalendar()
    return pd.DataFrame(
        {
            "date_key": date_key(day),
            "date_day": day,
            "day_of_week": calendar["day"],
            "day_name": day.dt.day_name(),
            "is_weekend": calendar["day"] >= 6,
            "day_of_month": day.dt.day,
            "iso_week": calendar["week"],
            "iso_year": calendar["year"],
            "week_start_date": day - days(calendar["day"].astype("int64") - 1),
            "month_number": day.dt.month,
            "month_name": day.dt.month_name(),
            "month_start_date": day - days(day.dt.day - 1),
            "quarter_number": day.dt.quarter,
            "year_number": day.dt.year,
        }
    )


def make_daily_activity(clicks: pd.DataFrame, sites: pd.DataFrame, enrollments: pd.DataFrame) -> pd.DataFrame:
    """Return the clicks by enrollment, site and day, sorted; learners and sites by their positions."""
    learner_runs = enrollments[["id_student", "course_run_key", "enrollment", "start_date"]]
    placed = sites[["id_site", "course_run_key", "activity_key", "activity_type"]]
    daily = clicks.merge(placed, on="id_site").merge(learner_runs, on=["id_student", "course_run_key"])
    daily = daily.sort_values(["enrollment", "course_day"], ignore_index=True)
    daily["activity_date"] = daily["start_date"] + pd.to_timedelta(daily["course_day"], unit="D").dt.as_unit("s")
    daily["course_week"] = daily["course_day"] // 7
    return daily


def make_submissions(extracts: Path, assessments: pd.DataFrame, enrollments: pd.DataFrame) -> pd.DataFrame:
    numbers = dict.fromkeys(["id_assessment", "id_student", "date_submitted", "is_banked"], "int32")
    due = assessments[["id_assessment", "course_run_key", "assessment_key", "due_date", "due_course_day"]]
    who = ["enrollment", "enrollment_key", "learner_key", "demographics_key", "start_date", "date_registration"]
    submissions = (
        read(extracts, "studentAssessment", {**numbers, "score": "float64"})
        .merge(due, on="id_assessment")
        .merge(enrollments[["id_student", "course_run_key", *who]], on=["id_student", "course_run_key"])
        .sort_values(["enrollment_key", "assessment_key"], ignore_index=True)
    )
    scored = submissions["score"].notna()
    submissions["is_banked"] = submissions["is_banked"] == 1
    submissions["submitted_date"] = submissions["start_date"] + days(submissions["date_submitted"])
    late = (submissions["submitted_date"] > submissions["due_date"]).astype("boolean")
    return submissions.assign(
        submitted_date_key=date_key(submissions["submitted_date"]),
        due_date_key=date_key(submissions["due_date"]),
        attempt_number=1,
        submitted_at=None,
        submitted_course_day=submissions["date_submitted"],
        scored_date=submissions["submitted_date"].where(scored),
        scored_course_day=submissions["date_submitted"].astype("Int32").where(scored),
        days_before_due=day_count(submissions["submitted_date"], submissions["due_date"]),
        is_late=late.mask(submissions["is_banked"] | submissions["due_date"].isna()),
        is_gradebook_only=False,
    )


def use_by_week(daily: pd.DataFrame) -> pd.DataFrame:
    """Return the use of the sites by enrollment and course week."""
    week = ["enrollment", "course_week"]

    def distinct(column: str) -> pd.Series:
        return daily[[*week, column]].drop_duplicates().groupby(week).size()

    measures = daily.groupby(week).agg(
        interaction_count=("interaction_count", "sum"), last_active_course_day=("course_day", "max")
    )
    return measures.assign(
        active_day_count=distinct("course_day"),
        activity_count=distinct("activity_key"),
        activity_type_count=distinct("activity_type"),
    )


def work_by_week(submissions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return handed in (by enrollment and week), due (by course run and week), and banked or handed in on time of what
    is due (by enrollment and week)."""
    submissions = submissions.assign(
        on_time=~submissions["is_banked"] & submissions["is_late"].eq(False).fillna(False),
        early_days=(submissions["due_course_day"] - submissions["date_submitted"]).clip(upper=7),
    )
    # due is what somebody handed in, once somebody did; exams are sat in a hall
    assessments = (
        submissions[~submissions["is_banked"]]
        .groupby(["course_run_key", "assessment_key"], as_index=False)
        .agg(first_course_day=("date_submitted", "min"), due_course_day=("due_course_day", "first"))
        .dropna(subset="due_course_day")
    )
    due_days = assessments[["first_course_day", "due_course_day"]].max(axis="columns").astype("int64")
    assessments = assessments[["course_run_key", "assessment_key"]].assign(due_course_week=due_days // 7)
    submissions = submissions.merge(assessments, on=["course_run_key", "assessment_key"], how="left")
    first_weeks = submissions["date_registration"].fillna(0) // 7
    submissions["was_due"] = submissions["due_course_week"] >= first_weeks
    handed_in = (
        submissions[~submissions["is_banked"]]
        .assign(
            course_week=lambda frame: frame["date_submitted"] // 7,
            late=lambda frame: frame["is_late"].fillna(False),
            due_late=lambda frame: frame["late"] & frame["was_due"],
            early_days=lambda frame: frame["early_days"].where(frame["on_time"], 0),
        )
        .groupby(["enrollment", "course_week"])
        .agg(
            submission_count=("id_assessment", "size"),
            on_time_submission_count=("on_time", "sum"),
            late_submission_count=("late", "sum"),
            due_late_count=("due_late", "sum"),
            early_day_count=("early_days", "sum"),
            score_sum=("score", lambda scores: scores.sum(min_count=1)),
            scored_submission_count=("score", "count"),
        )
    )
    due = assessments.rename(columns={"due_course_week": "course_week"})
    due = due.groupby(["course_run_key", "course_week"]).size().to_frame("due_count")
    done = (
        submissions.dropna(subset="due_course_week")
        .assign(course_week=lambda frame: frame["due_course_week"].astype("int64"))
        .groupby(["enrollment", "course_week"])
        .agg(banked_count=("is_banked", "sum"), due_on_time_count=("on_time", "sum"))
    )
    return handed_in, due, done


def make_weeks(
    enrollments: pd.DataFrame, daily: pd.DataFrame, submissions: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return one row per enrollment and course week from registration to the end, the withdrawal or the as-of date."""
    start = enrollments["start_date"]
    last_dates = enrollments[["end_date", "withdrawn_date"]].assign(as_of=as_of).min(axis="columns")
    first_weeks = (enrollments["date_registration"].fillna(0) // 7).astype("int64")
    counts = (day_count(start, last_dates) // 7 - first_weeks + 1).clip(lower=0).astype("int64")
    columns = ["enrollment", "enrollment_key", "learner_key", "course_run_key", "demographics_key"]
    columns += ["start_date", "end_date", "withdrawn_date"]
    weeks = enrollments.loc[enrollments.index.repeat(counts), columns].reset_index(drop=True)
    firsts = np.repeat(first_weeks.to_numpy(), counts)
    weeks["course_week"] = firsts + weeks.groupby("enrollment").cumcount()
    weeks["week_start_date"] = weeks["start_date"] + days(7 * weeks["course_week"])
    weeks["week_end_date"] = weeks["week_start_date"] + pd.Timedelta(days=6)
    weeks = weeks[weeks[["week_end_date", "end_date"]].min(axis="columns") <= as_of]

    handed_in, due, done = work_by_week(submissions)
    by_enrollment = ["enrollment", "course_week"]
    weeks = (
        weeks.merge(use_by_week(daily), on=by_enrollment, how="left")
        .merge(handed_in, on=by_enrollment, how="left")
        .merge(due, on=["course_run_key", "course_week"], how="left")
        .merge(done, on=by_enrollment, how="left")
    )
    counted = [name for name in weeks.columns if name.endswith("_count")]
    weeks[counted] = weeks[counted].fillna(0)
    # days only grow from week to week: the last one known is the largest
    last_active = weeks.groupby("enrollment")["last_active_course_day"].ffill()
    return weeks.assign(
        date_key=date_key(weeks["week_start_date"]),
        is_enrolled_at_week_end=weeks["withdrawn_date"].isna() | (weeks["withdrawn_date"] > weeks["week_end_date"]),
        duration_seconds=None,
        post_count=0,
        assessment_due_count=weeks["due_count"] - weeks["banked_count"],
        days_since_last_active=7 * weeks["course_week"] + 6 - last_active,
    )


def build(extracts: Path, out: Path) -> None:
    """Write ``<table>.parquet`` for each core table into the folder ``out``."""
    declared = schemas()
    out.mkdir(parents=True)

    def write(table: str, frame: pd.DataFrame, unknown: dict[str, Any] | None = None) -> None:
        schema = declared[table]
        member = [pa.Table.from_pylist([unknown], schema=schema)] if unknown is not None else []
        rows = pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
        pq.write_table(pa.concat_tables([rows, *member]), out / f"{table}.parquet")

    runs = read_course_runs(extracts)
    sites = read_sites(extracts, runs)
    assessments = read_assessments(extracts, runs)
    infos = read_infos(extracts, runs)
    learners = make_learners(infos, os.environ["LERNHAUS_PSEUDONYM_SECRET"].encode())
    counted = {"id_student": "int32", "id_site": "int32", "date": "int16", "sum_click": "int32"}
    clicks = read(extracts, "studentVle", counted).rename(columns={"date": "course_day"})
    clicks = (
        clicks.groupby(["id_student", "id_site", "course_day"], sort=False)
        .agg(interaction_count=("sum_click", "sum"))
        .reset_index()
    )
    spans = (
        clicks.merge(sites[["id_site", "course_run_key"]], on="id_site")
        .groupby(["id_student", "course_run_key"], as_index=False)
        .agg(
            first_active_course_day=("course_day", "min"),
            last_active_course_day=("course_day", "max"),
            interaction_count=("interaction_count", "sum"),
        )
    )
    enrollments = make_enrollments(infos, learners, spans)
    submissions = make_submissions(extracts, assessments, enrollments)
    as_of = max(
        enrollments["last_active_date"].max(), submissions.loc[~submissions["is_banked"], "submitted_date"].max()
    )
    daily = make_daily_activity(clicks, sites, enrollments)
    del clicks

    unknown: dict[str, Any] = {"source_system": "unknown", "organization_key": UNKNOWN, "is_inferred": True}
    none = pd.DataFrame({"organization_key": [UNKNOWN], "ancestor_organization_key": [UNKNOWN], "level_count": [0]})
    write("bridge_organization", none)
    organization = none.assign(parent_organization_key=UNKNOWN, source_system="unknown", is_inferred=True)
    texts = dict.fromkeys(["organization_id", "organization_name", "organization_type"], "unknown")
    write("dim_organization", organization.assign(**texts))

    known: dict[str, Any] = {"source_system": "oulad", "organization_key": UNKNOWN, "is_inferred": False}
    courses = runs.drop_duplicates("course_key").rename(columns={"code_module": "course_id"})
    courses = courses.assign(**known, course_title=courses["course_id"], course_code=courses["course_id"], subject=None)
    unknown_course = {"course_key": UNKNOWN, "course_id": "unknown", "course_title": "unknown"}
    write("dim_course", courses, unknown | unknown_course)
    unknown_run = dict.fromkeys(["course_run_id", "course_run_title"], "unknown")
    write(
        "dim_course_run",
        runs.assign(
            **known,
            course_run_title=runs["course_run_id"],
            term_name=runs["code_presentation"],
            run_length_days=day_count(runs["start_date"], runs["end_date"]) + 1,
            is_finished=runs["end_date"] < as_of,
            is_nominal_calendar=True,
        ),
        unknown
        | unknown_run
        | {"course_run_key": UNKNOWN, "course_key": UNKNOWN, "is_finished": False, "is_nominal_calendar": False},
    )
    write(
        "dim_activity",
        sites.assign(**known, activity_name=sites["activity_id"]).rename(
            columns={"week_from": "available_from_course_week", "week_to": "available_to_course_week"}
        ),
        unknown
        | {"activity_key": UNKNOWN, "course_run_key": UNKNOWN, "activity_type": "other"}
        | dict.fromkeys(["activity_id", "activity_name"], "unknown"),
    )
    write(
        "dim_assessment",
        assessments.assign(
            **known, assessment_name=assessments["assessment_id"], due_date_key=date_key(assessments["due_date"])
        ),
        unknown
        | {"assessment_key": UNKNOWN, "course_run_key": UNKNOWN, "assessment_type": "other", "due_date_key": UNKNOWN}
        | dict.fromkeys(["assessment_id", "assessment_name"], "unknown"),
    )
    is_disabled = learners["has_disability"].map({"true": True, "false": False}).astype("boolean")
    people = learners.assign(**known, programme=None, is_active=None, has_disability=is_disabled)
    write("dim_learner", people, unknown | {"learner_key": UNKNOWN, "learner_pseudonym": "unknown"})
    always = {"valid_from_date": pd.Timestamp("1900-01-01"), "valid_to_date": pd.Timestamp("9999-12-31")}
    version: dict[str, Any] = {**always, "version_number": 1, "is_current": True}
    write(
        "dim_learner_version",
        people.assign(**version),
        unknown | version | {"learner_version_key": UNKNOWN, "learner_key": UNKNOWN},
    )
    demographics = enrollments[["demographics_key", *DEMOGRAPHICS]].drop_duplicates("demographics_key")
    demographics = demographics[demographics["demographics_key"] != UNKNOWN]
    demographics["disability"] = demographics["has_disability"].map({"true": "yes", "false": "no"})
    attributes = declared["dim_demographics"].names[1:]
    demographics[attributes] = demographics[attributes].fillna("unknown")
    write("dim_demographics", demographics, {**dict.fromkeys(attributes, "unknown"), "demographics_key": UNKNOWN})
    unknown_date = {"date_key": UNKNOWN, "day_name": "unknown", "month_name": "unknown"}
    write("dim_date", make_dates(enrollments, submissions, assessments), unknown_date)

    roles = ["registered", "first_active", "last_active", "withdrawn", "completed"]
    write(
        "fct_enrollment",
        enrollments.assign(
            **{f"{role}_date_key": date_key(enrollments[f"{role}_date"]) for role in roles},
            registered_course_day=enrollments["date_registration"],
            withdrawn_course_day=enrollments["date_unregistration"],
            registered_to_first_active_days=day_count(enrollments["registered_date"], enrollments["first_active_date"]),
            previous_attempt_count=enrollments["num_of_prev_attempts"],
            is_inferred=False,
        ),
    )
    write("fct_submission", submissions)
    write("fct_enrollment_week", make_weeks(enrollments, daily, submissions, as_of))
    enrollment_keys = ["enrollment_key", "learner_key", "demographics_key"]
    write(
        "fct_daily_activity",
        daily.assign(
            **{name: enrollments[name].to_numpy()[daily["enrollment"]] for name in enrollment_keys},
            date_key=date_key(daily["activity_date"]),
            duration_seconds=None,
        ),
    )
    # OULAD has neither single events nor texts
    for table in ("fct_learning_event", "fct_post"):
        pq.write_table(declared[table].empty_table(), out / f"{table}.parquet")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
