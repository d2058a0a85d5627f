"""The core tables of OULAD in Polars: ``python -m bench.plain_polars EXTRACTS OUT`` writes one Parquet file each.

Keys are computed in Python once per row of a dimension or enrollment, never per click.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import polars as pl

from bench.core_tables import schemas
from lernhaus.keys import pseudonym, surrogate_key

ACTIVITY_TYPES = Path(__file__).resolve().parents[1] / "seeds" / "map_activity_type.csv"
RUN = ["code_module", "code_presentation"]
DEMOGRAPHICS = ["gender", "age_band", "region", "highest_education", "deprivation_band", "has_disability"]
ASSESSMENT_TYPES = {"TMA": "assignment", "CMA": "quiz", "Exam": "exam"}
ENROLLMENT = ["enrollment_key", "learner_key", "course_run_key", "demographics_key"]
WEEK = ["enrollment_key", "course_week"]
UNKNOWN = pl.lit(-1, pl.Int64)
POLARS_TYPES = {
    "int64": pl.Int64(),
    "int32": pl.Int32(),
    "bool": pl.Boolean(),
    "date32[day]": pl.Date(),
    "double": pl.Float64(),
    "timestamp[us]": pl.Datetime("us"),
    "string": pl.String(),
}


def scan(extracts: Path, name: str, *texts: str, **numbers: type[pl.DataType]) -> pl.LazyFrame:
    """Scan the named columns of a CSV file; the empty field and ``?`` are null."""
    types = dict.fromkeys(texts, pl.String) | numbers
    return pl.scan_csv(extracts / f"{name}.csv", null_values=["", "?"], schema_overrides=types).select(types.keys())


def with_key(frame: pl.DataFrame, key: str, *parts: str) -> pl.DataFrame:
    """Add a column of surrogate keys made from other columns."""
    keys = [surrogate_key(*row) for row in frame.select(pl.col(*parts).cast(pl.String)).rows()]
    return frame.with_columns(pl.Series(key, keys, pl.Int64))


def days(number: pl.Expr) -> pl.Expr:
    return pl.duration(days=number)


def date_key(name: str) -> pl.Expr:
    """Return yyyymmdd as a number, -1 for a missing date."""
    day = pl.col(name).dt
    number = day.year().cast(pl.Int64) * 10_000 + day.month().cast(pl.Int64) * 100 + day.day()
    return number.fill_null(-1)


def day_count(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days()


def week(course_day: str) -> pl.Expr:
    return pl.col(course_day).floordiv(7).cast(pl.Int32)


def read_course_runs(extracts: Path) -> pl.DataFrame:
    term = pl.col("code_presentation")
    month = term.str.slice(4).replace_strict({"B": 2, "J": 10}, return_dtype=pl.Int8)
    runs = (
        scan(extracts, "courses", *RUN, module_presentation_length=pl.Int32)
        .with_columns(
            source_system=pl.lit("oulad"),
            course_run_id=pl.concat_str(*RUN, separator="-"),
            start_date=pl.date(term.str.head(4).cast(pl.Int32), month, 1),
        )
        .with_columns(end_date=pl.col("start_date") + days(pl.col("module_presentation_length")))
        .collect()
    )
    runs = with_key(runs, "course_run_key", "source_system", "course_run_id")
    return with_key(runs, "course_key", "source_system", "code_module")


def read_sites(extracts: Path, runs: pl.DataFrame) -> pl.DataFrame:
    mapped = pl.read_csv(ACTIVITY_TYPES).filter(pl.col("source_system") == "oulad")
    sites = (
        scan(extracts, "vle", *RUN, "activity_type", id_site=pl.Int32, week_from=pl.Int32, week_to=pl.Int32)
        .rename({"activity_type": "source_activity_type"})
        .join(runs.lazy(), on=RUN)
        .join(mapped.lazy().drop("source_system"), on="source_activity_type", how="left")
        .with_columns(pl.col("activity_type").fill_null("other"), activity_id=pl.col("id_site").cast(pl.String))
        .collect()
    )
    return with_key(sites, "activity_key", "source_system", "activity_id")


def read_assessments(extracts: Path, runs: pl.DataFrame) -> pl.DataFrame:
    numbers = {"id_assessment": pl.Int32, "date": pl.Int32, "weight": pl.Float64}
    assessments = (
        scan(extracts, "assessments", *RUN, "assessment_type", **numbers)
        .join(runs.lazy(), on=RUN)
        .rename({"date": "due_course_day"})
        .with_columns(
            pl.col("assessment_type").replace_strict(ASSESSMENT_TYPES, default="other"),
            assessment_id=pl.col("id_assessment").cast(pl.String),
            due_date=pl.col("start_date") + days(pl.col("due_course_day")),
        )
        .collect()
    )
    return with_key(assessments, "assessment_key", "source_system", "assessment_id")


def read_infos(extracts: Path, runs: pl.DataFrame) -> pl.DataFrame:
    texts = ["gender", "region", "highest_education", "imd_band", "age_band", "disability", "final_result"]
    counts = {"num_of_prev_attempts": pl.Int32, "studied_credits": pl.Int32}
    registered = {"date_registration": pl.Int32, "date_unregistration": pl.Int32}
    registrations = scan(extracts, "studentRegistration", *RUN, id_student=pl.Int32, **registered)
    gender, result = pl.col("gender"), pl.col("final_result")
    return (
        scan(extracts, "studentInfo", *RUN, *texts, id_student=pl.Int32, **counts)
        .join(runs.lazy(), on=RUN)
        .join(registrations, on=[*RUN, "id_student"], how="left")
        .with_columns(
            gender=pl.when(gender.is_in(["F", "M"]))
            .then(gender.str.to_lowercase())
            .when(gender != "")
            .then(pl.lit("other")),
            deprivation_band=pl.col("imd_band").str.strip_chars_end("%") + "%",
            has_disability=pl.col("disability") == "Y",
            registered_date=pl.col("start_date") + days(pl.col("date_registration")),
            withdrawn_date=pl.col("start_date") + days(pl.col("date_unregistration")),
            completed_date=pl.when(result.is_in(["Pass", "Distinction"])).then(pl.col("end_date")),
            final_result=result.str.to_lowercase(),
        )
        .collect()
    )


def make_learners(infos: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """Return each learner with the attributes of the latest enrollment."""
    latest = infos.sort(["start_date", "course_run_id"], descending=[True, False])
    learners = latest.unique("id_student", keep="first", maintain_order=True)
    learners = learners.select("source_system", "id_student", *DEMOGRAPHICS)
    pseudonyms = [pseudonym(secret, "oulad", str(number)) for number in learners["id_student"]]
    learners = learners.with_columns(
        pl.Series("learner_pseudonym", pseudonyms),
        valid_from_date=pl.date(1900, 1, 1),
        valid_to_date=pl.date(9999, 12, 31),
    )
    learners = with_key(learners, "learner_key", "source_system", "learner_pseudonym")
    return with_key(learners, "learner_version_key", "learner_key", "valid_from_date")


def make_enrollments(infos: pl.DataFrame, learners: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the enrollments with their keys and the span of their activity."""
    named = learners.select("id_student", "learner_pseudonym", "learner_key", "learner_version_key")
    enrollments = infos.join(named, on="id_student").join(spans, on=["id_student", "course_run_key"], how="left")
    enrollments = with_key(enrollments, "enrollment_key", "source_system", "course_run_id", "learner_pseudonym")
    enrollments = with_key(enrollments, "demographics_key", *DEMOGRAPHICS)
    return enrollments.with_columns(
        demographics_key=pl.when(pl.all_horizontal(pl.col(DEMOGRAPHICS).is_null()))
        .then(UNKNOWN)
        .otherwise(pl.col("demographics_key")),
        interaction_count=pl.col("interaction_count").fill_null(0),
        first_active_date=pl.col("start_date") + days(pl.col("first_active_course_day")),
        last_active_date=pl.col("start_date") + days(pl.col("last_active_course_day")),
    )


