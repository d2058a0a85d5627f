"""Figures of the warehouse's own evaluations (``engagement_validation``, ``risk_evaluation``) by what they are of."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

Key = tuple[str, int, str, str, str]


@dataclass(frozen=True)
class Figure:
    """A row: the value with its 95 % interval and the enrollments behind it."""

    value: float
    lower: float
    upper: float
    enrollments: int


@dataclass(frozen=True)
class Evidence:
    """All rows by series (a cohort or protocol), time (course week or as-of day), measure, grouping and group."""

    figures: dict[Key, Figure]

    def groups(self, series: str, time: int, measure: str, grouped_by: str) -> dict[str, Figure]:
        """Return the figures by group, in the order of the groups' names."""
        wanted = (series, time, measure, grouped_by)
        return {key[4]: figure for key, figure in self.figures.items() if key[:4] == wanted}

    def over_time(self, series: str, measure: str, grouped_by: str = "all", group: str = "all") -> dict[int, Figure]:
        """Return the figures of one group by time."""
        return {
            key[1]: figure
            for key, figure in self.figures.items()
            if (key[0], *key[2:]) == (series, measure, grouped_by, group)
        }


def read(connection: duckdb.DuckDBPyConnection, table: str, series: str, time: str) -> dict[Key, Figure]:
    """Return the rows of an evaluation, with the names of its columns of series and time; ``ValueError`` if empty."""
    rows = connection.execute(
        f"""
        select
            {series}, {time}, measure, grouped_by, group_value,
            measure_value, lower_bound, upper_bound, enrollment_count
        from {table}
        order by all
        """
    ).fetchall()
    if not rows:
        raise ValueError(f"{table} is empty: no course run has finished, or too few have")
    return {row[:5]: Figure(*row[5:]) for row in rows}
