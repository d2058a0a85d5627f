"""What subtraction would tell: numbers of 1 to 4 learners that are the rest of numbers shown.

Queries withhold such numbers where they stand. Here more of a result is withheld, or told less exactly, so that they do
not follow from the others either: from a course and its runs, from all courses and each, from a group and a part of it.
The rule is the same for all results; ``RESULTS`` says what is a part of what in each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lernhaus.report.data import MINIMUM_GROUP, Table

Row = dict[str, Any]
Cell = tuple[Any, ...]  # course, course run, keys; a course or run is None where the row is of all
Place = tuple[Any, Any]  # course and course run of a cell
Numbers = tuple[int | None, ...]  # those of Result.numbers
TINY = 1e-9


@dataclass(frozen=True)
class Result:
    """What the columns of a result say.

    ``count`` are the learners of a row, ``of`` (a column) the group that they are a part of, ``share`` their share of
    it. ``keys`` are the columns, besides course and course run, that tell the rows apart; ``part`` is the one among
    them whose values are the parts of a whole. ``counts`` are other numbers of learners, ``also`` other columns about
    them. Where the result ``like`` has the same rows, what is withheld there is withheld here.
    """

    count: str
    keys: tuple[str, ...]
    of: str = ""
    share: str = ""
    part: str = ""
    counts: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    like: str = ""

    def rest(self, row: Row) -> int | None:
        """The other learners of the group."""
        count, of = row[self.count], row[self.of] if self.of else None
        return None if count is None or of is None else of - count

    def numbers(self, row: Row) -> Numbers:
        """The numbers of learners that a row tells exactly: those of ``count`` first, the group, the others of it."""
        rest = self.rest(row)
        is_exact = rest is None or not is_small(rest)
        of = row[self.of] if self.of else None
        return row[self.count] if is_exact else None, of, rest if is_exact else None, *(row[c] for c in self.counts)

    @property
    def told(self) -> tuple[str, ...]:
        """The columns that are withheld with a row."""
        return tuple(filter(None, (self.count, self.of, self.share, *self.counts, *self.also)))


def _parts(part: str, at: str = "course_week") -> Result:
    """Learners by the values of a column."""
    return Result("learner_count", (at, part), "whole_learner_count", "learner_share", part)


def _active(*keys: str, of: str = "enrollment_count", counts: tuple[str, ...] = (), like: str = "") -> Result:
    """Those of a group who were active."""
    return Result("active_enrollment_count", keys, of, "active_share", counts=counts, like=like)


RESULTS = {
    "course_heat": _active("course_week", like="course_weeks"),
    "course_weeks": _active("course_week", counts=("enrolled_at_week_end_count",)),
    "course_work": Result("piece_count", ("course_week", "work_state"), part="work_state"),
    "engagement_bands": _parts("engagement_band"),
    "engagement_change": _parts("index_movement"),
    "engagement_distribution": _parts("index_from"),
    "engagement_types": _active("course_week", "activity_type"),
    "growth_cohorts": _active("cohort_month", "weeks_since_registration", of="cohort_enrollment_count"),
    "growth_funnel": Result("enrollment_count", ("stage_name",), "registered_count", "registered_share"),
    "risk_bands": _parts("risk_band", "as_of_day"),
    "risk_contributions": Result("learner_count", ("as_of_day", "evidence", "risk_band"), also=("mean_log_odds",)),
    "risk_groups": Result(
        "learner_count",
        ("attribute", "as_of_day", "attribute_value"),
        part="attribute_value",
        also=("mean_fail_or_withdraw_probability", "high_risk_share"),
    ),
}


def is_small(number: int) -> bool:
    """Whether a number of learners must not be told."""
    return 0 < number < MINIMUM_GROUP


@dataclass(frozen=True)
class _Line:
    """The parts of a whole. The whole is none where no row is about it."""

    whole: Cell | None
    parts: tuple[Cell, ...]


def as_shown(name: str, made: Callable[[str], Table]) -> Table:
    """A result as the report shows it; ``made`` has the results by name as their queries give them."""
    like = RESULTS[name].like if name in RESULTS else ""
    return protected(name, made(name), to_withhold(like, made(like)) if like else ())


def protected(name: str, table: Table, withheld: Iterable[Cell] = ()) -> Table:
    """A result without what subtraction would tell, and without cells that are ``withheld`` elsewhere.

    It is as it was where it does not count parts of anything.
    """
    if name not in RESULTS:
        return table
    result = RESULTS[name]
    rows = table.rows()
    # small systems are solved faster by one thread
    with threadpool_limits(1):
        hidden = to_withhold(name, table) | set(withheld)
    for row in rows:
        if _cell(row, result) in hidden:
            row.update(dict.fromkeys(result.told))
        _round_down(row, result)
    return table.with_rows(rows)


def to_withhold(name: str, table: Table) -> set[Cell]:
    """The cells of a result by which something small would be told, or one that is withheld for that."""
    result = RESULTS[name]
    rows = {_cell(row, result): row for row in table.rows()}
    numbers = {cell: result.numbers(row) for cell, row in rows.items()}
    # only rows that differ in nothing but place and part make sums together
    blocks: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for cell in numbers:
        blocks[tuple(key for name, key in zip(result.keys, cell[2:], strict=True) if name != result.part)].append(cell)
    # of a few learners with more enrollments: not small by their number, but not to be told either
    silent = {cell for cell, row in rows.items() if row[result.count] is None}
    hidden: set[Cell] = set()
    for cells in blocks.values():
        lines = list(_lines(cells, result))
        sizes = {cell[:2]: rows[cell][result.of] for cell in cells} if result.of else {}
        # of parts the groups are those of their places, else there is one for each cell
        groups = {} if result.part or not result.of else {cell: (rows[cell][result.of],) for cell in cells}
        if result.part:
            hidden |= _places_to_withhold(cells, sizes)
        before = -1
        while before < len(hidden):
            before = len(hidden)
            for line in lines:
                while (next_one := _next(line, numbers, hidden)) is not None:
                    hidden.add(next_one)
            if len(hidden) == before and (next_one := _solving(lines, numbers, sizes, hidden, silent)) is not None:
                hidden.add(next_one)
            if len(hidden) == before and (next_one := _solving(lines, groups, {}, hidden, set())) is not None:
                hidden.add(next_one)
    return hidden


def _within(places: Iterable[Place], whole: Place) -> list[Place]:
    """The courses, where the whole is all, or the runs of a course."""
    course, _ = whole
    return [place for place in places if (place[1] if place[0] == course else not (course or place[1]) and place[0])]


def _places_to_withhold(cells: list[Cell], sizes: dict[Place, int]) -> set[Cell]:
    """The cells of courses and runs without which those that have too few learners for a row would be told."""
    hidden: set[Place] = set()
    within = {
        whole: sorted(_within(sizes, whole), key=lambda place: (sizes[place], str(place)))
        for whole in sizes
        if whole[1] is None
    }
    for whole, places in within.items():
        if is_small(sizes[whole] - sum(sizes[place] for place in places)):
            taken = places[0] if places else whole
            # a course that is withheld is told by its runs, if all of them are there
            hidden |= {taken, *within.get(taken, ())[:1]}
    return {cell for cell in cells if cell[:2] in hidden}


def _cell(row: Row, result: Result) -> Cell:
    course, run = row["course"], row.get("course_run")
    if "series" in row:  # a row of a line; what it is about is what the line is of
        course, run = (row["series"], None) if course is None else (course, row["series"])
    return (course, run, *(row[key] for key in result.keys))


def _lines(cells: list[Cell], result: Result) -> Iterator[_Line]:
    levels: dict[Cell, list[Cell]] = defaultdict(list)
    siblings: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in cells:
        course, run, *keys = cell
        if course is not None:
            levels[(None if run is None else course, None, *keys)].append(cell)
        if result.part:
            place = 2 + result.keys.index(result.part)
            siblings[cell[:place] + cell[place + 1 :]].append(cell)
    known = set(cells)
    for whole, parts in levels.items():
        if whole in known:
            yield _Line(whole, tuple(parts))
    for parts in siblings.values():
        yield _Line(None, tuple(parts))


def _next(line: _Line, numbers: dict[Cell, Numbers], hidden: set[Cell]) -> Cell | None:
    """The cell to withhold next where the line tells something; none where it does not."""
    shown = [part for part in line.parts if part not in hidden]
    ours = [part for part in line.parts if part in hidden]
    if line.whole is None:
        # the query itself takes care of small parts, so that only one that is withheld alone is told
        tells = len(ours) == 1 and all(numbers[part][0] is not None for part in shown)
    elif line.whole in hidden:
        tells = False
    else:
        rest = [
            whole - sum(numbers[part][place] or 0 for part in shown)
            for place, whole in enumerate(numbers[line.whole])
            if whole is not None
        ]
        is_alone = len(ours) == 1 and numbers[line.whole][0] is not None and rest[0] == numbers[ours[0]][0]
        tells = is_alone or any(map(is_small, rest))
    if not tells:
        return None
    large = [part for part in shown if any(numbers[part])]

    def size(part: Cell) -> tuple[bool, int, str]:
        return not numbers[part][0], max(number or 0 for number in numbers[part]), str(part)

    return min(large, key=size, default=line.whole)


def _solving(
    lines: list[_Line],
    numbers: Mapping[Cell, Numbers],
    sizes: dict[Place, int],
    hidden: set[Cell],
    silent: set[Cell],
) -> Cell | None:
    """The cell to withhold next where the sums of all lines together have a solution that tells something small.

    Nor may it tell what is ``silent``: withheld by the query.
    """
    if not numbers:
        return None
    unknown: dict[Any, int] = {}  # numbers that are not shown: of a cell, or of what has no row in a line
    equations: list[tuple[dict[int, int], int]] = []
    of_equation: list[_Line] = []

    def add(line: _Line, factors: dict[Cell, int], rest: dict[Any, int], constant: int) -> None:
        known = {cell: numbers[cell][0] for cell in factors if cell not in hidden}
        constant += sum(factor * (known.get(cell) or 0) for cell, factor in factors.items())
        open_ones: dict[Any, int] = {cell: f for cell, f in factors.items() if known.get(cell) is None}
        open_ones |= rest
        equations.append(({unknown.setdefault(one, len(unknown)): f for one, f in open_ones.items()}, -constant))
        of_equation.append(line)

    outside: dict[_Line, int] = {}  # learners of the whole who are in none of the places below it
    for line in lines:
        if line.whole is None:
            if sizes:
                add(line, dict.fromkeys(line.parts, 1), {}, -sizes[line.parts[0][:2]])
            continue
        factors = {line.whole: 1} | dict.fromkeys(line.parts, -1)
        if sizes:
            place = line.whole[:2]
            outside[line] = sizes[place] - sum(sizes[part] for part in _within(sizes, place))
        whole, *parts = (numbers[cell][0] for cell in factors)
        # what is withheld stands for those who have no row as well
        is_complete = None in parts or whole == sum(part or 0 for part in parts)
        add(line, factors, {} if is_complete else {line: -1}, 0)
    if not unknown:
        return None
    matrix = np.zeros((len(equations), len(unknown)))
    for number, (open_ones, _) in enumerate(equations):
        matrix[number, list(open_ones)] = list(open_ones.values())
    _, scales, directions = np.linalg.svd(matrix)
    free = directions[(scales > TINY).sum() :]  # the ways in which the unknown numbers could be others
    is_solved = np.abs(free).max(axis=0, initial=0) < TINY
    solution = np.linalg.lstsq(matrix, np.array([constant for _, constant in equations]), rcond=None)[0].round()
    solved = [one for one, number in unknown.items() if is_solved[number]]

    def tells(one: Any) -> bool:
        value = int(solution[unknown[one]])
        size = outside.get(one) if isinstance(one, _Line) else sizes.get(one[:2])
        return is_small(value) or (value > 0 and one in silent) or (size is not None and is_small(size - value))

    if not any(map(tells, solved)):
        return None
    # what was withheld for nothing, else what is told
    of = [one for one in solved if one in hidden] or [one for one in solved if tells(one)]
    near = {cell for line in of_equation for one in of if one in (line, line.whole, *line.parts) for cell in line.parts}
    shown = [cell for line in lines for cell in line.parts if cell not in hidden and numbers[cell][0]]
    candidates = [cell for cell in shown if cell in near] or shown
    return min(candidates, key=lambda c: (c[0] is None, c[1] is None, numbers[c][0] or 0, str(c)), default=None)


def _round_down(row: Row, result: Result) -> None:
    """All but 1 to 4 of a group are told as all but 4."""
    rest = result.rest(row)
    if rest is not None and is_small(rest):
        row[result.count] = row[result.of] - (MINIMUM_GROUP - 1)
        row[result.share] = round(row[result.count] / row[result.of], 3)
