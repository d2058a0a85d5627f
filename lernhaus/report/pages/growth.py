"""*Growth*: active learners, growth accounting, cohorts, funnel."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import COUNT, MILLISECONDS_PER_DAY, SHARE, chart, colours, spec, stack, tooltips
from lernhaus.report.figure import LEVEL, Figure, Page, Summary
from lernhaus.report.texts import Texts


def _active(texts: Texts) -> dict[str, Any]:
    lines = (
        chart(texts)
        .mark_line(strokeWidth=1.75)
        .encode(
            x=alt.X("active_date:T", title=None),
            y=alt.Y("active_learner_count:Q", title=texts("axes", "learners"), axis=alt.Axis(format=COUNT)),
            color=colours(texts, "day_window", ["series-3", "series-2", "series-1"]),
            tooltip=tooltips(texts, active_date="day", day_window=None, active_learner_count=COUNT),
        )
    )
    return spec(lines, legend=True)


def _accounting(texts: Texts) -> dict[str, Any]:
    dormant = texts.value("learner_change", "dormant")
    base = chart(texts).transform_calculate(
        signed_count=f"datum.learner_change == '{dormant}' ? -datum.learner_count : datum.learner_count",
        week_end_date=f"datum.week_start_date + {6.2 * MILLISECONDS_PER_DAY}",
    )
    bars = (
        stack(base, texts, "signed_count", "learner_change", "week_start_date")
        .mark_rect()
        .encode(
            x=alt.X("week_start_date:T", title=None),
            x2="week_end_date:T",
            y=alt.Y("bottom:Q", title=texts("axes", "learners"), axis=alt.Axis(format=COUNT)),
            y2="top:Q",
            color=colours(texts, "learner_change", ["series-1", "series-3", "series-2", "muted"]),
            tooltip=tooltips(texts, week_start_date="day", learner_change=None, learner_count=COUNT),
        )
    )
    return spec(bars, legend=True)


def _cohorts(texts: Texts) -> dict[str, Any]:
    return spec(
        chart(texts)
        .mark_rect()
        .encode(
            x=alt.X(
                "weeks_since_registration:O",
                title=texts("axes", "weeks_since_registration"),
                axis=alt.Axis(values=list(range(0, 53, 4)), labelAngle=0, ticks=False, labelOverlap=True),
            ),
            y=alt.Y(
                "cohort_month:O",
                title=None,
                timeUnit="yearmonth",
                sort="ascending",
                axis=alt.Axis(format=texts("formats", "month"), ticks=False),
            ),
            color=alt.Color(
                "active_share:Q",
                title=texts.column("active_share"),
                scale=alt.Scale(domain=[0, 1]),
                legend=alt.Legend(format=SHARE, values=[0, 0.5, 1]),
            ),
            tooltip=tooltips(
                texts,
                cohort_month="month",
                weeks_since_registration=COUNT,
                active_share=SHARE,
                active_enrollment_count=COUNT,
                cohort_enrollment_count=COUNT,
            ),
        ),
        step=("cohort_month", 16),
    )


def _funnel(texts: Texts) -> dict[str, Any]:
    base = (
        chart(texts)
        .transform_calculate(
            told=f"format(datum.registered_share, '{SHARE}') + ' · ' + format(datum.enrollment_count, '{COUNT}')"
        )
        .encode(
            y=alt.Y("stage_name:N", sort=texts.values("stage_name"), axis=None),
            x=alt.X(
                "registered_share:Q",
                title=texts("axes", "registered_share"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=SHARE, tickCount=5),
            ),
            tooltip=tooltips(texts, stage_name=None, enrollment_count=COUNT, registered_share=SHARE),
        )
    )
    inside = alt.datum.registered_share > 0.6
    return spec(
        alt.layer(
            base.mark_bar(height=22, yOffset=8, color="var(--series-1)", cornerRadiusEnd=2),
            base.mark_text(align="left", dy=-13, color="var(--ink)").encode(x=alt.value(0), text="stage_name:N"),
            base.transform_filter(inside)
            .mark_text(align="right", dx=-8, dy=8, color="var(--on-series)")
            .encode(text="told:N"),
            base.transform_filter(~inside).mark_text(align="left", dx=8, dy=8).encode(text="told:N"),
        ),
        step=("stage_name", 54),
    )


GROWTH = Page(
    "growth",
    (
        Figure("growth_active", _active, Summary("active_learner_count", ("active_date",), "day_window")),
        Figure("growth_accounting", _accounting, Summary("learner_count", ("week_start_date",), "learner_change")),
        Figure(
            "growth_cohorts",
            _cohorts,
            Summary("active_share", ("cohort_month", "weeks_since_registration")),
            LEVEL,
        ),
        Figure(
            "growth_funnel",
            _funnel,
            Summary("registered_share", ("stage_name",), kind="list"),
            LEVEL,
        ),
    ),
    tiles="growth",
)
