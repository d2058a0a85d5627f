"""What holds for the results in the report on any warehouse: subtraction tells no number of 1 to 4 learners."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Warehouse
from threadpoolctl import threadpool_limits

from lernhaus.report.data import MINIMUM_GROUP, Table, fetch, query_text, with_shared
from lernhaus.report.withhold import RESULTS, Result, as_shown

Key = tuple[Any, ...]


def bare(name: str) -> str:
    """The query without its conditions on small numbers."""
    text = query_text(name)
    return text.replace(">= 5", ">= 0").replace("< 5", "< 0").replace("between 1 and 4", "between -2 and -1")


def _place(row: dict[str, Any]) -> Key:
    """Course and run that a row is about; in results with lines, the line says it."""
    if "series" in row:
        return (row["series"], None) if row["course"] is None else (row["course"], row["series"])
    return row["course"], row.get("course_run")


def told_by_subtraction(result: Result, true: Table, shown: Table) -> list[str]:
    """The small numbers that follow from those shown, as a solution of all that is known of sums.

    Unknown are the numbers that are not shown as they are. Known are the equations: a course is the sum of its runs,
    all courses that of the courses, a whole that of its parts, and a group that of its learners and the others.
    """
    blocks: dict[Key, dict[Key, tuple[int, int | None]]] = defaultdict(dict)
    seen: dict[Key, dict[Key, tuple[int | None, int | None]]] = defaultdict(dict)
    groups = [key for key in result.keys if key != result.part]
    for table, into in ((true, blocks), (shown, seen)):
        for row in table.rows():
            at = tuple(row[key] for key in groups)
            cell = (*_place(row), row[result.part] if result.part else None)
            into[at][cell] = (row[result.count], row[result.of] if result.of else None)
    with threadpool_limits(1):
        return [f"{at}: {what}" for at in blocks for what in _told_in(blocks[at], seen[at], result)]


def _told_in(cells: dict[Key, Any], seen: dict[Key, Any], result: Result) -> list[str]:
    # a run with too few learners has no rows: nobody knows which of its parts are 0
    absent = {cell[:2]: of for cell, (_, of) in cells.items()}
    for place in absent.keys() - {cell[:2] for cell in seen}:
        for part in {cell[2] for cell in cells}:
            cells.setdefault((*place, part), (0, absent[place]))
    return _solved(cells, seen, bool(result.of), bool(result.part))


def _solved(cells: dict[Key, Any], seen: dict[Key, Any], has_groups: bool, has_parts: bool) -> list[str]:
    names = [(cell, kind) for cell in cells for kind in (("count", "of", "rest") if has_groups else ("count",))]
    place = {name: number for number, name in enumerate(names)}
    value, known = np.zeros(len(names)), np.zeros(len(names), dtype=bool)
    equations: list[dict[int, int]] = []
    for cell, (count, of) in cells.items():
        shown_count, shown_of = seen.get(cell, (None, None))
        # all but 4 may be all but 1 to 4
        is_exact = shown_count == count and (of is None or of - count != MINIMUM_GROUP - 1)
        value[place[cell, "count"]], known[place[cell, "count"]] = count, is_exact
        if has_groups:
            value[place[cell, "of"]], known[place[cell, "of"]] = of, shown_of == of
            value[place[cell, "rest"]] = of - count
            equations.append({place[cell, "of"]: 1, place[cell, "count"]: -1, place[cell, "rest"]: -1})
    children: dict[Key, list[Key]] = defaultdict(list)
    for course, run, part in cells:
        if course is not None:
            children[(None if run is None else course, None, part)].append((course, run, part))
    for whole, parts in children.items():
        for kind in ("count", "of") if has_groups else ("count",):
            if whole in cells and sum(cells[part][kind == "of"] for part in parts) == cells[whole][kind == "of"]:
                equations.append({place[whole, kind]: 1} | {place[part, kind]: -1 for part in parts})
    if has_parts and has_groups:
        wholes: dict[Key, list[Key]] = defaultdict(list)
        for cell in cells:
            wholes[cell[:2]].append(cell)
        for parts in wholes.values():
            equations.append({place[parts[0], "of"]: 1} | {place[part, "count"]: -1 for part in parts})
            equations += [{place[parts[0], "of"]: 1, place[part, "of"]: -1} for part in parts[1:]]
    matrix = np.zeros((len(equations), len(names)))
    for number, equation in enumerate(equations):
        for column, factor in equation.items():
            matrix[number, column] = factor
    assert not (matrix @ value).any()
    unknown = np.flatnonzero(~known)
    if not len(unknown):
        return []
    _, sizes, directions = np.linalg.svd(matrix[:, unknown])
    free = directions[(sizes > 1e-9).sum() :]  # ways in which the unknown numbers could be others
    is_solved = np.abs(free).max(axis=0, initial=0) < 1e-9
    small = (value[unknown] > 0) & (value[unknown] < MINIMUM_GROUP)
    return [f"{names[number]} = {value[number]:.0f}" for number in unknown[is_solved & small]]


def campus(chance: random.Random) -> tuple[Table, Table]:
    """Learners of runs of courses by band of risk: all numbers, and as a query gives them."""
    sizes = {
        (f"c{course}", f"c{course} run {run}", band): chance.choice([0, 0, 2, 3, 4, 5, 7, 30])
        for course in range(3)
        for run in range(chance.randint(1, 4))
        for band in ("high", "low", "medium")
    }
    for (course, _, band), size in list(sizes.items()):
        for whole in ((course, None, band), (None, None, band)):
            sizes[whole] = sizes.get(whole, 0) + size
    wholes: dict[Key, int] = defaultdict(int)
    for (course, run, _), size in sizes.items():
        wholes[course, run] += size
    with duckdb.connect() as connection:
        parts = [(*cell, size) for cell, size in sizes.items() if size]
        connection.register(
            "sizes", pd.DataFrame(parts, columns=["course", "course_run", "risk_band", "learner_count"])
        )
        chosen = with_shared(
            "with parts as (select *, learner_count as person_count, 14 as as_of_day from sizes),\n"
            "-- shared: told by course, course_run, as_of_day\n"
            "select *, cast(whole_learner_count as bigint) as whole,"
            " learner_count / whole_learner_count as learner_share,"
            " case when is_told then learner_count end as told_count from told"
        )
        columns = "course, course_run, as_of_day, risk_band, whole as whole_learner_count, learner_share"
        return (
            fetch(connection, f"select {columns}, learner_count from ({chosen})"),
            fetch(connection, f"select {columns}, told_count as learner_count from ({chosen}) where whole >= 5"),
        )


def results(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[Table, Table, Table]:
    """A result with all numbers, as its query gives it, and as it is shown."""

    def made(query: str) -> Table:
        return fetch(connection, query_text(query))

    return fetch(connection, bare(name)), made(name), as_shown(name, made)


class ReportSuite:
    """Tries to find small numbers in every result that counts parts of something."""

    @pytest.mark.parametrize("name", RESULTS)
    def test_subtraction_tells_nothing(self, warehouse: Warehouse, name: str) -> None:
        with duckdb.connect(str(warehouse.database), read_only=True) as connection:
            true, made, shown = results(connection, name)
        assert told_by_subtraction(RESULTS[name], true, shown) == []
        # most of what the query tells is left
        count = RESULTS[name].count
        told, left = (sum(row[count] is not None for row in table.rows()) for table in (made, shown))
        assert left > 0.6 * told

    def test_account_of_records_adds_up(self, warehouse: Warehouse) -> None:
        with duckdb.connect(str(warehouse.database), read_only=True) as connection:
            rows = fetch(connection, query_text("data_sources")).rows()
        parts = ("staged", "quarantined", "redelivered", "erased", "expired")
        assert rows
        assert all(row["record_count"] == sum(row[f"{part}_count"] for part in parts) for row in rows)

    def test_pages_count_the_same_enrollments(self, warehouse: Warehouse) -> None:
        with duckdb.connect(str(warehouse.database), read_only=True) as connection:
            (tiles,) = fetch(connection, query_text("index_tiles")).rows()
            funnel = fetch(connection, query_text("growth_funnel")).rows()
        registered = {row["registered_count"] for row in funnel if row["course"] is None}
        assert registered == {tiles["enrollment_count"]}
