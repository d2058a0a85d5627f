"""Figures of ``risk_evaluation`` by what they are of."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

Key = tuple[str, int, str, str, str]


@dataclass(frozen=True)
class Figure:
    """One row of ``risk_evaluation``: the value with its 95 % interval and the enrollments behind it."""

    value: float
    lower: float
    upper: float
    enrollments: int


@dataclass(frozen=True)
class Evidence:
    """All rows, by protocol, as-of day, measure, grouping and group."""

    figures: dict[Key, Figure]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Evidence:
        """Read the table; raises ``ValueError`` where it is empty."""
        rows = connection.execute(
            """
            select
                protocol, as_of_day, measure, grouped_by, group_value,
                measure_value, lower_bound, upper_bound, enrollment_count
            from risk_evaluation
            order by all
            """
        ).fetchall()
        if not rows:
            raise ValueError("risk_evaluation is empty: no runs of more than one year have finished")
        return cls({row[:5]: Figure(*row[5:]) for row in rows})

    def by_day(self, protocol: str, measure: str, grouped_by: str = "all", group: str = "all") -> dict[int, Figure]:
        """Return the figures of one group by as-of day."""
        return {
            key[1]: figure
            for key, figure in self.figures.items()
            if (key[0], *key[2:]) == (protocol, measure, grouped_by, group)
        }

    def groups(self, protocol: str, day: int, measure: str, grouped_by: str) -> dict[str, Figure]:
        """Return the figures by group, in the order of the groups' names."""
        wanted = (protocol, day, measure, grouped_by)
        return {key[4]: figure for key, figure in self.figures.items() if key[:4] == wanted}
