"""dbt's own share: starting, parsing, handling each node; measured on a campus whose data take next to no time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.campus import SYSTEMS, Campus
from bench.measure import Run, describe, interleave
from bench.warehouse import Invocation, Warehouse, typical

BUILD = "build of the smallest campus"
SMALLEST = Campus("smallest", learners=20, days=60)


def measure(work: Path, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure parsing from nothing, parsing when nothing has changed, and a complete build of the smallest campus."""
    warehouse = Warehouse(work, work / "extracts", SYSTEMS, log_level="debug")
    SMALLEST.generate(warehouse.extracts, work / "sample.txt")
    invocations: list[Invocation] = []

    def dbt(name: str, *command: str) -> Callable[[int], Run]:
        def runner(number: int) -> Run:
            warehouse.database.unlink(missing_ok=True)
            taken = warehouse.dbt(*command)
            say(f"round {number + 1}: {name}: {describe(taken)}")
            if name == BUILD:
                invocations.append(warehouse.last_invocation())
            return taken

        return runner

    commands = {
        "parse from nothing": ("parse", "--no-partial-parse"),
        "parse, nothing changed": ("parse",),
        BUILD: ("build",),
    }
    runs = interleave(rounds, {name: dbt(name, *command) for name, command in commands.items()})
    return {"runs": runs, "invocation": typical(runs[BUILD], invocations)}
