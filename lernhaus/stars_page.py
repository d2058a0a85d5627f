"""The stars as one page beside the data dictionary, without any script: ``python -m lernhaus.stars_page site``."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from lernhaus.stars import Column, Table, matrix, tables

# pixels
LEFT, CENTRE, RIGHT = 1, 380, 759
WIDTH, HEAD, ROW, GAP = 320, 26, 18, 24


@dataclass(frozen=True)
class Row:
    """A column in a box, with the base line of its text."""

    name: str
    data_type: str
    is_key: bool
    y: int


@dataclass(frozen=True)
class Box:
    """A table as it is drawn; ``kind`` is the prefix of its name (fct, dim, bridge)."""

    name: str
    x: int
    y: int
    rows: tuple[Row, ...]
    width: int = WIDTH

    @property
    def kind(self) -> str:
        return self.name.partition("_")[0]

    @property
    def height(self) -> int:
        return _height(len(self.rows))

    def middle(self, column: str) -> int:
        """The height of the middle of a column's row."""
        return next(row.y for row in self.rows if row.name == column) - 4


@dataclass(frozen=True)
class Line:
    """A declared relationship as it is drawn."""

    column: str
    to: str
    field: str
    is_optional: bool
    path: str


@dataclass(frozen=True)
class Star:
    """A fact or bridge with its neighbours."""

    name: str
    description: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def height(self) -> int:
        return max(box.y + box.height for box in self.boxes) + 1


def _height(rows: int) -> int:
    return HEAD + rows * ROW + 8


def _box(name: str, columns: tuple[Column, ...], keys: set[str], x: int, y: int) -> Box:
    first = y + HEAD + ROW - 2
    rows = (Row(c.name, c.data_type, c.name in keys, first + place * ROW) for place, c in enumerate(columns))
    return Box(name, x, y, tuple(rows))


def star(centre: Table, others: list[Table]) -> Star:
    """Return the picture of a table: it in the middle, those that it has keys of on both sides, in balance.

    A fact among the others, which has a picture of its own, is shown with its key alone, as is the table itself where
    it has a key of its own kind.
    """
    known = {table.name: table for table in others}
    heights = {LEFT: 0, RIGHT: 0}
    neighbours: dict[str, Box] = {}
    for key in centre.columns:
        if not key.to or key.to in neighbours:
            continue
        table = known[key.to]
        columns = tuple(c for c in table.columns if not table.fact_type or c.name == key.field)
        side = min(heights, key=lambda x: heights[x])
        neighbours[key.to] = _box(key.to, columns, {key.field}, side, heights[side])
        heights[side] += _height(len(columns)) + GAP
    free = max(0, *(height - GAP for height in heights.values())) - _height(len(centre.columns))
    middle = _box(centre.name, centre.columns, set(centre.key), CENTRE, max(0, free // 2))
    lines = tuple(
        Line(c.name, c.to, c.field, c.is_nullable, _path(neighbours[c.to], c.field, middle, c.name))
        for c in centre.columns
        if c.to
    )
    return Star(centre.name, centre.description, (middle, *neighbours.values()), lines)


def _path(neighbour: Box, field: str, centre: Box, column: str) -> str:
    """A curve from the key of a neighbour to the column of the table in the middle."""
    is_left = neighbour.x < centre.x
    begin, end = (neighbour.x + WIDTH, centre.x) if is_left else (neighbour.x, centre.x + WIDTH)
    half = (begin + end) // 2
    top, bottom = neighbour.middle(field), centre.middle(column)
    return f"M {begin} {top} C {half} {top} {half} {bottom} {end} {bottom}"


def _prose(text: str) -> Markup:
    """A description as HTML: what stands between back quotes is code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def page(project: Path) -> str:
    """Return the page of all facts and bridges of the project."""
    facts, dimensions, bridges = (tables(project, kind) for kind in ("facts", "dimensions", "bridges"))
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["prose"] = _prose
    return environment.from_string((files("lernhaus") / "stars.html.jinja").read_text("utf-8")).render(
        matrix=matrix(facts, dimensions),
        stars=[star(centre, [*dimensions, *facts]) for centre in (*facts, *bridges)],
    )


if __name__ == "__main__":
    Path(sys.argv[1], "stars.html").write_text(page(Path.cwd()), encoding="utf-8")
