"""What holds for the metrics on any warehouse: a metric query, the mart and a query written by hand say the same.

``test_sample_build`` and ``test_real_data`` run it on warehouses that they build anyway: a class that inherits from
``MetricsSuite`` has the fixture ``warehouse``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Warehouse
from dbt_metricflow.cli.dbt_connectors.dbt_config_accessor import parse_manifest_from_dbt_generated_manifest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

Rows = dict[Any, Any]
Ask = Callable[..., Rows]


class DuckDb:
    """What MetricFlow has to know of the engine to write its queries; they are run by the tests themselves."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def by_group(rows: list[tuple[Any, ...]]) -> Rows:
    """The last column of rows by those before it: by a value where there is one, else by a tuple."""
    groups = {row[0] if len(row) == 2 else row[:-1]: row[-1] for row in rows}
    assert len(groups) == len(rows)
    return groups


def near(value: Any) -> Any:
    return pytest.approx(value, abs=1e-6, nan_ok=True)


class MetricsSuite:
    """Asks for metrics as `mf query` does, and holds the answers against marts and facts."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, warehouse: Warehouse) -> MetricFlowEngine:
        text = (warehouse.folder / "target" / "semantic_manifest.json").read_text("utf-8")
        return MetricFlowEngine(SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text)), DuckDb())

    @pytest.fixture(scope="class")
    @classmethod
    def ask(cls, engine: MetricFlowEngine, warehouse: Warehouse) -> Ask:
        def ask(metric: str, *group_by: str, where: str | None = None) -> Rows:
            request = MetricFlowQueryRequest.create(
                metric_names=[metric], group_by_names=group_by, where_constraints=[where] if where else None
            )
            columns = [f"{name}::date" if name.startswith("metric_time") else name for name in group_by]
            query = engine.explain(request).sql_statement.sql
            return by_group(warehouse.rows(f"select {', '.join([*columns, metric])} from ({query})"))

        return ask

    @pytest.fixture(scope="class")
    @classmethod
    def sql(cls, warehouse: Warehouse) -> Callable[[str], Rows]:
        return lambda query: by_group(warehouse.rows(query))

    def test_active_learners(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        asked = ask("active_learners", "metric_time__week")
        assert asked == sql(
            """
            select period_start_date, active_learner_count
            from growth_accounting
            where period = 'week' and active_learner_count > 0
            """
        )
        assert asked == sql(
            """
            select date_trunc('week', activity_date)::date, count(distinct learner_key)
            from fct_daily_activity
            group by all
            """
        )
        assert ask("active_learners", "metric_time__day") == sql(
            """
            select active_date, daily_active_learner_count
            from growth_active_learners
            where daily_active_learner_count > 0
            """
        )

    def test_submission_and_on_time_rate(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        groups = ("course_run__course_run_id", "enrollment_week__course_week")
        for metric, part, whole in (
            ("submission_rate", "submission_count", "assessment_due_count"),
            ("on_time_rate", "on_time_submission_count", "on_time_submission_count + late_submission_count"),
            ("active_share", "active_enrollment_count", "enrollment_count"),
        ):
            asked = ask(metric, *groups)
            assert {group for group, value in asked.items() if value is not None}
            in_mart = sql(f"select course_run_id, course_week, {part} / nullif({whole}, 0) from rpt_course_week")
            assert asked == near(in_mart)
        by_hand = sql(
            """
            select r.course_run_id, count(*) filter (not s.is_late) / count(s.is_late)
            from fct_submission as s
            join dim_course_run as r using (course_run_key)
            join fct_enrollment_week as w
                on w.enrollment_key = s.enrollment_key and w.course_week = floor(s.submitted_course_day / 7)
            where s.attempt_number = 1 and not s.is_banked and not s.is_gradebook_only
            group by all
            """
        )
        asked = ask("on_time_rate", "course_run__course_run_id")
        assert {run: asked[run] for run in by_hand} == near(by_hand)

    def test_median_score(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        asked = ask("median_score", "assessment__assessment_id")
        by_hand = sql(
            """
            select a.assessment_id, median(s.score)
            from fct_submission as s
            join dim_assessment as a using (assessment_key)
            where not s.is_banked
            group by all
            """
        )
        assert asked == near(by_hand)
        # the mart counts the first score of each learner: it is all of them where nobody tried again
        in_mart = sql(
            """
            select a.assessment_id, m.median_score
            from rpt_assessment as m
            join dim_assessment as a using (assessment_key)
            where a.assessment_key not in (
                select assessment_key from fct_submission where not is_banked group by enrollment_key, assessment_key
                having count(score) > 1
            ) and m.median_score is not null
            """
        )
        assert in_mart
        assert {assessment: asked[assessment] for assessment in in_mart} == near(in_mart)

    def test_pass_and_withdraw_rate(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        for metric, results in (("pass_rate", "('pass', 'distinction')"), ("withdraw_rate", "('withdrawn')")):
            asked = ask(metric, "demographics__highest_education")
            by_hand = sql(
                f"""
                select d.highest_education, avg((e.final_result in {results})::integer)
                from fct_enrollment as e
                join dim_demographics as d using (demographics_key)
                where e.final_result is not null
                group by all
                """
            )
            assert {group: value for group, value in asked.items() if value is not None} == near(by_hand)

    def test_interactions(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        assert ask("interactions", "course_run__course__course_id") == sql(
            """
            select c.course_id, sum(e.interaction_count)
            from fct_enrollment as e
            join dim_course_run as r using (course_run_key)
            join dim_course as c using (course_key)
            group by all
            having sum(e.interaction_count) > 0
            """
        )
        assert ask("interactions", "activity__activity_type") == sql(
            """
            select t.activity_type, sum(a.interaction_count)
            from fct_daily_activity as a
            join dim_activity as t using (activity_key)
            group by all
            """
        )
        assert ask("study_days", "course_run__course_run_id") == sql(
            "select course_run_id, sum(active_day_count) from rpt_course_week group by all"
        )

    def test_engagement_and_risk(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        asked = ask("engagement_index", "course_run__course_run_id", "engagement_week__course_week")
        assert asked == near(
            sql(
                """
                select r.course_run_id, g.course_week, avg(g.engagement_index)
                from engagement_week as g
                join fct_enrollment as e using (enrollment_key)
                join dim_course_run as r using (course_run_key)
                group by all
                """
            )
        )
        asked = ask("share_at_risk", "course_run__course_run_id", "risk_score__as_of_day")
        assert asked == near(
            sql(
                """
                select r.course_run_id, k.as_of_day, avg((k.risk_band = 'high')::integer)
                from risk_enrollment as k
                join fct_enrollment as e using (enrollment_key)
                join dim_course_run as r on r.course_run_key = e.course_run_key
                group by all
                """
            )
        )

    def test_growth_accounting(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        for metric in ("new_learners", "retained_learners", "resurrected_learners", "dormant_learners"):
            column = metric.replace("learners", "learner_count")
            asked = ask(metric, "metric_time__week")
            in_mart = sql(f"select period_start_date, {column} from growth_accounting where period = 'week'")
            assert {week: asked[week] for week in in_mart} == in_mart


class PostMetricsSuite(MetricsSuite):
    """The same on a warehouse that has posts as well."""

    def test_posts(self, ask: Ask, sql: Callable[[str], Rows]) -> None:
        assert ask("posts", "course_run__course_run_id") == sql(
            "select course_run_id, count(*) filter (where not is_staff) from fct_post "
            "join dim_course_run using (course_run_key) group by all"
        )
        assert ask("unanswered_posts", "course_run__course_run_id") == sql(
            "select course_run_id, count(*) from rpt_forum_attention group by all"
        )
        assert ask("sentiment", "post__course_run__course_run_id") == near(
            sql(
                """
                select r.course_run_id, avg(f.sentiment_compound)
                from nlp_post_features as f
                join fct_post as p using (post_key)
                join dim_course_run as r using (course_run_key)
                group by all
                """
            )
        )

    def test_topics_share_out_the_posts(self, ask: Ask) -> None:
        topics, posts = ask("topic_posts", "topic__topic_label", "topic__topic_language"), ask("posts")
        assert len(topics) > 10
        assert sum(topics.values()) == near(posts[()])

    def test_every_metric_can_be_asked(self, ask: Ask, engine: MetricFlowEngine) -> None:
        metrics = [metric.name for metric in engine.list_metrics()]
        assert len(metrics) > 30
        answers = {metric: ask(metric)[()] for metric in metrics}
        assert [metric for metric, answer in answers.items() if answer is None] == []

    def test_mf_query_prints_a_metric(self, warehouse: Warehouse, sql: Callable[[str], Rows], tmp_path: Path) -> None:
        csv = tmp_path / "answer.csv"
        run = warehouse.mf("query", "--metrics", "enrollments", "--group-by", "enrollment__final_result", "--csv", csv)
        assert run.returncode == 0, run.stdout + run.stderr
        _, *lines = csv.read_text("utf-8").splitlines()
        by_hand = sql("select coalesce(final_result, ''), count(*) from fct_enrollment group by all")
        assert {result: int(count) for result, count in (line.split(",") for line in lines)} == by_hand

    def test_questions_of_the_page_have_answers(self, warehouse: Warehouse, engine: MetricFlowEngine) -> None:
        questions = re.findall(r"\| `mf query (.*)` \|", (PROJECT / "docs" / "metrics.md").read_text("utf-8"))
        assert len(questions) == 10
        for question in questions:
            words = shlex.split(question)
            asked = dict(zip(words[::2], words[1::2], strict=True))
            request = MetricFlowQueryRequest.create(
                metric_names=asked.pop("--metrics").split(","),
                group_by_names=asked.pop("--group-by").split(","),
                where_constraints=[asked.pop("--where")] if "--where" in asked else None,
                order_by_names=[asked.pop("--order")] if "--order" in asked else None,
                limit=int(asked.pop("--limit", 1000)),
            )
            assert asked == {}
            assert warehouse.rows(engine.explain(request).sql_statement.sql), question
