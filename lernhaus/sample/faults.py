"""The record of a planted fault."""

from __future__ import annotations

from typing import TypedDict


class Fault(TypedDict):
    """Where a fault was planted: file below the extracts folder, 1-based line, statement id if it has one."""

    kind: str
    file: str
    line: int
    statement: str | None
