"""From a published file to a folder of pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import duckdb
import jinja2
import vl_convert

from lernhaus import __version__
from lernhaus.report.data import Column, OtherVersionError, Table, fetch, missing_tables, query_text, tables_read
from lernhaus.report.figure import Figure, Page
from lernhaus.report.pages import PAGES
from lernhaus.report.texts import LANGUAGES, Texts
from lernhaus.report.withhold import as_shown

LOCALES: dict[str, Literal["en-GB", "de-DE"]] = {"en": "en-GB", "de": "de-DE"}
# how a chart writes the sign, which the locales of Vega do not say
PERCENT: dict[str, dict[str, Any]] = {"en": {}, "de": {"percent": "\u00a0%"}}
_MARK = ".lernhaus-report"  # a folder with this file is ours to write over


@dataclass(frozen=True)
class Report:
    """What was written: the pages, their number of charts with data, and the figures that had none."""

    pages: list[Path]
    figure_count: int
    without_data: list[str]


def make_report(database: Path, out: Path, languages: Sequence[str] = LANGUAGES) -> Report:
    """Write the report on a published file into a folder; the first language is at its top, others in folders below.

    Raises ``FileNotFoundError`` where the file is not there, ``FileExistsError`` where the folder holds something else
    than an earlier report, and ``OtherVersionError`` where the file holds no warehouse, or one of another version.
    """
    if not database.is_file():
        raise FileNotFoundError(f"{database} is not there: run `lernhaus build` first")
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise FileExistsError(f"{out} holds something else than a report: name another folder")
    written: list[Path] = []
    with duckdb.connect(str(database), read_only=True) as connection:
        content = _Content(connection)
        if not content.is_warehouse():
            raise OtherVersionError("it holds none of the tables of a warehouse")
        with _fresh_folder(out) as folder:
            _write_assets(folder / "assets")
            for language in languages:
                place = folder if language == languages[0] else folder / language
                place.mkdir(exist_ok=True)
                for name, html in _pages(content, language, languages):
                    (place / f"{name}.html").write_text(html, encoding="utf-8")
                    written.append(out / place.relative_to(folder) / f"{name}.html")
        figures = [figure for page in PAGES for figure in page.figures]
        without = [figure.name for figure in figures if content.reason(figure) is not None]
    return Report(written, len(figures) - len(without), without)


@contextmanager
def _fresh_folder(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``out`` once everything is in it."""
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh)
        raise
    (fresh / _MARK).touch()
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)


def _write_assets(folder: Path) -> None:
    folder.mkdir()
    (folder / "vega.js").write_text(_vega(), encoding="utf-8")
    with as_file(files(__package__) / "assets") as assets:
        for asset in sorted(assets.iterdir()):
            shutil.copy(asset, folder / asset.name)


@cache
def _vega() -> str:
    """One script with Vega, Vega-Lite and vega-embed, out of the package: nothing is loaded from anywhere."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


class _Content:
    """The results of the queries, each parsed and run once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._made: dict[str, Table] = {}
        self._tables: dict[str, Table] = {}
        self._missing: dict[str, list[str]] = {}

    def is_warehouse(self) -> bool:
        """Whether the file holds any table that a figure reads."""
        names = {figure.query_name for page in PAGES for figure in page.figures}
        return any(tables_read(self._connection, query_text(name)) - set(self.missing(name)) for name in names)

    def missing(self, name: str) -> list[str]:
        """The tables that a query reads and the file does not hold."""
        if name not in self._missing:
            self._missing[name] = missing_tables(self._connection, query_text(name))
        return self._missing[name]

    def table(self, name: str) -> Table:
        """The result of a query as the pages show it."""
        if name not in self._tables:
            self._tables[name] = as_shown(name, self._fetched)
        return self._tables[name]

    def _fetched(self, name: str) -> Table:
        if name not in self._made:
            self._made[name] = fetch(self._connection, query_text(name))
        return self._made[name]

    def reason(self, figure: Figure) -> str | None:
        """Why a figure cannot be drawn: ``missing`` tables, or ``empty``; none where it can."""
        if self.missing(figure.query_name):
            return "missing"
        return None if self.table(figure.query_name).row_count else "empty"


