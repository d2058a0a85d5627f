"""*Data*: what was read and refused, what the tests say, and what is published."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import COUNT, chart, colours, spec, tooltips
from lernhaus.report.figure import Figure, Page, Summary
from lernhaus.report.texts import Texts


def _quarantine(texts: Texts) -> dict[str, Any]:
    whole = alt.Axis(labelExpr="datum.value % 1 ? '' : datum.label", format="d")
    base = (
        chart(texts)
        .transform_calculate(
            label="datum.source_entity + ': ' + datum.reason", lines="[datum.source_entity + ':', datum.reason]"
        )
        .encode(
            y=alt.Y("label:N", title=None, sort=None, axis=None),
            x=alt.X("quarantined_count:Q", title=texts("axes", "records"), axis=whole),
            tooltip=tooltips(texts, source_entity=None, reason=None, quarantined_count=COUNT),
        )
    )
    return spec(
        alt.layer(
            base.mark_bar(height=12, yOffset=9, color="var(--series-2)", cornerRadiusEnd=2),
            base.mark_text(align="left", dy=-22, lineHeight=14, color="var(--ink)").encode(
                x=alt.value(0), text="lines:N"
            ),
        ),
        step=("reason", 58),
    )


def _tests(texts: Texts) -> dict[str, Any]:
    bars = (
        chart(texts)
        .mark_bar(height=18)
        .encode(
            y=alt.Y("tested_layer:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X("test_count:Q", title=texts("axes", "tests"), axis=alt.Axis(format="d", tickMinStep=1)),
            color=colours(texts, "test_status", ["good", "middle", "bad", "bad"]),
            tooltip=tooltips(texts, tested_layer=None, test_status=None, test_count=COUNT),
        )
    )
    return spec(bars, legend=True, step=("tested_layer", 30))


def _tables(texts: Texts) -> dict[str, Any]:
    dots = (
        chart(texts)
        .transform_filter("datum.row_count > 0")
        .encode(
            y=alt.Y("table_name:N", title=None, sort="-x", axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X(
                "row_count:Q",
                title=texts("axes", "rows_log"),
                scale=alt.Scale(type="log", domainMin=1),
                axis=alt.Axis(format=COUNT, values=[10**power for power in range(10)], labelOverlap="greedy"),
            ),
            tooltip=tooltips(texts, table_name=None, row_count=COUNT, size_megabytes=",.1f", latest_date="day"),
        )
    )
    return spec(dots.mark_circle(size=80, opacity=1, color="var(--series-1)"), step=("table_name", 18))


DATA = Page(
    "data",
    (
        Figure("data_sources", None, Summary("record_count", ("source_system", "entity"), kind="list")),
        Figure("data_quarantine", _quarantine, Summary("quarantined_count", ("source_entity", "reason"), kind="list")),
        Figure("data_tests", _tests, Summary("test_count", ("tested_layer", "test_status"), kind="list")),
        Figure("data_tables", _tables, Summary("row_count", ("table_name",), kind="list")),
    ),
    tiles="data",
)