def make_submissions(extracts: Path, assessments: pl.DataFrame, enrollments: pl.DataFrame) -> pl.DataFrame:
    numbers = dict.fromkeys(["id_assessment", "id_student", "date_submitted", "is_banked"], pl.Int32)
    due = assessments.lazy().select("id_assessment", "course_run_key", "assessment_key", "due_date", "due_course_day")
    who = enrollments.lazy().select("id_student", "start_date", "date_registration", *ENROLLMENT)
    scored, banked = pl.col("score").is_not_null(), pl.col("is_banked")
    return (
        scan(extracts, "studentAssessment", **numbers, score=pl.Float64)
        .rename({"date_submitted": "submitted_course_day"})
        .join(due, on="id_assessment")
        .join(who, on=["id_student", "course_run_key"])
        .with_columns(submitted_date=pl.col("start_date") + days(pl.col("submitted_course_day")), is_banked=banked == 1)
        .with_columns(
            submitted_date_key=date_key("submitted_date"),
            due_date_key=date_key("due_date"),
            attempt_number=pl.lit(1),
            submitted_at=pl.lit(None),
            scored_date=pl.when(scored).then("submitted_date"),
            scored_course_day=pl.when(scored).then("submitted_course_day"),
            days_before_due=day_count("submitted_date", "due_date"),
            is_late=pl.when(~banked).then(pl.col("submitted_date") > pl.col("due_date")),
            is_gradebook_only=pl.lit(False),
        )
        .sort("enrollment_key", "assessment_key")
        .collect()
    )