def _pages(content: _Content, language: str, languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    texts = Texts(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lernhaus.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    common = {
        "t": texts,
        "pages": PAGES,
        "root": "" if language == languages[0] else "../",
        "version": __version__,
        "facts": _facts(content, texts),
    }
    for page in [None, *PAGES]:
        name = page.name if page else "index"
        template = environment.get_template("page.html" if page else "index.html")
        alternatives = [(other, _href(name, language, other, languages[0])) for other in languages if other != language]
        shown = _shown(content, page, texts) if page else {"tiles": _tiles(content, "index", texts)}
        yield name, template.render(common | {"page": page, "name": name, "alternatives": alternatives} | shown)


def _href(name: str, language: str, other: str, first: str) -> str:
    up = "" if language == first else "../"
    return f"{up}{'' if other == first else other + '/'}{name}.html"


def _shown(content: _Content, page: Page, texts: Texts) -> dict[str, Any]:
    """What the template of a page needs, with all data of the page as one JSON text."""
    figures, data, results = [], {}, {}
    for figure in page.figures:
        reason = content.reason(figure)
        figures.append(
            {
                "name": figure.name,
                "has_chart": figure.chart is not None,
                "query": query_text(figure.query_name),
                "missing": ", ".join(content.missing(figure.query_name)),
                "reason": reason and texts.absence(figure.name, reason),
            }
        )
        if reason is None:
            data[figure.name] = _figure_data(figure, texts)
            # figures of one query share its result
            columns = content.table(figure.query_name).columns
            results[figure.query_name] = [_encoded(column, texts) for column in columns]
    scopes = {column for figure in page.figures if figure.name in data for column in figure.filters}
    settings = {
        "language": LOCALES[texts.language],
        "number_locale": vl_convert.get_format_locale(LOCALES[texts.language]) | PERCENT[texts.language],
        "time_locale": vl_convert.get_time_format_locale(LOCALES[texts.language]),
        "texts": texts.section("script"),
        "scopes": _scopes(content) if scopes else [],
        "results": results,
        "figures": data,
    }
    return {
        "figures": figures,
        "has_filters": bool(scopes),
        "tiles": _tiles(content, page.tiles, texts) if page.tiles else [],
        "data": _json(settings),
    }


def _scopes(content: _Content) -> list[list[str]]:
    table = content.table("scopes")
    return [list(row) for row in zip(*(column.values for column in table.columns), strict=True)]


def _figure_data(figure: Figure, texts: Texts) -> dict[str, Any]:
    return {
        "spec": figure.chart(texts) if figure.chart else None,
        "result": figure.query_name,
        "filters": figure.filters,
        "controls": figure.controls,
        "summary": figure.summary.__dict__,
        "title": texts("figures", figure.name, "title"),
    }


def _encoded(column: Column, texts: Texts) -> dict[str, Any]:
    """A column for the page: values that repeat are written once and referred to by number."""
    labelled = [
        texts.value(column.name, value) if column.kind == "text" and value is not None else value
        for value in column.values
    ]
    encoded: dict[str, Any] = {"name": column.name, "label": texts.column(column.name), "kind": column.kind}
    if column.kind in ("text", "date", "month"):
        distinct = list(dict.fromkeys(labelled))
        places = {value: place for place, value in enumerate(distinct)}
        return encoded | {"distinct": distinct, "places": [places[value] for value in labelled]}
    return encoded | {"values": labelled}


def _tiles(content: _Content, name: str, texts: Texts) -> list[dict[str, str]]:
    query = f"{name}_tiles"
    if content.missing(query):
        return []
    columns = content.table(query).columns
    if not any(value for column in columns for value in column.values):
        return []
    return [
        {"label": texts.column(column.name), "value": told(column.kind, column.values[0], texts)} for column in columns
    ]


def _facts(content: _Content, texts: Texts) -> str:
    """The sentence at the foot of each page: how far the data go."""
    if content.missing("latest"):
        return ""
    (latest,) = content.table("latest").columns[0].values
    return texts("site", "latest").format(date=told("date", latest, texts)) if latest else ""


def told(kind: str, value: Any, texts: Texts) -> str:
    """A value as it is written in a language."""
    if value is None:
        return texts("script", "withheld")
    if kind == "date":
        day = date.fromisoformat(value[:10])
        return f"{day.day} {day:%b %Y}" if texts.language == "en" else f"{day:%d.%m.%Y}"
    if kind == "text":
        return str(value)
    number = f"{value:,.0f}" if kind == "count" else f"{100 * value:,.0f}" if kind == "share" else f"{value:,.1f}"
    if texts.language == "de":
        number = number.translate(str.maketrans(",.", ".,"))
    return number + (" %" if kind == "share" and texts.language == "de" else "%" if kind == "share" else "")


def _json(value: object) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
