"""What is published, how fresh it is, and how the last builds ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lernhaus.publish.build import NOBODY, build_of, kept, latest_activity
from lernhaus.publish.erasures import Erasures
from lernhaus.publish.facts import SourceFreshness, sources_of
from lernhaus.publish.history import Build, History
from lernhaus.publish.publish import summarize

_LAST_BUILDS = 5


@dataclass(frozen=True)
class Status:
    """The published file (``build`` is null where there is none), its sources, the last builds, newest first, and the
    builds whose files are kept. ``erasures_pending``: others are to be erased than in the published file."""

    published: Path
    build: Build | None
    byte_count: int
    table_count: int
    row_count: int
    latest_activity_date: date | None
    sources: list[SourceFreshness]
    builds: list[Build]
    kept_builds: list[str]
    erasure_count: int
    erasures_pending: bool


def status_of(published: Path, erasures: Erasures = NOBODY) -> Status:
    """Return what there is to know of a published file and its builds; it may be absent."""
    build = build_of(published) if published.is_file() else None
    tables = summarize(published) if published.is_file() else []
    names = {table.name for table in tables}
    return Status(
        published=published,
        build=build,
        byte_count=published.stat().st_size if tables else 0,
        table_count=len(tables),
        row_count=sum(table.rows for table in tables),
        latest_activity_date=latest_activity(published) if "fct_enrollment" in names else None,
        sources=sources_of(published) if tables else [],
        builds=History(published).builds()[: -_LAST_BUILDS - 1 : -1],
        kept_builds=[file.stem for file in kept(published)],
        erasure_count=len(erasures),
        erasures_pending=build is not None and build.erasure_hash != erasures.fingerprint,
    )
