"""Figures of ``engagement_validation`` by what they are of."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

Key = tuple[str, int, str, str, str]


@dataclass(frozen=True)
class Figure:
    """One row of ``engagement_validation``: the value with its 95 % interval and the enrollments behind it."""

    value: float
    lower: float
    upper: float
    enrollments: int


@dataclass(frozen=True)
class Evidence:
    """All rows, by cohort, course week, measure, grouping and group."""

    figures: dict[Key, Figure]
    version: str

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Evidence:
        """Read the table; raises ``ValueError`` where it is empty."""
        rows = connection.execute(
            """
            select
                cohort, course_week, measure, grouped_by, group_value,
                measure_value, lower_bound, upper_bound, enrollment_count
            from engagement_validation
            order by all
            """
        ).fetchall()
        if not rows:
            raise ValueError("engagement_validation is empty: no course run has finished")
        ((version,),) = connection.execute("select distinct engagement_version from engagement_validation").fetchall()
        return cls({row[:5]: Figure(*row[5:]) for row in rows}, version)

    def weeks(self, cohort: str) -> list[int]:
        """Return the course weeks in which the cohort has areas under the curve."""
        return sorted({key[1] for key in self.figures if key[0] == cohort and key[2] == "success_auc"})

    def groups(self, cohort: str, week: int, measure: str, grouped_by: str) -> dict[str, Figure]:
        """Return the figures by group, in the order of the groups' names."""
        wanted = (cohort, week, measure, grouped_by)
        return {key[4]: figure for key, figure in self.figures.items() if key[:4] == wanted}

    def by_week(self, cohort: str, measure: str, grouped_by: str, group: str) -> dict[int, Figure]:
        """Return the figures of one group by course week."""
        return {
            key[1]: figure
            for key, figure in self.figures.items()
            if (key[0], *key[2:]) == (cohort, measure, grouped_by, group)
        }
