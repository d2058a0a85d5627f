"""*Course health*: course runs week by week, the work in them, and their assessments."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import (
    COUNT,
    DECIMAL,
    SHARE,
    chart,
    colours,
    series_lines,
    share_heat,
    spec,
    tooltips,
    week_stack,
)
from lernhaus.report.figure import LEVEL, SUBSET, Figure, Page, Summary
from lernhaus.report.texts import Texts


def _heat(texts: Texts) -> dict[str, Any]:
    tooltip = tooltips(
        texts,
        course_run=None,
        course_week=COUNT,
        active_share=SHARE,
        active_enrollment_count=COUNT,
        enrollment_count=COUNT,
    )
    heat = share_heat(texts, "course_run", "active_share", tooltip)
    return spec(heat, drill=True, step=("course_run", 18))


def _active(texts: Texts) -> dict[str, Any]:
    return series_lines(texts, "active_share", texts.column("active_share"), SHARE, scale=alt.Scale(domain=[0, 1]))


def _enrolled(texts: Texts) -> dict[str, Any]:
    return series_lines(texts, "enrolled_at_week_end_count", texts("axes", "learners"), COUNT)


def _scores(texts: Texts) -> dict[str, Any]:
    domain = alt.Scale(domain=[0, 100])
    return series_lines(texts, "mean_score", texts.column("mean_score"), COUNT, scale=domain, point=True)


def _work(texts: Texts) -> dict[str, Any]:
    y = alt.Y("bottom:Q", title=texts("axes", "pieces"), axis=alt.Axis(format=COUNT))
    tooltip = tooltips(texts, course_week=COUNT, work_state=None, piece_count=COUNT)
    return week_stack(texts, "piece_count", "work_state", ["good", "middle", "bad"], y, tooltip)


def _assessments(texts: Texts) -> dict[str, Any]:
    base = chart(texts, height=340)
    zero = base.mark_rule(strokeDash=[3, 3]).encode(y=alt.datum(0))
    points = base.mark_circle(size=75, opacity=0.75).encode(
        x=alt.X("mean_score:Q", title=texts("axes", "mean_score"), scale=alt.Scale(zero=False)),
        y=alt.Y("item_rest_correlation:Q", title=texts.column("item_rest_correlation"), axis=alt.Axis(format=".1f")),
        color=colours(texts, "assessment_type", ["series-1", "series-2", "series-5", "series-6"]),
        tooltip=tooltips(
            texts,
            course_run=None,
            assessment_name=None,
            assessment_type=None,
            mean_score=DECIMAL,
            item_rest_correlation=".2f",
            scored_learner_count=COUNT,
            missing_share=SHARE,
        ),
    )
    return spec(alt.layer(zero, points), legend=True, drill=True)


COURSE_HEALTH = Page(
    "course_health",
    (
        Figure("course_heat", _heat, Summary("active_share", ("course_run", "course_week")), SUBSET),
        Figure(
            "course_active", _active, Summary("active_share", ("course_week",), "series"), LEVEL, query="course_weeks"
        ),
        Figure(
            "course_enrolled",
            _enrolled,
            Summary("enrolled_at_week_end_count", ("course_week",), "series"),
            LEVEL,
            query="course_weeks",
        ),
        Figure("course_work", _work, Summary("piece_count", ("course_week",), "work_state"), LEVEL),
        Figure("course_scores", _scores, Summary("mean_score", ("course_week",), "series"), LEVEL),
        Figure("course_assessments", _assessments, Summary("mean_score", ("course_run", "assessment_name")), SUBSET),
    ),
    tiles="course",
)
