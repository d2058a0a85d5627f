"""The core tables of OULAD by a hand-written DuckDB script, `plain_duckdb.sql`: the yardstick of the dbt project.

``python -m bench.plain_duckdb EXTRACTS OUT`` reads the seven CSVs in the folder EXTRACTS and writes the file OUT.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

from lernhaus.keys import hmac_pads

BENCH = Path(__file__).parent
PROFILE: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.4.0",
    "memory_limit": "2GB",
    "threads": 2,
}
ACTIVITY_TYPES = BENCH.parent / "seeds" / "map_activity_type.csv"


def build(extracts: Path, out: Path) -> None:
    """Write the DuckDB file ``out`` in the storage version and with the memory limit of the project's profile."""
    inner, outer = hmac_pads(os.environ["LERNHAUS_PSEUDONYM_SECRET"].encode())
    variables = {
        "extracts": str(extracts),
        "activity_types": str(ACTIVITY_TYPES),
        "hmac_inner": inner,
        "hmac_outer": outer,
    }
    with duckdb.connect(str(out), config=PROFILE) as connection:
        for name, value in variables.items():
            connection.execute(f"set variable {name} = ?", [value])
        connection.execute((BENCH / "plain_duckdb.sql").read_text())


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
