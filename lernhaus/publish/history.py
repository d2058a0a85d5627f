"""What became of each build: a file of JSON lines that only grows."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lernhaus.publish.publish import state_folder

BUILDING, PUBLISHED, FAILED, KILLED, ROLLED_BACK = "building", "published", "failed", "killed", "rolled back"


@dataclass(frozen=True)
class Build:
    """One build, or one return to an earlier one.

    Times are UTC, ISO 8601. ``outcome`` is published, failed, killed (it never said how it ended), building or rolled
    back; ``problem`` says why a build failed, or to which build was returned. ``code_commit`` is the commit of the
    project folder, with ``+`` behind it where files differed from it, and null outside of a repository;
    ``extracts_hash`` is one hash of the names and hashes of all extract files. ``erasure_count`` learners had been
    erased, and ``erasure_hash`` is one hash of who (null: nobody).
    """

    build_id: str
    started_at: str
    outcome: str = BUILDING
    finished_at: str | None = None
    problem: str | None = None
    code_commit: str | None = None
    lernhaus_version: str | None = None
    dbt_version: str | None = None
    duckdb_version: str | None = None
    extracts_hash: str | None = None
    source_file_count: int | None = None
    table_count: int | None = None
    row_count: int | None = None
    test_count: int | None = None
    erasure_count: int | None = None
    erasure_hash: str | None = None


class History:
    """The builds of a published file, oldest first; a build is written when it begins, and again when it ends."""

    def __init__(self, published: Path) -> None:
        self.path = state_folder(published) / "builds.jsonl"

    def write(self, build: Build) -> None:
        """Add what is known of a build, through to the disk, in one line at once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            # a process that was killed, or a full disk, may have left half a line
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if torn else b"") + json.dumps(asdict(build)).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def builds(self, *, running: bool = False) -> list[Build]:
        """All builds. One without an end was killed, but for the last one where a build is ``running``."""
        known: dict[str, Build] = {}
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []
        for line in lines:
            if (record := _record(line)) is not None:
                known[record.build_id] = record
        builds = list(known.values())
        return [
            Build(**{**asdict(build), "outcome": KILLED})
            if build.outcome == BUILDING and not (running and build is builds[-1])
            else build
            for build in builds
        ]


def _record(line: str) -> Build | None:
    """The build in a line; none where the line was cut off."""
    try:
        values: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    known = {field.name for field in fields(Build)}
    return Build(**{name: value for name, value in values.items() if name in known})
