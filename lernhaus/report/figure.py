"""What a page of the report is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lernhaus.report.texts import Texts

Match = Literal["level", "subset"]


LEVEL: Mapping[str, Match] = {"course": "level", "course_run": "level"}
SUBSET: Mapping[str, Match] = {"course": "subset", "course_run": "subset"}


@dataclass(frozen=True)
class Summary:
    """How a figure is put into words: ``value`` at the columns ``at``, for each ``by``.

    ``range`` tells least, greatest and last value of each series; ``list`` tells each row.
    """

    value: str
    at: tuple[str, ...]
    by: str | None = None
    kind: Literal["range", "list"] = "range"


@dataclass(frozen=True)
class Figure:
    """A picture with its query, ``queries/<query>.sql``, by default of the same name as the figure and its texts.

    ``chart`` returns a Vega-Lite specification without data, whose fields are the columns of the query; none where the
    table says it best. ``filters`` says which rows a choice of the reader leaves, by column: ``level`` those with
    exactly the chosen value (null where nothing is chosen: the query has rows of its own for the whole), ``subset``
    those with the chosen value, or all. ``controls`` are columns whose values the reader chooses at the figure, with
    the value chosen first (``first``, ``last`` and ``middle`` by place; the middle where a value is absent).
    """

    name: str
    chart: Callable[[Texts], dict[str, Any]] | None
    summary: Summary
    filters: Mapping[str, Match] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    @property
    def query_name(self) -> str:
        """The name of the file of its query."""
        return self.query or self.name


@dataclass(frozen=True)
class Page:
    """A page of the report; ``tiles`` names a query of one row whose values stand on top."""

    name: str
    figures: tuple[Figure, ...]
    tiles: str | None = None
