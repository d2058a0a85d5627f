"""Faults of delivery and the record of planted faults."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

LATE_SHARE = 0.004
REDELIVERED_SHARE = 0.004
LATE_DAYS = (8, 36)  # from, below: a late event misses its week's file
REDELIVERED_DAYS = (7, 22)


class Fault(TypedDict):
    """Where a fault was planted: file below the extracts folder, 1-based line, statement id if it has one."""

    kind: str
    file: str
    line: int
    statement: str | None


def delays(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days until ``count`` events are delivered, and until they are delivered again; 0 for at once and for never."""
    chance = rng.random(count)
    late = np.where(chance < LATE_SHARE, rng.integers(*LATE_DAYS, count), 0)
    again = np.where(chance >= 1 - REDELIVERED_SHARE, rng.integers(*REDELIVERED_DAYS, count), 0)
    return late, again
