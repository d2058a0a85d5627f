"""The Open University data set: the dbt project against the same tables made by hand in DuckDB, pandas, Polars."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from bench.fingerprint import Fingerprint, differences
from bench.measure import PROJECT, Run, describe, interleave, run
from bench.warehouse import CORE_MODELS, SECRET, WITHOUT_SCORES, Invocation, Warehouse, typical

ARCHIVE = "oulad/anonymisedData.zip"
RIVALS = {
    "plain DuckDB": ("plain_duckdb",),
    "plain DuckDB, records kept": ("plain_duckdb", "--keep-records"),
    "plain pandas": ("plain_pandas",),
    "plain Polars": ("plain_polars",),
}
CUT_LINES = 20  # of each file: enough for a row in each table, too few to take time


class ContentsDiffer(RuntimeError):
    """A rival did not make the tables that dbt makes, so comparing their times would say nothing."""


class Contents(TypedDict):
    """What all rivals made alike."""

    tables: int
    rows: int


def archive() -> Path:
    """Return the archive that ``OULAD_ZIP`` names, or its place in the folder of real data."""
    real_data = os.environ.get("LERNHAUS_REAL_DATA") or PROJECT.parent / "shared" / "data"
    return Path(os.environ.get("OULAD_ZIP") or Path(real_data) / ARCHIVE)


def measure(work: Path, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure all rivals in turn, on the data set and on its files cut to a few lines.

    The runs on the cut files do all but the work on data: starting Python or dbt, and dbt's handling of each node.
    Raises ``ContentsDiffer``, and ``FileNotFoundError`` where the archive is absent.
    """
    extracts = work / "extracts"
    with zipfile.ZipFile(archive()) as opened:
        opened.extractall(extracts / "oulad")
    cut_extracts = work / "cut_extracts"
    cut(extracts / "oulad", cut_extracts / "oulad")
    core = Warehouse(work / "core", extracts, "[oulad]")
    cut_core = Warehouse(work / "cut_core", cut_extracts, "[oulad]")
    whole = Warehouse(work / "whole", extracts, "[oulad]")
    unscored = Warehouse(work / "unscored", extracts, "[oulad]")
    # most of the first clicks are of sites that are not among the first sites
    cut_whole = Warehouse(work / "cut_whole", cut_extracts, "[oulad]", max_quarantine_share=1)
    for warehouse in (core, cut_core, whole, unscored, cut_whole):
        say("dbt parse, so that all builds find the project parsed")
        warehouse.dbt("parse")
    invocations: dict[str, list[Invocation]] = {"dbt core models": [], "dbt build": [], "dbt build, nothing new": []}

    def built(name: str, warehouse: Warehouse, *arguments: str, anew: bool = True) -> Callable[[int], Run]:
        def runner(number: int) -> Run:
            if anew:
                warehouse.database.unlink(missing_ok=True)
            taken = warehouse.dbt("build", *arguments)
            if name in invocations:
                invocations[name].append(warehouse.last_invocation())
            say(f"round {number + 1}: {name}: {describe(taken)}")
            return taken

        return runner

    def plain(name: str, csvs: Path, out: Path) -> Callable[[int], Run]:
        module, *options = RIVALS[name]

        def runner(number: int) -> Run:
            if out.is_dir():
                shutil.rmtree(out)
            out.unlink(missing_ok=True)
            taken = run([sys.executable, "-m", f"bench.{module}", csvs, out, *options], work / f"{module}.txt", SECRET)
            say(f"round {number + 1}: {name}: {describe(taken)}")
            return taken

        return runner

    outs = {name: work / "-".join(command) for name, command in RIVALS.items()}
    rivals = {name: plain(name, extracts / "oulad", out) for name, out in outs.items()}
    runs = interleave(
        rounds,
        {
            "plain DuckDB": rivals.pop("plain DuckDB"),
            "dbt core models": built("dbt core models", core, *CORE_MODELS),
            "dbt build": built("dbt build", whole),
            "dbt build without scores": built("dbt build without scores", unscored, *WITHOUT_SCORES),
            "dbt build, nothing new": built("dbt build, nothing new", whole, anew=False),
            "plain DuckDB, cut": plain("plain DuckDB", cut_extracts / "oulad", work / "cut"),
            "dbt core models, cut": built("dbt core models, cut", cut_core, *CORE_MODELS),
            "dbt build, cut": built("dbt build, cut", cut_whole),
            **rivals,
        },
    )
    contents = compare(whole.database, {"dbt core models": core.database, **outs})
    say(f"all made the same {contents['tables']} tables with {contents['rows']:,} rows")
    return {
        "runs": runs,
        "contents": contents,
        "invocations": {name: typical(runs[name], found) for name, found in invocations.items()},
    }


def cut(files: Path, out: Path) -> None:
    """Write the header and first lines of each CSV file."""
    out.mkdir(parents=True)
    for path in files.glob("*.csv"):
        with path.open("rb") as lines:
            (out / path.name).write_bytes(b"".join(itertools.islice(lines, CUT_LINES)))


def compare(reference: Path, others: dict[str, Path]) -> Contents:
    """Compare the core tables in other files or folders with those of the reference; raise ``ContentsDiffer``."""
    expected = _fingerprints(reference)
    for name, path in others.items():
        if different := differences(expected, _fingerprints(path)):
            raise ContentsDiffer("\n".join([f"{name} did not make the tables that dbt makes:", *different]))
    return {"tables": len(expected), "rows": sum(table["rows"] for table in expected.values())}


def _fingerprints(built: Path) -> dict[str, Fingerprint]:
    command = [sys.executable, "-m", "bench.fingerprint", str(built)]
    printed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    fingerprints: dict[str, Fingerprint] = json.loads(printed)
    return fingerprints
