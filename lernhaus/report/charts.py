"""What the charts have in common.

Colours stand in the style sheet alone: a chart names them as ``var(--name)``, and the page puts them in, for a light or
a dark screen. Fields are columns of the query; categories are the labels in the language of the page.
"""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

from lernhaus.report.texts import Texts

HEIGHT = 280
MILLISECONDS_PER_DAY = 86_400_000
COUNT, SHARE, DECIMAL = ",.0f", ".0%", ",.1f"


def chart(texts: Texts, **properties: Any) -> alt.Chart:
    """A chart of the rows of its figure; the page makes it as wide as it is."""
    return alt.Chart(alt.NamedData("rows"), **({"height": HEIGHT} | properties))


def spec(
    made: Any,
    *,
    legend: bool = False,
    drill: bool = False,
    step: tuple[str, int] | None = None,
    lists: bool = False,
) -> dict[str, Any]:
    """The Vega-Lite specification; the page adds data, colours and fonts, and a ``legend`` of the scale of colours.

    With ``drill`` a click on a mark chooses its course or run for the whole page. ``step`` is a column and the
    height of each of its values, in pixels, for charts that grow with their rows. Names that are ``lists`` of words
    have a line for each on a narrow page.
    """
    specification: dict[str, Any] = made.to_dict()
    specification["usermeta"] = {"legend": legend, "drill": drill, "lists": lists}
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


def week_axis(texts: Texts, field: str = "week_from") -> alt.X:
    """Course weeks from left to right, at their true distance."""
    axis = alt.Axis(format="d", grid=False, tickMinStep=1)
    return alt.X(f"{field}:Q", title=texts("axes", "course_week"), axis=axis, scale=alt.Scale(nice=False, zero=False))


def _weeks(made: alt.Chart, width: float) -> alt.Chart:
    """The chart with the columns ``week_from`` and ``week_to`` around the middle of each course week."""
    return made.transform_calculate(
        week_from=f"datum.course_week - {width / 2}", week_to=f"datum.course_week + {width / 2}"
    )


def share_heat(texts: Texts, rows: str, share: str, tooltip: list[alt.Tooltip]) -> alt.Chart:
    """A heat map of a share, 0 to 1: the values of ``rows`` by course week."""
    legend = alt.Legend(format=SHARE, values=[0, 0.5, 1])
    colour = alt.Color(f"{share}:Q", title=texts.column(share), scale=alt.Scale(domain=[0, 1]), legend=legend)
    y = alt.Y(f"{rows}:N", title=None, axis=alt.Axis(ticks=False, domain=False))
    heat: alt.Chart = (
        _weeks(chart(texts), 1)
        .mark_rect()
        .encode(x=week_axis(texts), x2="week_to:Q", y=y, color=colour, tooltip=tooltip)
    )
    return heat


def stack(made: alt.Chart, texts: Texts, value: str, column: str, group: str) -> alt.Chart:
    """The chart with columns ``bottom`` and ``top`` of parts in the order of the labels of a column, first below."""
    return made.transform_calculate(part=place_of(texts, column)).transform_stack(
        stack=value, as_=["bottom", "top"], groupby=[group], sort=[alt.SortField("part", "ascending")]
    )


def week_stack(
    texts: Texts, value: str, column: str, names: list[str], y: alt.Y, tooltip: list[alt.Tooltip]
) -> dict[str, Any]:
    """Bars by course week with the parts that a column tells, in these colours; ``y`` is that of ``bottom``."""
    bars = (
        stack(_weeks(chart(texts), 0.84), texts, value, column, "course_week")
        .mark_rect()
        .encode(
            x=week_axis(texts),
            x2="week_to:Q",
            y=y,
            y2="top:Q",
            color=colours(texts, column, names),
            tooltip=tooltip,
        )
    )
    return spec(bars, legend=True)


def series_lines(
    texts: Texts, value: str, title: str, form: str, *, scale: Any = alt.Undefined, point: bool = False
) -> dict[str, Any]:
    """A line over the course weeks for each course or course run, by which to choose it."""
    base = chart(texts).encode(
        x=week_axis(texts, "course_week"),
        y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=form), scale=scale),
        color=alt.Color("series:N", title=None, legend=None),
        tooltip=tooltips(texts, series=None, course_week=COUNT, **{value: form}),
    )
    # points are easier to hit than a line, so that each has a tooltip and can be chosen
    marks = base.mark_circle(size=36 if point else 60, opacity=1 if point else 0)
    return spec(alt.layer(base.mark_line(strokeWidth=1.75), marks), legend=True, drill=True)


def share_stack(texts: Texts, column: str, names: list[str]) -> dict[str, Any]:
    """Shares of the learners of a course week by the values of a column, on top of each other."""
    y = alt.Y(
        "bottom:Q", title=texts("axes", "learner_share"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=SHARE)
    )
    tooltip = tooltips(texts, course_week=COUNT, **{column: None}, learner_share=SHARE, learner_count=COUNT)
    return week_stack(texts, "learner_share", column, names, y, tooltip)


def intervals(
    base: alt.Chart,
    value: str,
    title: str,
    tooltip: list[alt.Tooltip],
    *,
    bounds: tuple[str, str] = ("lower_share", "upper_share"),
    along: Literal["x", "y"] = "y",
    axis: alt.Axis | None = None,
) -> Any:
    """Values from 0 to 1 as points on their intervals, from the first of the ``bounds`` to the second.

    ``along`` is the direction of the values; ``base`` has the other one.
    """
    scale = alt.Scale(domain=[0, 1])
    make, field = (alt.X, "x") if along == "x" else (alt.Y, "y")
    begin = make(f"{bounds[0]}:Q", title=title, scale=scale, axis=axis or alt.Axis(format=SHARE))
    rules = base.mark_rule(color="var(--series-1)", opacity=0.45, strokeWidth=5, strokeCap="round")
    points = base.mark_circle(color="var(--series-1)", size=90, opacity=1)
    return alt.layer(
        rules.encode(**{field: begin, f"{field}2": f"{bounds[1]}:Q"}),
        points.encode(tooltip=tooltip, **{field: f"{value}:Q"}),
    )
