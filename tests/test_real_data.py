"""Real extracts: OULAD in both editions, xAPI statements of a MOOC platform, forum posts. Skipped where absent."""

from __future__ import annotations

import itertools
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pandas as pd
import pytest
import yaml
from analyses_suite import AnalysesSuite
from click.testing import CliRunner
from conftest import Warehouse, real_data
from metrics_suite import MetricsSuite
from sklearn.metrics import roc_auc_score

from bench.engagement import __main__ as command
from bench.engagement import page

XAPI_ONLY = ("--vars", "{source_systems: [xapi]}")
OULAD = {"source_systems": ["oulad"], "check_oulad_totals": True}
# no tests, no Python models nor what reads them: the tables are what is compared
SQL_ONLY = ("--exclude", "resource_type:test", "resource_type:unit_test", "path:python_models+")
OULAD_FILES = (
    "assessments",
    "courses",
    "studentAssessment",
    "studentInfo",
    "studentRegistration",
    "studentVle",
    "vle",
)


@pytest.fixture(scope="module")
def mooc(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("mooc")
    (folder / "extracts" / "xapi").mkdir(parents=True)
    for relative in ("xapi/statements.json.gz", "forum/statements.jsonl.gz"):
        source = real_data(relative)
        shutil.copy(source, folder / "extracts" / "xapi" / f"{source.parent.name}-{source.name}")
    warehouse = Warehouse(folder, folder / "extracts")
    warehouse.build(*XAPI_ONLY)
    return warehouse


def test_all_statements_are_accounted_for(mooc: Warehouse) -> None:
    rows = mooc.rows(
        """
        select rows_in, rows_staged, rows_quarantined, rows_redelivered
        from staging.stg_xapi__reconciliation
        order by rows_in
        """
    )
    assert [row[0] for row in rows] == [3503, 22000]
    assert all(row[0] == sum(row[1:]) for row in rows)
    assert mooc.value("select count(*) from fct_learning_event") == sum(row[1] for row in rows)
    assert mooc.value("select count(*) from fct_learning_event where verb <> 'posted'") == 22000


def test_all_posts_arrive_with_their_text(mooc: Warehouse) -> None:
    assert mooc.value("select count(text) from fct_post") == 3503
    assert mooc.value("select count(*) from nlp_post_features") == 3503
    assert mooc.value("select count(distinct course_run_key) from fct_post") == 9


def test_missing_roster_is_inferred(mooc: Warehouse) -> None:
    for dimension in ("dim_learner", "dim_course_run", "dim_course"):
        assert mooc.value(f"select bool_and(is_inferred) from {dimension}")
    assert mooc.value("select bool_and(is_inferred) from fct_enrollment")
    learners = mooc.value(
        """
        select count(distinct learner_key)
        from fct_learning_event join dim_course_run using (course_run_key)
        where course_run_id like '%FUN-MOOC%'
        """
    )
    assert learners == 1452


@pytest.fixture(scope="module")
def oulad_extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = real_data("oulad/anonymisedData.zip")
    extracts = tmp_path_factory.mktemp("oulad")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(extracts / "oulad")
    return extracts


@pytest.fixture(scope="module")
def oulad(oulad_extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("oulad_warehouse"), oulad_extracts)
    warehouse.build("--vars", yaml.safe_dump(OULAD))
    return warehouse


def test_oulad_control_totals(oulad: Warehouse) -> None:
    counted = oulad.rows(
        """
        select r.course_run_id, sum(a.interaction_count)
        from fct_daily_activity a join dim_course_run r using (course_run_key)
        group by 1
        """
    )
    assert len(counted) == 22
    assert sum(total for _, total in counted) == 39_605_099


class TestAnalysesOfOulad(AnalysesSuite):
    variables: ClassVar[dict[str, Any]] = OULAD

    @pytest.fixture(scope="class")
    @classmethod
    def warehouse(cls, oulad: Warehouse) -> Warehouse:
        return oulad


class TestMetricsOfOulad(MetricsSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def warehouse(cls, oulad: Warehouse) -> Warehouse:
        return oulad


class TestEngagementOfOulad:
    """What the engagement index must reach on the presentations of 2014; its weights were set on those of 2013."""

    # course week: least area under the curve for success (pass or distinction)
    FLOORS: ClassVar[dict[int, float]] = {1: 0.685, 3: 0.72, 7: 0.77, 11: 0.795, 15: 0.83}

    @pytest.fixture(scope="class")
    @classmethod
    def scored(cls, oulad: Warehouse) -> pd.DataFrame:
        """The rows of 2014 with their outcome and the interactions so far; only the still enrolled have rows."""
        with duckdb.connect(str(oulad.database), read_only=True) as connection:
            return connection.execute(
                """
                select
                    enrollment_key, course_week, engagement_index,
                    final_result in ('pass', 'distinction') as is_success,
                    sum(w.interaction_count) over (partition by enrollment_key order by course_week) as clicks
                from fct_enrollment_week as w
                join fct_enrollment as e using (enrollment_key)
                join dim_course_run as r on w.course_run_key = r.course_run_key
                left join engagement_week using (enrollment_key, course_week)
                where year(r.start_date) = 2014
                qualify engagement_index is not null
                """
            ).df()

    @pytest.mark.parametrize("week", FLOORS)
    def test_it_goes_with_success_better_than_raw_clicks(self, scored: pd.DataFrame, week: int) -> None:
        rows = scored[scored.course_week == week]
        index = roc_auc_score(rows.is_success, rows.engagement_index)
        assert index >= self.FLOORS[week]
        if week >= 3:
            assert index >= roc_auc_score(rows.is_success, rows.clicks) + 0.05

    def test_risk_falls_from_decile_to_decile(self, scored: pd.DataFrame) -> None:
        rows = scored[scored.course_week == 7]
        deciles = pd.qcut(rows.engagement_index.rank(method="first"), 10, labels=False)
        risks = 1 - rows.is_success.groupby(deciles).mean()
        assert (risks.diff().dropna() < 0).all()
        assert risks.iloc[0] / risks.iloc[-1] >= 7

    def test_order_of_learners_is_stable_from_month_to_month(self, scored: pd.DataFrame) -> None:
        by_week = scored.pivot(index="enrollment_key", columns="course_week", values="engagement_index")
        for week in range(7, 32):
            assert by_week[week].corr(by_week[week - 4], method="spearman") >= 0.85, week

    def test_the_warehouse_holds_the_same_evidence(self, scored: pd.DataFrame, oulad: Warehouse) -> None:
        found = oulad.rows(
            """
            select course_week, measure_value
            from engagement_validation
            where cohort = '2014' and measure = 'success_auc' and group_value = 'engagement_index'
            """
        )
        assert set(self.FLOORS) < {week for week, _ in found}
        for week, area in found:
            rows = scored[scored.course_week == week]
            assert area == pytest.approx(roc_auc_score(rows.is_success, rows.engagement_index))

    def test_the_page_shows_what_the_command_finds(
        self, oulad: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        committed = page.PAGE.read_text(encoding="utf-8")
        monkeypatch.setattr(page, "PAGE", Path(shutil.copy(page.PAGE, tmp_path)))
        monkeypatch.setattr(page, "PICTURES", tmp_path / "img")
        outcome = CliRunner().invoke(command.main, ["--warehouse", str(oulad.database)])
        assert outcome.exit_code == 0, outcome.output
        assert "MISSED" not in outcome.output
        # the list of those to contact depends on the risk scores as well
        block = re.compile(r"<!-- attention: .*<!-- end of attention -->", re.DOTALL)
        assert block.sub("", page.PAGE.read_text(encoding="utf-8")) == block.sub("", committed)
        assert len(list(page.PICTURES.glob("*.svg"))) == 3


class TestRisk:
    """What `risk_evaluation` must show of models of 2013 on the runs of 2014; figures a little below those in print."""

    FLOORS: ClassVar = {0: 0.69, 14: 0.72, 28: 0.77, 56: 0.82, 84: 0.85, 112: 0.878, 140: 0.903}

    @pytest.fixture(scope="class")
    @classmethod
    def backtest(cls, oulad: Warehouse) -> pd.DataFrame:
        with duckdb.connect(str(oulad.database), read_only=True) as connection:
            return connection.execute("from risk_backtest where protocol = '2013_to_2014'").df()

    @pytest.mark.parametrize("day", FLOORS)
    def test_those_who_fail_or_withdraw_are_told_apart(self, backtest: pd.DataFrame, day: int) -> None:
        rows = backtest[backtest.as_of_day == day]
        assert roc_auc_score(rows.did_fail_or_withdraw, rows.fail_or_withdraw_probability) >= self.FLOORS[day]

    def test_the_warehouse_holds_the_same_evidence(self, backtest: pd.DataFrame, oulad: Warehouse) -> None:
        found = oulad.rows(
            """
            select as_of_day, measure_value
            from risk_evaluation
            where protocol = '2013_to_2014' and measure = 'auc' and grouped_by = 'all'
            """
        )
        assert set(self.FLOORS) < {day for day, _ in found}
        for day, area in found:
            rows = backtest[backtest.as_of_day == day]
            expected = roc_auc_score(rows.did_fail_or_withdraw, rows.fail_or_withdraw_probability)
            assert area == pytest.approx(expected, abs=1e-6)

    def test_probabilities_are_what_happens(self, oulad: Warehouse) -> None:
        errors = oulad.rows(
            """
            select measure_value
            from risk_evaluation
            where protocol = '2013_to_2014' and measure = 'calibration_error' and grouped_by = 'all' and as_of_day >= 14
            """
        )
        assert max(error for (error,) in errors) <= 0.04

    def test_who_had_withdrawn_makes_the_task_look_easier(self, oulad: Warehouse) -> None:
        area = dict(
            oulad.rows(
                """
                select protocol, measure_value
                from risk_evaluation
                where measure = 'auc' and grouped_by = 'all' and as_of_day = 56
                """
            )
        )
        assert area["2013_to_2014_all_enrolled"] > area["2013_to_2014"] + 0.03
        assert area["2013_to_2014_course_left_out"] < area["2013_to_2014"] + 0.01

    def test_models_learned_from_runs_that_had_ended(self, oulad: Warehouse) -> None:
        assert not oulad.rows(
            """
            with told as (
                select model_version, as_of, unnest(predicted_course_run_keys) as course_run_key
                from risk_model
                where not is_retrospective and purpose = 'score'
            )
            select * from told join dim_course_run as r using (course_run_key) where told.as_of >= r.start_date
            """
        )


def test_both_editions_of_oulad_load_alike(oulad_extracts: Path, tmp_path: Path) -> None:
    """The other edition in circulation writes a null as `?` where this one leaves the field empty."""
    editions = {}
    for name, null in (("empty", b'""'), ("question_mark", b'"?"')):
        extracts = tmp_path / name / "oulad"
        extracts.mkdir(parents=True)
        for table in OULAD_FILES:
            with (oulad_extracts / "oulad" / f"{table}.csv").open("rb") as lines:
                cut = b"".join(itertools.islice(lines, 5_000))
            assert table == "studentVle" or table == "courses" or b'""' in cut
            (extracts / f"{table}.csv").write_bytes(cut.replace(b'""', null))
        warehouse = Warehouse(tmp_path / name, tmp_path / name)
        warehouse.build("--vars", "{source_systems: [oulad]}", *SQL_ONLY)
        # but for the tables that tell of the files themselves
        tables = warehouse.rows(
            """
            select table_name
            from duckdb_tables()
            where schema_name = 'main' and not starts_with(table_name, 'meta_')
            order by table_name
            """
        )
        editions[name] = {
            table: warehouse.rows(f"select count(*), bit_xor(hash({table})) from {table}") for (table,) in tables
        }
        assert warehouse.value("select count(*) from fct_enrollment where withdrawn_date is null") > 0
    assert editions["empty"] == editions["question_mark"]
