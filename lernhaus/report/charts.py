"""What the charts have in common.

Colours stand in the style sheet alone: a chart names them as ``var(--name)``, and the page puts them in, for a light or
a dark screen. Fields are columns of the query; categories are the labels in the language of the page.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.texts import Texts

HEIGHT = 280
MILLISECONDS_PER_DAY = 86_400_000
COUNT, SHARE, NUMBER = ",.0f", ".0%", ",.1f"


def chart(texts: Texts, **properties: Any) -> alt.Chart:
    """A chart of the rows of its figure; the page makes it as wide as it is."""
    return alt.Chart(alt.NamedData("rows"), **({"height": HEIGHT} | properties))


def spec(
    made: Any, *, legend: bool = False, drill: bool = False, step: tuple[str, int] | None = None
) -> dict[str, Any]:
    """The Vega-Lite specification; the page adds data, colours and fonts, and a ``legend`` of the scale of colours.

    With ``drill`` a click on a mark chooses its course or run for the whole page. ``step`` is a column and the
    height of each of its values, in pixels, for charts that grow with their rows.
    """
    specification: dict[str, Any] = made.to_dict()
    specification["usermeta"] = {"legend": legend, "drill": drill}
    if step:
        specification["usermeta"]["step"] = {"column": step[0], "step": step[1]}
    for part in ("config", "$schema", "datasets"):
        specification.pop(part, None)
    return specification


def colours(texts: Texts, column: str, names: list[str], **options: Any) -> alt.Color:
    """A colour for each labelled value of a column, in their order."""
    scale = alt.Scale(domain=texts.values(column), range=[f"var(--{name})" for name in names])
    return alt.Color(f"{column}:N", title=None, scale=scale, sort=texts.values(column), legend=None, **options)


def place_of(texts: Texts, column: str) -> str:
    """The expression for the place of a row's label among the labels of a column, to sort by."""
    return f"indexof({texts.values(column)}, datum.{column})"


def tooltips(texts: Texts, **formats: str | None) -> list[alt.Tooltip]:
    """What is told of a mark: columns with their format (none for texts; ``day`` and ``month`` for dates)."""
    told = []
    for name, form in formats.items():
        title = texts.column(name)
        if form is None:
            told.append(alt.Tooltip(f"{name}:N", title=title))
        elif form in ("day", "month"):
            told.append(alt.Tooltip(f"{name}:T", title=title, format=texts("formats", form)))
        else:
            told.append(alt.Tooltip(f"{name}:Q", title=title, format=form))
    return told
