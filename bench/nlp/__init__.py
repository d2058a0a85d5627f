"""Evaluations of the text features against published data with human judgements, and what computing them takes.

An evaluation is a module of this package with a function ``evaluate(data: Path) -> list[Figure]``, named in
``EVALUATIONS``. ``data`` is the folder of real data; a file that an evaluation needs is asked for with ``data_file``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# in the order of the table
EVALUATIONS = (
    "sentiment",
    "readability",
    "language",
    "urgency",
    "duplicates",
    "throughput",
    "build",
)


class DataMissing(Exception):
    """The evaluation cannot be done for want of a file; the message names it."""


def data_file(data: Path, name: str) -> Path:
    """Return the path of a file in the folder of real data; raises ``DataMissing`` where it is absent."""
    path = data / name
    if not path.is_file():
        raise DataMissing(f"there is no {path}")
    return path


@dataclass(frozen=True)
class Figure:
    """One number that an evaluation has found, with the bounds that it is to keep, if it has any.

    ``digits`` is the number of decimals that it is given with.
    """

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    note: str = ""
    digits: int = 3

    @property
    def goal(self) -> str:
        """The bounds in words; empty where there are none."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    @property
    def is_met(self) -> bool:
        """Whether the value, as it is given, keeps its bounds."""
        value = round(self.value, self.digits)
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)
