"""The stars as pictures and as a bus matrix, made from what the models declare in their YAML.

``python -m lernhaus.stars`` writes ``docs/stars.md`` and the bus matrix between the markers of the pages that show it;
``--check`` writes nothing and returns 1 where a page says something else than the models.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lernhaus import marked

CORE = Path("models") / "marts" / "core"
STARS_PAGE = Path("docs") / "stars.md"
PAGES_WITH_MATRIX = (Path("README.md"), Path("models") / "docs" / "overview.md")
# comments that the reader of dbt docs does not show, as it does those of HTML
BEGIN, END = "[//]: # (bus matrix, made by make stars)", "[//]: # (end of bus matrix)"
# conventional order of the columns of the matrix; other dimensions follow by name
ORDER = ("dim_date", "dim_learner", "dim_learner_version", "dim_course_run", "dim_activity", "dim_assessment")
YES = "●"


@dataclass(frozen=True)
class Column:
    """A column of a table; ``to`` and ``field`` name the column of a table that it is a key of, where declared."""

    name: str
    data_type: str
    is_nullable: bool
    to: str = ""
    field: str = ""

    @property
    def role(self) -> str:
        """What the key stands for: ``due_date_key`` is in the role ``due`` of ``date_key``."""
        return self.name.removesuffix(self.field).strip("_").replace("_", " ")


@dataclass(frozen=True)
class Table:
    """A fact, dimension or bridge as its YAML declares it; ``key`` is the columns of its grain."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    grain: str = ""
    fact_type: str = ""


