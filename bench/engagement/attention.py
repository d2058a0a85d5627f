"""How steady and how right the list of ``rpt_learner_attention`` would have been on OULAD, by an analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from bench.measure import PROJECT
from lernhaus.dbt_runner import environment, run_dbt

ANALYSIS = "attention_list_foresight"

Row = dict[str, Any]


def replay(warehouse: Path) -> list[Row]:
    """Return the rows of the analysis, by column name; raises ``RuntimeError`` where dbt cannot compile it."""
    variables = ["--vars", "{source_systems: [oulad]}"]
    with environment({"LERNHAUS_DATABASE": str(warehouse.resolve()), "DBT_PROFILES_DIR": str(PROJECT)}):
        compiled = run_dbt(
            ["--log-level", "none", "compile", "--project-dir", str(PROJECT), "--select", ANALYSIS, *variables]
        )
    if not compiled.success:
        raise RuntimeError(f"dbt could not compile {ANALYSIS}: {compiled.exception}")
    nodes: Any = compiled.result
    (result,) = nodes
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        relation = connection.sql(result.node.compiled_code)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