def make_dates(enrollments: pl.DataFrame, submissions: pl.DataFrame, assessments: pl.DataFrame) -> pl.DataFrame:
    roles = ["registered", "withdrawn", "completed", "first_active", "last_active", "start", "end"]
    named = [enrollments[f"{role}_date"] for role in roles] + [submissions["submitted_date"], assessments["due_date"]]
    day = pl.concat([series.alias("day") for series in named])
    margin = pl.lit(7, pl.Int64)
    dates = pl.select(date_day=pl.date_range(pl.lit(day.min()) - days(margin), pl.lit(day.max()) + days(margin)))
    calendar = pl.col("date_day").dt
    return dates.with_columns(
        date_key=date_key("date_day"),
        day_of_week=calendar.weekday(),
        day_name=calendar.to_string("%A"),
        is_weekend=calendar.weekday() >= 6,
        day_of_month=calendar.day(),
        iso_week=calendar.week(),
        iso_year=calendar.iso_year(),
        week_start_date=calendar.truncate("1w"),
        month_number=calendar.month(),
        month_name=calendar.to_string("%B"),
        month_start_date=calendar.truncate("1mo"),
        quarter_number=calendar.quarter(),
        year_number=calendar.year(),
    )


def work_by_week(submissions: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]:
    """Return handed in (by enrollment and week), due (by course run and week), and banked or handed in on time of what
    is due (by enrollment and week)."""
    # due is what somebody handed in, once somebody did; exams are sat in a hall
    assessments = (
        submissions.filter(~pl.col("is_banked"))
        .group_by("course_run_key", "assessment_key")
        .agg(pl.col("submitted_course_day").min(), pl.col("due_course_day").first())
        .drop_nulls("due_course_day")
        .select(
            "course_run_key",
            "assessment_key",
            due_course_week=pl.max_horizontal(week("submitted_course_day"), week("due_course_day")),
        )
    )
    submissions = submissions.join(assessments, on=["course_run_key", "assessment_key"], how="left")
    first_week = pl.col("date_registration").fill_null(0).floordiv(7)
    handed_in = (
        submissions.filter(~pl.col("is_banked"))
        .group_by("enrollment_key", course_week=week("submitted_course_day"))
        .agg(
            submission_count=pl.len(),
            on_time_submission_count=(~pl.col("is_late")).sum(),
            late_submission_count=pl.col("is_late").sum(),
            due_late_count=(pl.col("is_late") & (pl.col("due_course_week") >= first_week)).sum(),
            early_day_count=(pl.col("due_course_day") - pl.col("submitted_course_day"))
            .clip(upper_bound=7)
            .filter(~pl.col("is_late"))
            .sum(),
            score_sum=pl.when(pl.col("score").count() > 0).then(pl.col("score").sum()),
            scored_submission_count=pl.col("score").count(),
        )
    )
    due = assessments.group_by("course_run_key", course_week="due_course_week").agg(due_count=pl.len())
    done = (
        submissions.drop_nulls("due_course_week")
        .group_by("enrollment_key", course_week="due_course_week")
        .agg(
            banked_count=pl.col("is_banked").sum(),
            due_on_time_count=(~pl.col("is_banked") & ~pl.col("is_late")).sum(),
        )
    )
    return handed_in, due, done


