"""The core tables of OULAD by a hand-written DuckDB script, `plain_duckdb.sql`: the yardstick of the dbt project.

``python -m bench.plain_duckdb EXTRACTS OUT`` reads the seven CSVs in the folder EXTRACTS and writes the file OUT. With
``--keep-records`` it gives what the project gives as well: files are hashed, and the records of clicks are kept.
"""

from __future__ import annotations

import hashlib
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
CLICKS = "create temp view clicks as"


def build(extracts: Path, out: Path, *, keeps_records: bool = False) -> None:
    """Write the DuckDB file ``out`` in the storage version and with the memory limit of the project's profile.

    With ``keeps_records``, its table ``clicks`` has the records as they were read, and ``file_hash`` the hash of each
    file.
    """
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
        script = (BENCH / "plain_duckdb.sql").read_text()
        if keeps_records:
            connection.execute("create table file_hash (file varchar, content_hash varchar)")
            for path in sorted(extracts.glob("*.csv")):
                with path.open("rb") as file:
                    content_hash = hashlib.file_digest(file, "sha256").hexdigest()
                connection.execute("insert into file_hash values (?, ?)", [path.name, content_hash])
            before, after = script.split(CLICKS)
            script = f"{before}create table clicks as{after}"
        connection.execute(script)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), keeps_records="--keep-records" in sys.argv[3:])
