"""Features for models: those of the table `risk_feature`, or made from the facts where the table lacks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from lernhaus.risk import features


@dataclass(frozen=True)
class Facts:
    """Relations with the tables that features are made from (`uses`: `fct_daily_activity`)."""

    course_runs: duckdb.DuckDBPyRelation
    uses: duckdb.DuckDBPyRelation
    activities: duckdb.DuckDBPyRelation
    submissions: duckdb.DuckDBPyRelation
    assessments: duckdb.DuckDBPyRelation
    today: date


@dataclass(frozen=True)
class FeatureSource:
    """Relations with the tables of these names, and whether protected attributes stand beside the features.

    Without `facts` there are no rows of those who had withdrawn by the day.
    """

    risk_feature: duckdb.DuckDBPyRelation
    enrollments: duckdb.DuckDBPyRelation
    demographics: duckdb.DuckDBPyRelation
    with_protected: bool
    facts: Facts | None = None

    def __call__(self, course_run_keys: Sequence[int], keep_withdrawn: bool = False) -> pa.Table:
        """Rows of `risk_feature` of some course runs, with those who had withdrawn by the day if they are to be kept.

        Raises
        ------
        ValueError
            They are to be kept, and there are no facts to make their rows from.
        """
        chosen = f"course_run_key in ({', '.join(str(int(key)) for key in course_run_keys) or 'null'})"
        rows = self._with_withdrawn(course_run_keys, chosen) if keep_withdrawn else self._kept(chosen)
        return self._with_protected(rows) if self.with_protected else rows

    def _kept(self, chosen: str) -> pa.Table:
        return self.risk_feature.filter(chosen).to_arrow_table()

    def _with_withdrawn(self, course_run_keys: Sequence[int], chosen: str) -> pa.Table:
        if self.facts is None:
            raise ValueError("there are no facts to make the features of those who had withdrawn from")
        return features.build(
            self.enrollments.filter(chosen).to_arrow_table(),
            self.facts.course_runs.filter(chosen).to_arrow_table(),
            self.demographics.to_arrow_table(),
            self.facts.uses.filter(chosen).project(", ".join(features.USE_COLUMNS)).to_arrow_table(),
            self.facts.activities.to_arrow_table(),
            self.facts.submissions.filter(chosen).to_arrow_table(),
            self.facts.assessments.filter(chosen).to_arrow_table(),
            today=self.facts.today,
            only_runs=course_run_keys,
            keep_withdrawn=True,
        ).read_all()

    def _with_protected(self, rows: pa.Table) -> pa.Table:
        attributes = features.protected(self.enrollments.to_arrow_table(), self.demographics.to_arrow_table())
        found = attributes.reindex(rows.column("enrollment_key").to_numpy())
        for name in found.columns:
            rows = rows.append_column(name, pa.array(found[name].to_numpy(), pa.float32(), from_pandas=True))
        return rows
