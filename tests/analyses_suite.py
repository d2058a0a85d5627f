"""What holds for the analyses on any warehouse.

``test_sample_build`` and ``test_real_data`` run it on warehouses that they build anyway: a class that inherits from
``AnalysesSuite`` has the fixture ``warehouse`` and names the dbt vars.
"""

from __future__ import annotations

from typing import Any, ClassVar

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, Warehouse
from sklearn.metrics import roc_auc_score

FOLDER = PROJECT / "analyses"
DESCRIBED = {
    analysis["name"]: [(column["name"], column["data_type"]) for column in analysis["columns"]]
    for analysis in yaml.safe_load((FOLDER / "_analyses.yml").read_text("utf-8"))["analyses"]
}
PASSED = "(e.final_result in ('pass', 'distinction'))::integer"


def outcomes(columns: str, *joins: str) -> str:
    """A query over the enrollments `e` whose outcome counts, in course runs `r` that are over."""
    return f"""
        select {columns}
        from fct_enrollment as e
        join dim_course_run as r using (course_run_key)
        {" ".join(joins)}
        where r.is_finished and e.final_result is not null
        group by all
    """


def near(value: Any) -> Any:
    """What differs from the value by no more than rounding to three digits does, twice."""
    return pytest.approx(value, abs=0.0015, nan_ok=True)


