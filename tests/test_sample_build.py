"""The whole way on the sample campus: extracts, `dbt build`, stars, scores, published file, README."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pandas as pd
import pytest
from analyses_suite import AnalysesSuite
from conftest import PROJECT, Warehouse, assert_unit_tests_pass
from connect_suite import ConnectSuite
from metrics_suite import PostMetricsSuite
from report_suite import ReportSuite

from bench.nlp import page
from lernhaus.engagement import engagement_week
from lernhaus.publish import publish, summarize
from lernhaus.sample import generate

FACTS = (
    "fct_daily_activity",
    "fct_enrollment",
    "fct_enrollment_week",
    "fct_learning_event",
    "fct_post",
    "fct_submission",
)
SCORES = (
    "engagement_validation",
    "engagement_week",
    "nlp_post_features",
    "nlp_course_run_terms",
    "nlp_post_keyphrases",
    "nlp_post_topic",
    "nlp_similar_post",
    "nlp_term",
    "nlp_topic",
    "nlp_topic_term",
    "bridge_post_topic",
    "risk_backtest",
    "risk_enrollment",
    "risk_evaluation",
    "risk_feature",
    "risk_model",
)
MARTS = (
    "growth_accounting",
    "growth_active_learners",
    "growth_cohort_retention",
    "growth_enrollment_funnel",
    "rpt_activity_type_week",
    "rpt_assessment",
    "rpt_course_week",
    "rpt_forum_attention",
    "rpt_learner_attention",
    "rpt_learner_timeline",
)


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extracts = tmp_path_factory.mktemp("extracts")
    generate(extracts)
    return extracts


@pytest.fixture(scope="module")
def truth(campus: Path) -> dict[str, Any]:
    return json.loads((campus / "sample_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def warehouse(campus: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = Warehouse(tmp_path_factory.mktemp("warehouse"), campus)
    built.build()
    return built


@pytest.mark.parametrize("table", FACTS + SCORES + MARTS)
def test_every_fact_score_and_mart_has_rows(warehouse: Warehouse, table: str) -> None:
    assert warehouse.value(f"select count(*) from {table}") > 0


def test_unit_tests_pass(warehouse: Warehouse) -> None:
    assert_unit_tests_pass(warehouse.dbt("test", "--selector", "unit_tests"))


def test_weights_of_the_engagement_index_are_vars(warehouse: Warehouse, tmp_path: Path) -> None:
    weighed = Warehouse(tmp_path, warehouse.extracts)
    shutil.copy(warehouse.database, weighed.database)
    weights = "{effort: 3, regularity: 0, timeliness: 0, breadth: 0, recency: 1}"
    weighed.build("--select", "engagement_week", "--vars", f"{{engagement_weights: {weights}}}")
    off = "abs(engagement_index - 100 * (0.75 * effort + 0.25 * recency)) > 1e-9"
    assert weighed.value(f"select count(*) from engagement_week where {off}") == 0
    assert warehouse.value(f"select count(*) from engagement_week where {off}") > 0
    ((version,),) = weighed.rows("select distinct engagement_version from engagement_week")
    assert version.endswith("effort=3,regularity=0,timeliness=0,breadth=0,recency=1")


def test_weeks_and_engagement_know_nothing_of_later_days(warehouse: Warehouse) -> None:
    """Weeks and index made of what there was on a day are those of the whole, for all weeks that were over."""
    compiled = warehouse.dbt("compile", "--select", "fct_enrollment_week")
    assert compiled.success, compiled.exception
    query = compiled.result[0].node.compiled_code
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        ((day,),) = connection.execute("select as_of_date - 40 from conformed.int_as_of").fetchall()
        # of runs that no roster knows, the end is the last day seen
        known_runs = "course_run_key in (select course_run_key from dim_course_run where not is_inferred)"
        later_score = f"scored_date > date '{day}'"
        cut = {
            '"conformed"."int_as_of"': f"select date '{day}' as as_of_date",
            '"conformed"."int_enrollment"': f"""
                select * replace (case when withdrawn_date <= date '{day}' then withdrawn_date end as withdrawn_date)
                from conformed.int_enrollment
                where coalesce(registered_date <= date '{day}', true) and {known_runs}
            """,
            '"main"."fct_daily_activity"': f"from fct_daily_activity where activity_date <= date '{day}'",
            '"main"."fct_post"': f"from fct_post where posted_date <= date '{day}'",
            '"main"."fct_submission"': f"""
                select * replace (
                    case when not {later_score} then score end as score,
                    case when not {later_score} then scored_course_day end as scored_course_day
                )
                from fct_submission
                where submitted_date <= date '{day}'
            """,
        }
        on_cut = query
        for table, rows in cut.items():
            name = "cut_" + table.rpartition(".")[2].strip('"')
            connection.execute(f"create temp table {name} as {rows}")
            assert f'"lernhaus".{table}' in on_cut
            on_cut = on_cut.replace(f'"lernhaus".{table}', name)
        connection.execute("create temp table cut_weeks as " + on_cut)
        cut_index = engagement_week.compute(connection.sql("from cut_weeks").to_arrow_table())
        assert cut_index.num_rows > 5_000
        connection.register("cut_index", cut_index)

        was_over = f"where week_start_date + 6 <= date '{day}' and {known_runs}"
        keys = f"(select enrollment_key, course_week from fct_enrollment_week {was_over})"
        assert _lost(connection, f"from fct_enrollment_week {was_over}", f"from cut_weeks {was_over}") == 0
        of_these = f"semi join {keys} using (enrollment_key, course_week)"
        assert _lost(connection, f"from engagement_week {of_these}", f"from cut_index {of_these}") == 0
        # a leak is seen: weeks that know the last day of activity, whenever it was
        until_now = "rows between unbounded preceding and current row"
        ever = "rows between unbounded preceding and unbounded following"
        leaky, leaky_on_cut = (f"from ({text.replace(until_now, ever)}) {was_over}" for text in (query, on_cut))
        assert until_now in query and _lost(connection, leaky, leaky_on_cut) > 100


def test_last_week_of_a_run_knows_nothing_after_the_as_of_date(warehouse: Warehouse) -> None:
    """Between the end of a run and that of its last week, weeks are made of what there was by then."""
    made = (
        "int_assessment_due",
        "fct_enrollment_week",
        "rpt_course_week",
        "rpt_activity_type_week",
        "int_enrollment_half_week",
    )
    compiled = warehouse.dbt("compile", "--select", *made)
    assert compiled.success, compiled.exception
    queries = {r.node.name: r.node.compiled_code for r in compiled.result}
    # the Thursday of a course week: every run ends on Wednesday
    day = warehouse.value("select max(start_date) + 45 from dim_course_run where is_finished")
    ends = "replace (least(run_end_date, $day - 1) as run_end_date"
    whole = {
        "conformed.int_as_of": "select $day as as_of_date",
        "conformed.int_enrollment": f"select * {ends}) from conformed.int_enrollment",
        "main.dim_course_run": "select * replace (start_date <= $day as is_finished) from dim_course_run",
    }
    cut = whole | {
        "conformed.int_enrollment": f"""
            select * {ends}, case when withdrawn_date <= $day then withdrawn_date end as withdrawn_date)
            from conformed.int_enrollment
            where coalesce(registered_date <= $day, true)
        """,
        "main.fct_daily_activity": "from fct_daily_activity where activity_date <= $day",
        "main.fct_post": "from fct_post where posted_date <= $day",
        "main.fct_submission": """
            select * replace (
                case when scored_date <= $day then score end as score,
                case when scored_date <= $day then scored_course_day end as scored_course_day
            )
            from fct_submission
            where submitted_date <= $day
        """,
    }
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        for data, rows_of in (("whole", whole), ("cut", cut)):
            stands_for = {}
            for relation in (*rows_of, *made):
                name = relation.rpartition(".")[2]
                query = rows_of.get(relation, "").replace("$day", f"date '{day}'") or queries[name]
                for other, instead in stands_for.items() if name in made else ():
                    query = re.sub(rf'"lernhaus"\."\w+"\."{other}"', instead, query)
                connection.execute(f"create temp table {data}_{name} as {query}")
                stands_for[name] = f"{data}_{name}"
        for name in made:
            assert _lost(connection, f"from whole_{name}", f"from cut_{name}") == 0, name
        last_weeks = (
            f"from whole_fct_enrollment_week where week_start_date + 3 = date '{day}' and interaction_count > 0"
        )
        assert connection.execute(f"select count(*) > 100 {last_weeks}").fetchall() == [(True,)]


def _lost(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """How many rows are in one query and not in the other, either way."""
    ((lost,),) = connection.execute(
        f"""
        with a as materialized ({one}), b as materialized ({other})
        select (select count(*) from (from a except all from b)) + (select count(*) from (from b except all from a))
        """
    ).fetchall()
    return int(lost)


def test_risk_knows_nothing_of_later_days(warehouse: Warehouse, tmp_path: Path) -> None:
    """Features and scores built from extracts as they were on a day are those of the whole, row for row."""
    day = warehouse.value("select max(start_date) + 28 from dim_course_run")
    assert day < warehouse.value("select as_of_date from conformed.int_as_of")
    _cut(warehouse.extracts, tmp_path / "extracts", day)
    then = Warehouse(tmp_path, tmp_path / "extracts")
    risk = ("--select", "+risk_enrollment", "--exclude-resource-type", "test", "unit_test")
    then.build(*risk, "--vars", f"{{as_of_date: {day}}}")
    assert then.value("select max(activity_date) from fct_daily_activity") == day
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        connection.execute(f"attach '{then.database}' as past (read_only)")
        was_known = f"where as_of_date <= date '{day}'"
        # the version of a model changes with late visits to the runs that it learned from, what it says does not
        for columns, table in (("*", "risk_feature"), ("* exclude (model_version)", "risk_enrollment")):
            query = f"select {columns} from {{}}{table} {was_known}"
            assert _lost(connection, query.format(""), query.format("past.")) == 0
        of_running = f"from past.risk_enrollment where as_of_date = date '{day}' and not is_retrospective"
        assert connection.execute(f"select count(*) > 100 {of_running}").fetchall() == [(True,)]
        # a leak is seen: a feature that knows all that the learner ever did
        ever = "select enrollment_key, as_of_day, interaction_count from {0}risk_feature join {0}fct_enrollment using"
        leaky, leaky_then = (ever.format(where) + f" (enrollment_key) {was_known}" for where in ("", "past."))
        assert _lost(connection, leaky, leaky_then) > 100


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _cut(extracts: Path, folder: Path, day: date) -> None:
    """Write extracts as they were at the end of a day: what happened later is not there, nor who left later."""
    (folder / "xapi").mkdir(parents=True)
    for path in (extracts / "xapi").iterdir():
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        times = [re.search(rb'"timestamp":"([^"]+)"', line) for line in lines]
        texts = [time[1].decode() if time else None for time in times]
        dates = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
        is_later = dates >= pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)
        known = [line for line, later in zip(lines, is_later, strict=True) if not later]
        (folder / "xapi" / path.name).write_bytes(gzip.compress(b"".join(known), 1))
    for drop in sorted((extracts / "oneroster").iterdir()):
        # the next delivery after the day, had it been made on the day
        then = folder / "oneroster" / min(drop.name, str(day))
        shutil.copytree(drop, then)
        if drop.name <= str(day):
            continue
        terms = _read(drop / "academicSessions.csv").set_index("sourcedId")["endDate"]
        term_of = _read(drop / "classes.csv").set_index("sourcedId")["termSourcedIds"]
        enrollments = _read(drop / "enrollments.csv")
        leaves_later = enrollments["endDate"] > str(day)
        enrollments.loc[leaves_later, "endDate"] = enrollments["classSourcedId"].map(term_of).map(terms)
        enrollments[enrollments["beginDate"] <= str(day)].to_csv(then / "enrollments.csv", index=False)
        results = _read(drop / "results.csv")
        results[results["scoreDate"] <= str(day)].to_csv(then / "results.csv", index=False)
        break


def test_attention_list_of_a_week_knows_nothing_of_later_weeks(warehouse: Warehouse) -> None:
    compiled = warehouse.dbt("compile", "--inline", "{{ attention_weeks(ref('fct_enrollment')) }}")
    assert compiled.success, compiled.exception
    query = compiled.result[0].node.compiled_code
    last_week = 6
    until = {
        "fct_enrollment": "true",
        "fct_enrollment_week": f"course_week <= {last_week}",
        "engagement_week": f"course_week <= {last_week}",
        "risk_enrollment": f"as_of_day <= {7 * last_week + 6}",
    }
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        connection.execute("create temp table whole as " + query)
        known = query
        for table, condition in until.items():
            connection.execute(f"create temp table cut_{table} as from {table} where {condition}")
            known = known.replace(f'"lernhaus"."main"."{table}"', f"cut_{table}")
        assert "main" not in known
        connection.execute("create temp table cut as " + known)
        count = "select count(*), count(attention_since_week) from cut"
        assert all(found > 100 for found in connection.execute(count).fetchall()[0])
        for one, other in (("whole", "cut"), ("cut", "whole")):
            lost = f"select * from {one} where course_week <= {last_week} except from {other}"
            assert connection.execute(lost).fetchall() == []


def test_nothing_is_lost(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        """
        select source_file, rows_in, rows_staged + rows_quarantined + rows_redelivered
        from (
            select * from staging.stg_oneroster__reconciliation
            union all
            select * from staging.stg_xapi__reconciliation
        )
        """
    )
    assert rows
    assert [row for row in rows if row[1] != row[2]] == []


def test_statements_find_the_learners_of_the_roster(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    inferred, known = warehouse.rows(
        """
        select count(*) filter (is_inferred), count(*) filter (not is_inferred)
        from dim_learner
        where learner_key <> -1
        """
    )[0]
    assert known == truth["summary"]["learners"]
    planted = [fault["statement"] for fault in truth["faults"] if fault["kind"] == "unknown_learner"]
    unknown = warehouse.value(f"select count(distinct learner_key) from fct_learning_event where event_id in {planted}")
    assert inferred == unknown > 0


def test_facts_count_what_the_generator_wrote(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    expected = dict(truth["statements_by_kind"])
    expected["viewed"] += expected.pop("unknown_learner")
    counted = dict(warehouse.rows("select verb, count(*) from fct_learning_event group by verb"))
    assert counted.keys() == expected.keys()
    of_learners = truth["summary"]["statements"] - truth["summary"]["staff_statements"]
    assert sum(counted.values()) == sum(expected.values()) == of_learners
    assert (
        counted["posted"]
        == expected["posted"]
        == warehouse.value("select count(text) from fct_post where not is_staff")
    )
    assert counted["submitted"] == expected["submitted"]
    results = dict(warehouse.rows("select final_result, count(*) from fct_enrollment where not is_inferred group by 1"))
    outcomes = Counter(enrollment["outcome"] for enrollment in truth["enrollments"])
    assert results == {None if outcome == "running" else outcome: count for outcome, count in outcomes.items()}


def test_teachers_are_no_learners_but_answer_them(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    teachers = {
        person
        for path in warehouse.extracts.glob("oneroster/*/enrollments.csv")
        for person, role in pd.read_csv(path)[["userSourcedId", "role"]].itertuples(index=False)
        if role == "teacher"
    }
    taught = {}
    for path in warehouse.extracts.glob("xapi/*.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            if any(f'"name":"{teacher}"'.encode() in line for teacher in teachers):
                statement = json.loads(line)
                taught[statement["id"]] = statement["verb"]["display"]["en"]
    assert Counter(taught.values()) == truth["staff_statements_by_kind"]
    assert warehouse.value(f"select count(*) from fct_learning_event where event_id in {[*taught]}") == 0
    learners = {learner for (learner,) in warehouse.rows("select source_learner_id from restricted.learner_identity")}
    assert learners and not learners & teachers
    posts = dict(warehouse.rows("select post_id, learner_key from fct_post where is_staff"))
    assert posts.keys() == {statement for statement, verb in taught.items() if verb == "posted"}
    assert {*posts.values()} == {-1}
    analysed = "select count(*) from nlp_post_features join fct_post using (post_key) where is_staff"
    assert warehouse.value(analysed) == 0
    # questions of running courses that a teacher alone has answered: they would wait without the answer
    waiting = """
        select count(*) filter (post_key in (select post_key from rpt_forum_attention)), count(*)
        from nlp_post_features
        join fct_post as asking using (post_key)
        join dim_course_run as course_run using (course_run_key)
        where
            greatest(urgency_score, question_score, confusion_score) >= 0.5
            and not course_run.is_finished
            and asking.posted_date > (select as_of_date - 28 from conformed.int_as_of)
            and not asking.is_reply
            and (
                select bool_and(answer.is_staff) from fct_post as answer where answer.parent_post_key = asking.post_key
            )
            and not exists (
                from fct_post as further
                join fct_post as answer on further.parent_post_key = answer.post_key
                where answer.parent_post_key = asking.post_key
            )
    """
    still_waiting, answered = warehouse.rows(waiting)[0]
    assert still_waiting == 0 < answered


def test_assignments_have_the_scores_of_the_gradebook(warehouse: Warehouse) -> None:
    """Assignment statements bring no score: it comes with the gradebook, and never before its own date."""
    scores = warehouse.rows(
        """
        select
            max_by(f.score, f.attempt_number), any_value(r.score),
            max_by(f.scored_date, f.attempt_number), any_value(r.submitted_date)
        from conformed.submission as r
        join conformed.int_enrollment using (source_system, course_run_id, learner_id)
        join dim_assessment using (source_system, assessment_id)
        join fct_submission as f using (enrollment_key, assessment_key)
        where r.record_type = 'result' and assessment_type = 'assignment' and not f.is_gradebook_only
        group by f.enrollment_key, f.assessment_key
        """
    )
    assert len(scores) > 1_000
    assert [row for row in scores if row[0] != row[1] or (row[1] is not None and row[2] != row[3])] == []
    earlier = "select count(score) from fct_submission where attempt_number < 2 and scored_date < submitted_date"
    assert warehouse.value(earlier) == 0


def test_planted_faults_are_in_quarantine(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    kept = ("late", "redelivered", "unknown_learner")
    planted = {(fault["file"], fault["line"]) for fault in truth["faults"] if fault["kind"] not in kept}
    quarantined = warehouse.rows(
        """
        select source_file, record_number, reason, raw_record from staging.stg_oneroster__quarantine
        union all
        select source_file, record_number, reason, raw_record from staging.stg_xapi__quarantine
        """
    )
    assert {row[:2] for row in quarantined} == planted
    assert all(reason and raw for _, _, reason, raw in quarantined)


def test_published_file_holds_no_direct_identifier(warehouse: Warehouse) -> None:
    published = warehouse.folder / "published.duckdb"
    publish(warehouse.database, published)
    names = {table.name for table in summarize(published)}
    assert {*FACTS, *SCORES, *MARTS} <= names
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.database}' as built (read_only)")
        connection.execute(f"attach '{published}' as published (read_only)")
        connection.execute(
            """
            create table identifier as
            select unnest([source_learner_id, username, email, given_name || ' ' || family_name]) as identifier
            from built.restricted.learner_identity
            where username is not null
            """
        )
        columns = connection.execute(
            """
            select table_name, column_name from duckdb_columns()
            where database_name = 'published' and data_type = 'VARCHAR'
            """
        ).fetchall()
        assert len(columns) > 40
        for table, column in columns:
            if (table, column) == ("fct_post", "text"):
                continue  # what learners write may name anybody; it is published as the text that it is
            found = connection.execute(
                f'select count(*) from published."{table}" semi join identifier on "{column}" = identifier'
            ).fetchall()[0][0]
            assert found == 0, f"{table}.{column} holds a direct identifier"


def test_no_address_is_in_tables_made_from_texts(warehouse: Warehouse) -> None:
    """Learners put their addresses, phone numbers and handles into posts: into nothing that is made of the posts."""
    written = warehouse.rows(
        """
        select distinct learner.username, learner.email
        from restricted.learner_identity as learner
        inner join fct_post as post
            on contains(lower(post.text), lower(learner.username)) or contains(lower(post.text), lower(learner.email))
        """
    )
    assert len(written) > 50
    shown = " ".join(
        value.lower()
        for column, table in (
            ("phrase", "nlp_post_keyphrases"),
            ("array_to_string(content_words, ' ')", "conformed.int_post_text"),
            ("term", "nlp_course_run_terms"),
            ("term", "nlp_term"),
            ("top_terms", "nlp_topic"),
        )
        for (value,) in warehouse.rows(f"select distinct {column} from {table}")
    )
    assert len(shown) > 100_000
    assert [name for row in written for name in row if name.lower() in shown] == []
    assert not re.search(r"@|23125|39200", shown)


def test_planted_near_duplicates_are_found(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    found = set(
        warehouse.rows(
            """
            select earlier.post_id, later.post_id
            from nlp_similar_post as pairs
            inner join fct_post as later on pairs.post_key = later.post_key
            inner join fct_post as earlier on pairs.neighbour_post_key = earlier.post_key
            where similarity_kind = 'near_duplicate'
            """
        )
    )
    planted = {tuple(pair) for pair in truth["near_duplicate_pairs"]}
    assert len(planted) > 50
    assert len(found & planted) / len(planted) >= 0.95
    assert len(found & planted) / len(found) >= 0.95


def test_topics_account_for_every_post_once(warehouse: Warehouse) -> None:
    posts, weight, least, most = warehouse.rows(
        """
        select count(*), sum(weight), min(weight), max(weight)
        from (select post_key, sum(weight) as weight from bridge_post_topic group by post_key)
        """
    )[0]
    learners_posts = warehouse.value("select count(*) from fct_post where not is_staff")
    assert posts == learners_posts == pytest.approx(weight)
    assert (least, most) == (pytest.approx(1), pytest.approx(1))
    unknown = warehouse.value("select sum(weight) from bridge_post_topic where topic_key = -1")
    assert 0 < unknown < 0.5 * posts


def test_readme_shows_what_its_queries_print(warehouse: Warehouse) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sql\n(.*?)\n```\n```\n(.*?)\n```", readme, flags=re.DOTALL)
    assert len(examples) == 3
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        for query, shown in examples:
            assert str(connection.sql(query)).rstrip() == shown


def test_page_of_text_features_shows_what_its_queries_print(warehouse: Warehouse) -> None:
    shown = page.PAGE.read_text(encoding="utf-8")
    assert shown.count("```sql") == 3
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        assert page.answer(shown, connection) == shown


class TestAnalyses(AnalysesSuite):
    pass


class TestMetrics(PostMetricsSuite):
    pass


class TestConnect(ConnectSuite):
    pass


class TestReport(ReportSuite):
    pass


def test_rows_that_lost_their_dimension_or_a_day_are_found(warehouse: Warehouse, tmp_path: Path) -> None:
    spoilt = Warehouse(tmp_path, warehouse.extracts)
    shutil.copy(warehouse.database, spoilt.database)
    with duckdb.connect(str(spoilt.database)) as connection:
        connection.execute("update fct_daily_activity set activity_key = 1, date_key = 2 where rowid = 0")
        connection.execute("delete from conformed.int_enrollment_day where rowid = 0")
    outcome = spoilt.dbt("test", "--select", "fct_daily_activity", "int_enrollment_day")
    failed = {result.node.name for result in outcome.result if result.status == "fail"}
    assert failed == {
        "relationships_fct_daily_activity_activity_key__activity_key__True__ref_dim_activity_",
        "relationships_fct_daily_activity_date_key__date_key__ref_dim_date_",
        "assert_days_and_weeks_agree_with_daily_activity",
        "assert_growth_agrees_with_enrollment_days",
    }


def test_building_again_changes_nothing(warehouse: Warehouse) -> None:
    tables = [name for (name,) in warehouse.rows("select table_name from duckdb_tables() where schema_name = 'main'")]

    def fingerprints() -> dict[str, Any]:
        # bit_xor of row hashes: the same rows in any order
        return {table: warehouse.rows(f"select count(*), bit_xor(hash({table})) from {table}")[0] for table in tables}

    before = fingerprints()
    warehouse.build("--exclude", "resource_type:test", "resource_type:unit_test")
    assert fingerprints() == before


class TestAnalysesOfLargerGroups(AnalysesSuite):
    """At a size that one gender of the campus does not have, which another one must hide."""

    variables: ClassVar[dict[str, Any]] = {"minimum_group_size": 14}

    def test_small_groups_are_joined(self, results: dict[str, pd.DataFrame]) -> None:
        groups = results["outcomes_by_demographics"]
        joined = groups[groups.group_name == "(small groups)"]
        assert not joined.empty
        assert joined.attribute_name.is_unique
