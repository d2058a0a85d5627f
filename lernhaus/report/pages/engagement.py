"""*Engagement*: how the index is distributed, how it changes, what is used, and what it tells."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import (
    COUNT,
    SHARE,
    chart,
    intervals,
    share_heat,
    share_stack,
    spec,
    tooltips,
)
from lernhaus.report.figure import LEVEL, Figure, Page, Summary
from lernhaus.report.texts import Texts


def _bands(texts: Texts) -> dict[str, Any]:
    return share_stack(texts, "engagement_band", ["bad", "middle", "good"])


def _change(texts: Texts) -> dict[str, Any]:
    return share_stack(texts, "index_movement", ["bad", "bad-soft", "pale", "good-soft", "good"])


def _distribution(texts: Texts) -> dict[str, Any]:
    bars = (
        chart(texts)
        .transform_calculate(index_to="datum.index_from + 9.4", index_begin="datum.index_from + 0.6")
        .mark_rect(color="var(--series-1)")
        .encode(
            x=alt.X(
                "index_begin:Q",
                title=texts("axes", "engagement_index"),
                scale=alt.Scale(domain=[0, 100], nice=False),
                axis=alt.Axis(values=list(range(0, 101, 10)), grid=False),
            ),
            x2="index_to:Q",
            y=alt.Y("learner_share:Q", title=texts("axes", "learner_share"), axis=alt.Axis(format=SHARE)),
            y2=alt.datum(0),
            tooltip=tooltips(texts, index_from=COUNT, learner_count=COUNT, learner_share=SHARE),
        )
    )
    return spec(bars)


def _types(texts: Texts) -> dict[str, Any]:
    tooltip = tooltips(texts, activity_type=None, course_week=COUNT, active_share=SHARE, active_enrollment_count=COUNT)
    heat = share_heat(texts, "activity_type", "active_share", tooltip)
    return spec(heat, step=("activity_type", 26))


def _outcome(texts: Texts) -> dict[str, Any]:
    # tenths that are withheld have their place
    tenths = alt.Scale(domain=list(range(1, 11)))
    x = alt.X("index_tenth:O", title=texts("axes", "index_tenth"), axis=alt.Axis(labelAngle=0), scale=tenths)
    tooltip = tooltips(
        texts, index_tenth=COUNT, failure_share=SHARE, lower_share=SHARE, upper_share=SHARE, learner_count=COUNT
    )
    return spec(intervals(chart(texts).encode(x=x), "failure_share", texts.column("failure_share"), tooltip))


ENGAGEMENT = Page(
    "engagement",
    (
        Figure("engagement_bands", _bands, Summary("learner_share", ("course_week",), "engagement_band"), LEVEL),
        Figure(
            "engagement_distribution",
            _distribution,
            Summary("learner_share", ("index_from",), kind="list"),
            LEVEL,
            {"course_week": "middle"},
        ),
        Figure("engagement_change", _change, Summary("learner_share", ("course_week",), "index_movement"), LEVEL),
        Figure("engagement_types", _types, Summary("active_share", ("course_week",), "activity_type"), LEVEL),
        Figure(
            "engagement_outcome",
            _outcome,
            Summary("failure_share", ("index_tenth",), kind="list"),
            controls={"course_week": "middle"},
        ),
    ),
    tiles="engagement",
)