class AnalysesSuite:
    """Compiles and runs every analysis once, and holds the results against the facts."""

    variables: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def queries(cls, warehouse: Warehouse) -> dict[str, str]:
        variables = ["--vars", yaml.safe_dump(cls.variables)] if cls.variables else []
        result = warehouse.dbt("compile", "--select", "resource_type:analysis", *variables)
        assert result.success, result.exception
        return {compiled.node.name: compiled.node.compiled_code for compiled in result.result}

    @pytest.fixture(scope="class")
    @classmethod
    def results(cls, warehouse: Warehouse, queries: dict[str, str]) -> dict[str, pd.DataFrame]:
        with duckdb.connect(str(warehouse.database), read_only=True) as connection:
            return {name: connection.sql(query).df() for name, query in queries.items()}

    def test_files_are_described(self) -> None:
        assert sorted(DESCRIBED) == sorted(path.stem for path in FOLDER.glob("*.sql"))

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_columns_are_those_described(self, warehouse: Warehouse, queries: dict[str, str], name: str) -> None:
        columns = warehouse.rows(f"select column_name, lower(column_type) from (describe {queries[name]})")
        assert columns == DESCRIBED[name]

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_result_can_be_read_at_a_glance(self, results: dict[str, pd.DataFrame], name: str) -> None:
        assert 1 <= len(results[name]) <= 60
        assert not results[name].duplicated().any()

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_shares_are_shares(self, results: dict[str, pd.DataFrame], name: str) -> None:
        shares = results[name].filter(regex="_share$|^share_|_separation$")
        assert not ((shares < 0) | (shares > 1)).any(axis=None)

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_no_group_is_too_small(self, results: dict[str, pd.DataFrame], name: str) -> None:
        learners = results[name].filter(regex="learner_count$")
        assert not learners.empty
        assert learners.min(axis=None) >= self.variables.get("minimum_group_size", 10)

    def check_levels(self, sums: pd.Series[int], finest: str) -> None:
        """The sums of all four grouping levels agree; the finest may lack what groups too small had."""
        assert len(sums) == 4
        assert sums.drop(finest).nunique() == 1
        assert 0.999 * sums["total"] <= sums[finest] <= sums["total"]

    def test_cube_adds_up(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        cube = results["activity_cube"]
        used = dict(
            warehouse.rows(
                """
                select activity_type, sum(interaction_count)
                from fct_daily_activity as a
                join dim_course_run as r using (course_run_key)
                join dim_activity using (activity_key)
                where r.is_finished
                group by activity_type
                """
            )
        )
        types = cube[cube.grouping_level == "activity type"]
        assert dict(zip(types.activity_type, types.interaction_count, strict=True)) == used
        self.check_levels(cube.groupby("grouping_level").interaction_count.sum(), "activity type x phase")
        assert cube[cube.grouping_level == "total"].interaction_count.tolist() == [sum(used.values())]

    def test_rollup_adds_up(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        rollup = results["outcomes_rollup"]
        known = warehouse.rows(outcomes(f"r.course_run_id, count(*), avg({PASSED})"))
        runs = rollup[rollup.grouping_level == "course run"].set_index("course_run_id")
        assert {run: count for run, count, _ in known} == runs.enrollment_count.to_dict()
        assert {run: passed for run, _, passed in known} == near(runs.passed_share.to_dict())
        self.check_levels(rollup.groupby("grouping_level").enrollment_count.sum(), "course run")
        assert rollup[rollup.grouping_level == "total"].enrollment_count.item() == runs.enrollment_count.sum()
        shares = rollup.passed_share + rollup.failed_share + rollup.withdrawn_share
        assert shares.tolist() == near([1.0] * len(rollup))

    def test_grouping_sets_add_up(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        sets = results["submission_punctuality"]
        attempts, late = warehouse.rows(
            "select count(*), avg(is_late::integer) from fct_submission where not is_banked and not is_gradebook_only"
        )[0]
        self.check_levels(sets.groupby("grouping_level").attempt_count.sum(), "assessment type x punctuality")
        total = sets[sets.grouping_level == "total"]
        assert total.attempt_count.item() == attempts
        assert total.late_share.item() == near(late)
        by_type = sets[sets.punctuality != "(all)"].groupby("assessment_type").attempt_share.sum()
        assert by_type.tolist() == pytest.approx([1.0] * len(by_type), abs=0.01)

    def test_demographics_lose_nobody(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        groups = results["outcomes_by_demographics"]
        enrollments, passed = warehouse.rows(outcomes(f"count(*), sum({PASSED})"))[0]
        for _, rows in groups.groupby("attribute_name"):
            assert rows.enrollment_count.sum() == enrollments
            # the courses' rates, weighted by who is in them, are the overall rate again
            for share in (rows.passed_share, rows.expected_passed_share):
                assert (share * rows.enrollment_count).sum() / enrollments == near(passed / enrollments)
        runs = dict(warehouse.rows(outcomes(f"course_run_key, avg({PASSED})")))
        women = warehouse.rows(
            outcomes(
                f"course_run_key, count(*), sum({PASSED})",
                "join (from dim_demographics where gender = 'f') as d using (demographics_key)",
            )
        )
        shown = groups[(groups.attribute_name == "gender") & (groups.group_name == "f")].iloc[0]
        assert shown.enrollment_count == sum(count for _, count, _ in women)
        assert shown.passed_share == near(sum(passed for *_, passed in women) / shown.enrollment_count)
        expected = sum(count * runs[run] for run, count, _ in women) / shown.enrollment_count
        assert shown.expected_passed_share == near(expected)
        assert shown.difference == near(shown.passed_share - expected)

    def test_gap_is_standardized_by_course(self, results: dict[str, pd.DataFrame]) -> None:
        gaps = results["attainment_gap_by_course"].set_index("grouping_level")
        courses = gaps.loc[["course"]]
        raw, standardized = gaps.loc["all courses, raw"], gaps.loc["all courses, standardized"]
        a, b = courses.a_learner_count, courses.b_learner_count
        assert (raw.a_learner_count, raw.b_learner_count) == (a.sum(), b.sum())
        assert raw.a_passed_share == near(np.average(courses.a_passed_share, weights=a))
        assert raw.b_passed_share == near(np.average(courses.b_passed_share, weights=b))
        gap = courses.a_passed_share - courses.b_passed_share
        assert standardized.passed_share_gap == near(np.average(gap, weights=a * b / (a + b)))
        assert 0 < standardized.gap_margin < courses.gap_margin.min()

    def test_drill_across_multiplies_nothing(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        runs = results["course_runs_drill_across"]
        assert runs.enrollment_count.sum() == warehouse.value("select count(*) from fct_enrollment")
        assert runs.interaction_count.sum() == warehouse.value("select sum(interaction_count) from fct_daily_activity")
        assert runs.attempt_count.sum() == results["submission_punctuality"].attempt_count.max()
        assert runs[~runs.is_finished].passed_share.isna().all()

    def test_cohorts_are_whole_and_only_shrink(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        cohorts = results["retention_by_start_cohort"]
        started = warehouse.value("select count(*) from fct_enrollment_week where course_week = 0")
        assert cohorts[cohorts.course_week == 0].enrollment_count.sum() == started
        for _, weeks in cohorts.groupby("term_name"):
            assert weeks.enrollment_count.nunique() == 1
            assert weeks.enrolled_share.is_monotonic_decreasing
            assert weeks.active_share.min() > 0

    def test_returns_are_those_of_the_enrollments(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        studied = warehouse.rows(
            """
            select distinct r.start_date, r.term_name, e.learner_key
            from fct_enrollment as e
            join dim_course_run as r using (course_run_key)
            where coalesce(e.withdrawn_course_day, 0) >= 0 and r.term_name is not null
            """
        )
        terms: dict[str, set[int]] = {}
        for _, term, learner in sorted(studied):
            terms.setdefault(term, set()).add(learner)
        names = list(terms)
        returns = results["return_by_entry_cohort"]
        before: set[int] = set()
        for number, term in enumerate(names[:-1]):
            entered = terms[term] - before
            before |= terms[term]
            cohort = returns[returns.entry_term_name == term]
            for later, rows in cohort.groupby("terms_later"):
                returned = entered & terms[names[number + int(later)]]
                assert rows.learner_count.sum() == len(entered)
                assert (rows.returned_share * rows.learner_count).sum() / len(entered) == near(
                    len(returned) / len(entered)
                )
        assert set(returns.entry_term_name) == set(names[:-1])

    def test_funnel_only_narrows(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        funnel = results["enrollment_funnel"]
        taken = [
            "coalesce(e.withdrawn_course_day, 0) >= 0",
            "e.first_active_date is not null",
            "handed_in",
            "e.final_result <> 'withdrawn'",
            "e.final_result <> 'fail'",
        ]
        nested = [f"count(*) filter ({' and '.join(['true', *taken[:step]])})" for step in range(len(taken) + 1)]
        handed_in = """
            left join (
                select enrollment_key, bool_or(not is_banked and not is_gradebook_only) as handed_in
                from fct_submission
                group by enrollment_key
            ) as s using (enrollment_key)
        """
        (known,) = warehouse.rows(outcomes(", ".join(nested), handed_in))
        assert funnel.groupby("step_number").enrollment_count.sum().tolist() == list(known)
        for _, steps in funnel.groupby("term_name"):
            assert steps.step_number.tolist() == [1, 2, 3, 4, 5, 6]
            assert steps.enrollment_count.is_monotonic_decreasing
            assert steps.share_of_previous.prod() == pytest.approx(steps.share_of_registered.iloc[-1], abs=0.01)

    def test_early_activity_is_of_those_still_enrolled(
        self, warehouse: Warehouse, results: dict[str, pd.DataFrame]
    ) -> None:
        thirds = results["early_activity_versus_outcome"]
        learners, enrollments, passed, interactions = warehouse.rows(
            outcomes(
                f"count(distinct e.learner_key), count(*), avg({PASSED}), sum(a.interactions) / count(*)",
                """
                semi join (
                    select enrollment_key from fct_enrollment
                    where coalesce(registered_course_day, 0) < 28 and coalesce(withdrawn_course_day, 28) >= 28
                ) as s using (enrollment_key)
                left join (
                    select enrollment_key, sum(interaction_count) as interactions
                    from fct_daily_activity
                    where course_day < 28
                    group by enrollment_key
                ) as a using (enrollment_key)
                """,
            )
        )[0]
        total = thirds[thirds.grouping_level == "total"].iloc[0]
        assert (total.learner_count, total.enrollment_count) == (learners, enrollments)
        assert total.passed_share == near(passed)
        # the weekly snapshot leaves out the few interactions before the week of registration
        assert total.mean_interaction_count == pytest.approx(interactions, rel=0.01)
        overall = thirds[thirds.grouping_level == "third"]
        assert overall.enrollment_count.sum() == enrollments
        assert overall.passed_share.is_monotonic_increasing
        assert overall.mean_interaction_count.is_monotonic_increasing

    def test_separation_is_the_area_under_the_curve(
        self, warehouse: Warehouse, results: dict[str, pd.DataFrame]
    ) -> None:
        week = 3
        known = warehouse.rows(
            outcomes(
                f"e.enrollment_key, e.course_run_key, {PASSED}, s.clicks, s.active_days",
                f"""
                join (
                    select enrollment_key, sum(interaction_count) as clicks, sum(active_day_count) as active_days
                    from fct_enrollment_week
                    where course_week <= {week}
                    group by enrollment_key
                    having bool_or(is_enrolled_at_week_end and course_week = {week})
                ) as s using (enrollment_key)
                """,
            )
        )
        frame = pd.DataFrame(known, columns=["enrollment", "run", "passed", "clicks", "active_days"]).astype(int)
        runs = [rows for _, rows in frame.groupby("run")]
        pairs = [rows.passed.sum() * (1 - rows.passed).sum() for rows in runs]
        told = results["how_early_activity_tells"].set_index("course_week").loc[week]
        assert told.enrollment_count == len(frame)
        for column, separation in (("clicks", "interaction_separation"), ("active_days", "active_day_separation")):
            areas = [roc_auc_score(rows.passed, rows[column]) for rows in runs]
            assert told[separation] == near(np.average(areas, weights=pairs))

    def test_pareto_ranks_the_whole_run(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        pareto = results["activity_pareto"]
        for run, shown in pareto.groupby("course_run_id"):
            uses = warehouse.rows(
                f"""
                select sum(interaction_count) as uses
                from fct_daily_activity join dim_course_run using (course_run_key)
                where course_run_id = '{run}'
                group by activity_key
                order by uses desc
                """
            )
            counts = np.array([count for (count,) in uses], dtype=int)
            running = counts.cumsum()
            ranks = shown.activity_rank.to_numpy()
            assert ((ranks >= 1) & (ranks <= 5)).all()
            assert (np.diff(ranks) > 0).all()
            assert shown.interaction_count.tolist() == counts[ranks - 1].tolist()
            shares = running[ranks - 1] / running[-1]
            assert shown.cumulative_interaction_share.tolist() == near(shares.tolist())
            assert set(shown.activity_count) == {len(counts)}
            assert set(shown.vital_activity_count) == {int((10 * running < 8 * running[-1]).sum()) + 1}

    def test_growth_is_on_the_run_before(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        growth = results["enrollment_growth"]
        enrolled = warehouse.value(
            """
            select count(*) from fct_enrollment
            where coalesce(registered_course_day, 0) <= 0 and coalesce(withdrawn_course_day, 0) >= 0
            """
        )
        assert growth.learner_count.sum() == enrolled
        by_course = growth.groupby("course_title")
        assert growth.learner_growth.tolist() == near(by_course.learner_count.pct_change().tolist())
        assert growth.passed_share_change.tolist() == near(by_course.passed_share.diff().tolist())
        by_month = growth.groupby(["course_title", growth.start_date.dt.month])
        assert growth.learner_growth_same_month.tolist() == near(by_month.learner_count.pct_change().tolist())

    def test_months_hold_all_activity(self, warehouse: Warehouse, results: dict[str, pd.DataFrame]) -> None:
        months = results["activity_growth"]
        assert months.interaction_count.sum() == warehouse.value(
            "select sum(interaction_count) from fct_daily_activity"
        )
        whole = months.set_index("month_start_date").query("is_whole_month")
        per_day = whole.interaction_count / whole.index.days_in_month
        for offset, suffix in ((1, ""), (12, "_year")):
            for counted, column in ((whole.learner_count, "learner_growth"), (per_day, "interaction_growth")):
                earlier = counted.shift(offset, freq="MS").reindex(counted.index)
                assert whole[column + suffix].tolist() == near((counted / earlier - 1).tolist())
        assert months[~months.is_whole_month].filter(like="growth").isna().all(axis=None)
