"""The published tables as files for tools that do not read DuckDB: Parquet, or CSV for spreadsheets."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from lernhaus.publish.publish import literal, quoted, tables_of

FORMATS = ("parquet", "csv")
# text that a spreadsheet would take for a formula, full-width signs too; OWASP, CSV injection
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def export(published: Path, out: Path, *, format: str = "parquet") -> list[Path]:
    """Write each table of a published file to a folder of its name in ``out``; return the folders.

    Facts are partitioned by the calendar year of their first date column, ``year=<year>/``; where there is no row, the
    columns are in a file of no year. All else is one file. In CSV, text that begins with one of ``= + - @``, in full
    width too, a tab or an end of line gets an apostrophe before it, so that no spreadsheet takes it for a formula;
    lists are written as DuckDB shows them.

    The files are written to a hidden folder and moved when complete: a new ``out`` has all or none. One that is
    there, or that a link points to, is filled, table by table.

    Raises ``FileNotFoundError`` where ``published`` is missing, ``FileExistsError`` where ``out`` is not empty,
    ``ValueError`` for another format.
    """
    if format not in FORMATS:
        raise ValueError(f"a format is one of {', '.join(FORMATS)}, not {format}")
    if not published.is_file():
        raise FileNotFoundError(f"{published} is not there: run `lernhaus build` first")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: name another folder")
    out = out.resolve()
    into_present = out.exists()  # it may be a volume, or where somebody works: it stays the folder that it is
    aside = out / f".{os.getpid()}" if into_present else out.with_name(f".{out.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)  # left by a process of the same id that was killed
    aside.mkdir(parents=True)
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            catalog = connection.execute("select current_database()").fetchall()[0][0]
            tables = tables_of(connection, catalog)
            for table in tables:
                _export_table(connection, table, aside / table, format)
        if into_present:
            for table in tables:
                (aside / table).rename(out / table)
        else:
            aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [out / table for table in tables]


def _export_table(connection: duckdb.DuckDBPyConnection, table: str, folder: Path, format: str) -> None:
    columns = connection.execute(f"describe {quoted(table)}").fetchall()
    selected = [_cell(name, kind) if format == "csv" else quoted(name) for name, kind, *_ in columns]
    dates = [name for name, kind, *_ in columns if kind == "DATE"]
    options = f"format {format}" + (", header" if format == "csv" else ", compression zstd")
    if table.startswith("fct_") and dates:
        year = f"year({quoted(dates[0])}) as year"
        query = f"select {', '.join(selected)}, {year} from {quoted(table)}"
        connection.execute(f"copy ({query}) to {literal(str(folder))} ({options}, partition_by (year))")
        if not folder.is_dir() or not any(folder.iterdir()):  # DuckDB writes no file for no row
            no_year = folder / "year=__HIVE_DEFAULT_PARTITION__"
            no_year.mkdir(parents=True)
            _copy(connection, table, selected, no_year / f"data_0.{format}", options)
    else:
        folder.mkdir()
        _copy(connection, table, selected, folder / f"{table}.{format}", options)


def _copy(connection: duckdb.DuckDBPyConnection, table: str, selected: list[str], file: Path, options: str) -> None:
    query = f"select {', '.join(selected)} from {quoted(table)}"
    connection.execute(f"copy ({query}) to {literal(str(file))} ({options})")


def _cell(name: str, kind: str) -> str:
    column = quoted(name)
    if not kind.startswith(("VARCHAR", "ENUM", "JSON")) or kind.endswith("]"):
        return column if "[" not in kind else f"cast({column} as varchar) as {column}"
    text = f"cast({column} as varchar)"
    return f"case when regexp_matches({text}, {literal(_FORMULA)}) then '''' || {text} else {text} end as {column}"