def _tests(node: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield the arguments of the tests of this name on a model or column."""
    for test in node.get("data_tests", ()):
        if isinstance(test, dict) and name in test:
            yield test[name]["arguments"]


def _referred(reference: str) -> str:
    """Return the model of a ``ref('…')``."""
    return reference.split("'")[1]


def _column(column: dict[str, Any]) -> Column:
    is_nullable = {"type": "not_null"} not in column.get("constraints", ())
    plain = Column(column["name"], column["data_type"], is_nullable)
    for found in _tests(column, "relationships"):
        return replace(plain, to=_referred(found["to"]), field=found["field"])
    return plain


def _table(model: dict[str, Any]) -> Table:
    meta = model.get("config", {}).get("meta", {})
    return Table(
        name=model["name"],
        description=" ".join(model["description"].split()),
        key=tuple(next(iter(_tests(model, "grain")))["columns"]),
        columns=tuple(_column(column) for column in model["columns"]),
        grain=meta.get("grain", ""),
        fact_type=meta.get("fact_type", ""),
    )


def tables(project: Path, kind: str) -> list[Table]:
    """Return the tables of ``kind`` (facts, dimensions or bridges) by name, from their YAML below ``project``."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((project / CORE / kind).glob("*.yml"))]
    return [_table(model) for document in documents for model in document["models"]]


@dataclass(frozen=True)
class Matrix:
    """The bus matrix: a row per fact, a column per dimension that a fact has a key of.

    ``dimensions`` are their names in plain words. A row has a cell for each: the roles in which the fact knows the
    dimension, or a dot for the one that needs no name.
    """

    dimensions: tuple[str, ...]
    rows: tuple[tuple[Table, tuple[str, ...]], ...]


def matrix(facts: list[Table], dimensions: list[Table]) -> Matrix:
    """Return the bus matrix of the facts."""
    known = {dimension.name for dimension in dimensions}
    used = {column.to for fact in facts for column in fact.columns} & known
    names = [name for name in ORDER if name in used] + sorted(used - set(ORDER))
    rows = tuple(
        (fact, tuple(", ".join(c.role or YES for c in fact.columns if c.to == name) for name in names))
        for fact in facts
    )
    return Matrix(tuple(name.removeprefix("dim_").replace("_", " ") for name in names), rows)


def bus_matrix(facts: list[Table], dimensions: list[Table]) -> str:
    """Return the bus matrix as a Markdown table; the grain stands with the fact, so that dbt docs has room for all."""
    made = matrix(facts, dimensions)
    lines = [f"| fact: one row per | {' | '.join(made.dimensions)} |", "|---" * (1 + len(made.dimensions)) + "|"]
    for fact, cells in made.rows:
        row = [f"`{fact.name}`: {fact.grain} ({fact.fact_type})", *cells]
        lines.append("|" + "".join(f" {cell} |".replace("  ", " ") for cell in row))
    return "\n".join(lines)


def _line(table: Table, column: Column) -> str:
    # many rows of the table belong to one member of the other, or to none where the key may be null
    one = "|o" if column.is_nullable else "||"
    return f'    {column.to} {one}--o{{ {table.name} : "{column.name}"'


def _entity(table: Table, key: tuple[str, ...], columns: tuple[Column, ...]) -> Iterator[str]:
    yield f"    {table.name} {{"
    for column in columns:
        marks = [mark for mark, holds in (("PK", column.name in key), ("FK", column.to)) if holds]
        yield f"        {column.data_type} {column.name} {', '.join(marks)}".rstrip()
    yield "    }"


def diagram(centre: Table, others: list[Table]) -> str:
    """Return the entity relationship diagram of a table and of those among the others that it has keys of.

    A fact among the others, which has a diagram of its own, is shown with its key alone. Every line is one declared
    relationship, named by the key; where that may be null, the line begins with a ring.
    """
    fields = {column.to: column.field for column in centre.columns if column.to and column.to != centre.name}
    shown = [table for table in others if table.name in fields]
    lines = ["erDiagram", *(_line(centre, column) for column in centre.columns if column.to)]
    lines += _entity(centre, centre.key, centre.columns)
    for table in shown:
        key = (fields[table.name],)
        is_dimension = not table.fact_type
        lines += _entity(table, key, tuple(c for c in table.columns if is_dimension or c.name in key))
    return "\n".join(lines)


def page(project: Path) -> str:
    """Return ``docs/stars.md``: the bus matrix and a diagram for each fact and bridge."""
    facts, dimensions, bridges = (tables(project, kind) for kind in ("facts", "dimensions", "bridges"))
    parts = [
        "<!-- Written by `make stars` from the YAML of the models: edit those. -->",
        "# The stars",
        "What joins to what, as the models declare it and as every build tests it. Each line is a key column that has "
        "a relationship test; its name stands on the line. In the table whose picture it is, `PK` marks the grain; "
        "in the others, the key that the line leads to. `FK` marks every key of another table.",
        "Every dimension has an unknown member with key -1, so an inner join loses no row. `enrollment_key` leads from "
        "each fact to `fct_enrollment`, and through it from one fact to another.",
        "## Bus matrix",
        bus_matrix(facts, dimensions),
    ]
    for heading, centres in (("Facts", facts), ("Bridges", bridges)):
        parts.append(f"## {heading}")
        for centre in centres:
            parts += [
                f"### {centre.name}",
                centre.description,
                f"```mermaid\n{diagram(centre, [*dimensions, *facts])}\n```",
            ]
    onward = [_line(dimension, column) for dimension in dimensions for column in dimension.columns if column.to]
    parts += [
        "## Dimensions that lead on",
        "A dimension may have a key of another one, so that both are reached from a fact in two joins.",
        "```mermaid\n" + "\n".join(["erDiagram", *onward]) + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def pages(project: Path) -> dict[Path, str]:
    """Return what the pages of ``project`` should say, by path relative to it."""
    table = bus_matrix(tables(project, "facts"), tables(project, "dimensions"))
    made = {path: marked.insert((project / path).read_text("utf-8"), BEGIN, END, table) for path in PAGES_WITH_MATRIX}
    return {STARS_PAGE: page(project), **made}


def stale(project: Path) -> list[Path]:
    """Return the pages that say something else than the models."""
    return [
        path
        for path, text in pages(project).items()
        if not (project / path).is_file() or (project / path).read_text("utf-8") != text
    ]


def main(arguments: list[str], say: Callable[[str], None] = print) -> int:
    """Write the pages of the project in the working directory, or with ``--check`` name those that are stale."""
    project = Path.cwd()
    found = stale(project)
    if arguments == ["--check"]:
        for path in found:
            say(f"{path} does not show the models as they are: run `make stars`")
        return int(bool(found))
    for path, text in pages(project).items():
        (project / path).write_text(text, encoding="utf-8")
    say(f"Stars: {', '.join(map(str, found)) or 'all pages'} {'written' if found else 'were up to date'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