def make_weeks(
    enrollments: pl.DataFrame, daily: pl.DataFrame, activity_types: pl.DataFrame, submissions: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """Return one row per enrollment and course week from registration to the end, the withdrawal or the as-of date."""
    used_sites = (
        daily.lazy()
        .group_by(*WEEK, "activity_key")
        .agg(
            pl.col("interaction_count").sum(),
            day_mask=pl.lit(2, pl.Int16).pow(pl.col("course_day") % 7).bitwise_or(),
            last_active_course_day=pl.col("course_day").max(),
        )
    )
    used = (
        used_sites.join(activity_types.lazy(), on="activity_key")
        .group_by(WEEK)
        .agg(
            pl.col("interaction_count").sum(),
            active_day_count=pl.col("day_mask").bitwise_or().bitwise_count_ones(),
            activity_count=pl.len(),
            activity_type_count=pl.col("activity_type").n_unique(),
            last_active_course_day=pl.col("last_active_course_day").max(),
        )
    )
    handed_in, due, done = work_by_week(submissions.lazy())
    last_date = pl.min_horizontal("end_date", "withdrawn_date", pl.lit(as_of))
    last_day = (last_date - pl.col("start_date")).dt.total_days()
    weeks = (
        enrollments.lazy()
        .select(*ENROLLMENT, "start_date", "end_date", "withdrawn_date", "date_registration", last_day=last_day)
        .with_columns(
            course_week=pl.int_ranges(
                pl.col("date_registration").fill_null(0).floordiv(7), pl.col("last_day").floordiv(7) + 1, dtype=pl.Int32
            )
        )
        .explode("course_week", empty_as_null=False)
        .with_columns(week_start_date=pl.col("start_date") + days(pl.col("course_week") * 7))
        .with_columns(week_end_date=pl.col("week_start_date") + days(pl.lit(6)))
        .filter(pl.min_horizontal("week_end_date", "end_date") <= as_of)
    )
    counted = ["interaction_count", "active_day_count", "activity_count", "activity_type_count", "submission_count"]
    counted += ["on_time_submission_count", "late_submission_count", "scored_submission_count"]
    counted += ["due_on_time_count", "due_late_count", "early_day_count"]
    return (
        weeks.join(used, on=WEEK, how="left")
        .join(handed_in, on=WEEK, how="left")
        .join(due, on=["course_run_key", "course_week"], how="left")
        .join(done, on=WEEK, how="left")
        .sort("course_run_key", *WEEK)
        .with_columns(
            pl.col(counted).fill_null(0),
            date_key=date_key("week_start_date"),
            is_enrolled_at_week_end=(pl.col("withdrawn_date") > pl.col("week_end_date")).fill_null(True),
            duration_seconds=pl.lit(None),
            post_count=pl.lit(0),
            assessment_due_count=pl.col("due_count").fill_null(0).cast(pl.Int32)
            - pl.col("banked_count").fill_null(0).cast(pl.Int32),
            # days only grow from week to week: the last one known is the largest
            days_since_last_active=pl.col("course_week") * 7
            + 6
            - pl.col("last_active_course_day").forward_fill().over("enrollment_key"),
        )
        .collect()
    )


def build(extracts: Path, out: Path) -> None:
    """Write ``<table>.parquet`` for each core table into the folder ``out``."""
    declared = {
        table: pl.Schema({field.name: POLARS_TYPES[str(field.type)] for field in schema})
        for table, schema in schemas().items()
    }
    out.mkdir(parents=True)

    def write(table: str, frame: pl.DataFrame, **unknown: object) -> None:
        schema = declared[table]
        rows = frame.select(pl.col(name).cast(type_) for name, type_ in schema.items())
        if unknown:
            rows = pl.concat([rows, pl.DataFrame([unknown], schema=schema)])
        rows.write_parquet(out / f"{table}.parquet")

    runs = read_course_runs(extracts)
    sites = read_sites(extracts, runs)
    assessments = read_assessments(extracts, runs)
    infos = read_infos(extracts, runs)
    learners = make_learners(infos, os.environ["LERNHAUS_PSEUDONYM_SECRET"].encode())
    clicks = (
        scan(extracts, "studentVle", id_student=pl.Int32, id_site=pl.Int32, date=pl.Int16, sum_click=pl.Int32)
        .rename({"date": "course_day"})
        .group_by("id_student", "id_site", "course_day")
        .agg(interaction_count=pl.col("sum_click").sum())
        .collect(engine="streaming")
    )
    placed = sites.lazy().select("id_site", "activity_key", "course_run_key")
    spans = (
        clicks.lazy()
        .join(placed, on="id_site")
        .group_by("id_student", "course_run_key")
        .agg(
            pl.col("interaction_count").sum().cast(pl.Int64),
            first_active_course_day=pl.col("course_day").min().cast(pl.Int32),
            last_active_course_day=pl.col("course_day").max().cast(pl.Int32),
        )
        .collect()
    )
    enrollments = make_enrollments(infos, learners, spans)
    submissions = make_submissions(extracts, assessments, enrollments)
    last_submitted = submissions.filter(~pl.col("is_banked"))["submitted_date"].max()
    as_of = max(day for day in (enrollments["last_active_date"].max(), last_submitted) if isinstance(day, date))
    daily = (
        clicks.lazy()
        .join(placed, on="id_site")
        .join(enrollments.lazy().select("id_student", "start_date", *ENROLLMENT), on=["id_student", "course_run_key"])
        .with_columns(
            activity_date=pl.col("start_date") + days(pl.col("course_day").cast(pl.Int32)),
            course_week=week("course_day"),
        )
        .select(*ENROLLMENT, "activity_key", "activity_date", "course_day", "course_week", "interaction_count")
        .sort("course_run_key", "enrollment_key", "activity_date")
        .collect()
    )

    unknown = {"source_system": "unknown", "organization_key": -1, "is_inferred": True}
    names = ["organization_id", "organization_name", "organization_type"]
    none = pl.DataFrame({"organization_key": [-1], "ancestor_organization_key": [-1], "level_count": [0]})
    write("bridge_organization", none)
    organization: dict[str, object] = unknown | dict.fromkeys(names, "unknown") | {"parent_organization_key": -1}
    write("dim_organization", pl.DataFrame(schema=declared["dim_organization"]), **organization)
    known = {"organization_key": UNKNOWN, "is_inferred": pl.lit(False), "programme": pl.lit(None)}
    course = pl.col("code_module")
    write(
        "dim_course",
        runs.unique("course_key").with_columns(
            **known, course_id=course, course_title=course, course_code=course, subject=pl.lit(None)
        ),
        **unknown,
        **dict.fromkeys(["course_id", "course_title"], "unknown"),
        course_key=-1,
    )
    write(
        "dim_course_run",
        runs.with_columns(
            **known,
            course_run_title=pl.col("course_run_id"),
            term_name=pl.col("code_presentation"),
            run_length_days=day_count("start_date", "end_date") + 1,
            is_finished=pl.col("end_date") < as_of,
            is_nominal_calendar=pl.lit(True),
        ),
        **unknown,
        **dict.fromkeys(["course_run_id", "course_run_title"], "unknown"),
        **dict.fromkeys(["course_run_key", "course_key"], -1),
        **dict.fromkeys(["is_finished", "is_nominal_calendar"], False),
    )
    write(
        "dim_activity",
        sites.with_columns(
            **known,
            activity_name=pl.col("activity_id"),
            available_from_course_week=pl.col("week_from"),
            available_to_course_week=pl.col("week_to"),
        ),
        **unknown,
        **dict.fromkeys(["activity_id", "activity_name"], "unknown"),
        **dict.fromkeys(["activity_key", "course_run_key"], -1),
        activity_type="other",
    )
    write(
        "dim_assessment",
        assessments.with_columns(**known, assessment_name=pl.col("assessment_id"), due_date_key=date_key("due_date")),
        **unknown,
        **dict.fromkeys(["assessment_id", "assessment_name"], "unknown"),
        **dict.fromkeys(["assessment_key", "course_run_key", "due_date_key"], -1),
        assessment_type="other",
    )
    write(
        "dim_learner",
        learners.with_columns(**known, is_active=pl.lit(None)),
        **unknown,
        learner_key=-1,
        learner_pseudonym="unknown",
    )
    write(
        "dim_learner_version",
        learners.with_columns(**known, version_number=pl.lit(1), is_current=pl.lit(True)),
        **dict.fromkeys(["learner_version_key", "learner_key", "organization_key"], -1),
        version_number=1,
        valid_from_date=date(1900, 1, 1),
        valid_to_date=date(9999, 12, 31),
        is_current=True,
    )
    attributes = declared["dim_demographics"].names()[1:]
    disability = pl.col("has_disability").replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    write(
        "dim_demographics",
        enrollments.filter(pl.col("demographics_key") != UNKNOWN)
        .unique("demographics_key")
        .with_columns(disability=disability)
        .with_columns(pl.col(attributes).fill_null("unknown")),
        **dict.fromkeys(attributes, "unknown"),
        demographics_key=-1,
    )
    write(
        "dim_date",
        make_dates(enrollments, submissions, assessments),
        date_key=-1,
        **dict.fromkeys(["day_name", "month_name"], "unknown"),
    )

    roles = ["registered", "first_active", "last_active", "withdrawn", "completed"]
    write(
        "fct_enrollment",
        enrollments.with_columns(
            **known,
            **{f"{role}_date_key": date_key(f"{role}_date") for role in roles},
            registered_course_day=pl.col("date_registration"),
            withdrawn_course_day=pl.col("date_unregistration"),
            registered_to_first_active_days=day_count("registered_date", "first_active_date"),
            previous_attempt_count=pl.col("num_of_prev_attempts"),
        ).sort("course_run_key", "enrollment_key"),
    )
    write("fct_submission", submissions)
    activity_types = sites.select("activity_key", "activity_type")
    write("fct_enrollment_week", make_weeks(enrollments, daily, activity_types, submissions, as_of))
    write(
        "fct_daily_activity",
        daily.with_columns(date_key=date_key("activity_date"), duration_seconds=pl.lit(None)),
    )
    # OULAD has neither single events nor texts
    for table in ("fct_learning_event", "fct_post"):
        write(table, pl.DataFrame(schema=declared[table]))


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
