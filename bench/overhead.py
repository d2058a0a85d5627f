"""dbt's own share: starting, parsing, handling each node; measured on a campus whose data take next to no time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.campus import SYSTEMS, Campus
from bench.measure import Run, describe, interleave
from bench.warehouse import Invocation, Warehouse, typical

SMALLEST = Campus("smallest", learners=20, days=60)


def measure(work: Path, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure parsing from nothing, parsing when nothing has changed, and a complete build of the smallest campus."""
    warehouse = Warehouse(work, work / "extracts", SYSTEMS)
    SMALLEST.generate(warehouse.extracts, work / "sample.txt")
    invocations: list[Invocation] = []

    def parse(*arguments: str) -> Run:
        return warehouse.dbt("parse", *arguments)

    def build() -> Run:
        warehouse.database.unlink(missing_ok=True)
        taken = warehouse.dbt("build")
        invocations.append(warehouse.last_invocation())
        return taken

    def said(name: str, runner: Callable[[], Run]) -> Callable[[int], Run]:
        def say_run(number: int) -> Run:
            taken = runner()
            say(f"round {number + 1}: {name}: {describe(taken)}")
            return taken

        return say_run

    runners = {
        "parse from nothing": lambda: parse("--no-partial-parse"),
        "parse, nothing changed": parse,
        "build of the smallest campus": build,
    }
    runs = interleave(rounds, {name: said(name, runner) for name, runner in runners.items()})
    return {"runs": runs, "invocation": typical(runs["build of the smallest campus"], invocations)}
