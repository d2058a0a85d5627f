"""What is published, how fresh it is, and how the last builds ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from lernhaus.publish.build import build_of, kept, latest_activity
from lernhaus.publish.history import Build, History
from lernhaus.publish.publish import summarize

_LAST_BUILDS = 5


@dataclass(frozen=True)
class SourceFreshness:
    """A source system in the published file: its extract files, and when the last of them was loaded (UTC)."""

    source_system: str
    file_count: int
    loaded_at: datetime


@dataclass(frozen=True)
class Status:
    """The published file (``build`` is null where there is none), its sources, the last builds, newest first, and the
    builds whose files are kept."""

    published: Path
    build: Build | None
    byte_count: int
    table_count: int
    row_count: int
    latest_activity_date: date | None
    sources: list[SourceFreshness]
    builds: list[Build]
    kept_builds: list[str]


def status_of(published: Path) -> Status:
    """Return what there is to know of a published file and its builds; it may be absent."""
    tables = summarize(published) if published.is_file() else []
    names = {table.name for table in tables}
    return Status(
        published=published,
        build=build_of(published) if tables else None,
        byte_count=published.stat().st_size if tables else 0,
        table_count=len(tables),
        row_count=sum(table.rows for table in tables),
        latest_activity_date=latest_activity(published) if "fct_enrollment" in names else None,
        sources=_sources(published) if "meta_source_file" in names else [],
        builds=History(published).builds()[: -_LAST_BUILDS - 1 : -1],
        kept_builds=[file.stem for file in kept(published)],
    )


def _sources(published: Path) -> list[SourceFreshness]:
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            "select source_system, count(*), max(loaded_at) from meta_source_file group by all order by all"
        ).fetchall()
    return [SourceFreshness(*row) for row in rows]
