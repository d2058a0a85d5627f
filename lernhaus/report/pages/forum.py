"""*Forum*: how much is written, about what, in which mood, what waits, and each run's own words."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import COUNT, DECIMAL, MILLISECONDS_PER_DAY, chart, colours, spec, stack, tooltips
from lernhaus.report.figure import LEVEL, SUBSET, Figure, Page, Summary
from lernhaus.report.texts import Texts


def _posts(texts: Texts) -> dict[str, Any]:
    base = chart(texts).transform_calculate(week_end_date=f"datum.week_start_date + {6.2 * MILLISECONDS_PER_DAY}")
    bars = (
        stack(base, texts, "post_count", "post_kind", "week_start_date")
        .mark_rect()
        .encode(
            x=alt.X("week_start_date:T", title=None),
            x2="week_end_date:T",
            y=alt.Y("bottom:Q", title=texts("axes", "posts"), axis=alt.Axis(format=COUNT)),
            y2="top:Q",
            color=colours(texts, "post_kind", ["series-1", "series-7"]),
            tooltip=tooltips(texts, week_start_date="day", post_kind=None, post_count=COUNT, learner_count=COUNT),
        )
    )
    return spec(bars, legend=True)


def _topics(texts: Texts) -> dict[str, Any]:
    heat = (
        chart(texts)
        .mark_rect(stroke="var(--card)", strokeWidth=1)
        .encode(
            x=alt.X(
                "posted_month:O",
                timeUnit="yearmonth",
                title=None,
                axis=alt.Axis(
                    format=texts("formats", "month"), labelAngle=0, labelBound=True, ticks=False, labelOverlap=True
                ),
            ),
            y=alt.Y(
                "topic:N",
                title=None,
                sort=alt.EncodingSortField("weighted_post_count", op="sum", order="descending"),
                axis=alt.Axis(ticks=False, domain=False),
            ),
            color=alt.Color(
                "weighted_post_count:Q",
                title=texts.column("weighted_post_count"),
                scale=alt.Scale(domainMin=0),
                legend=alt.Legend(tickCount=4),
            ),
            tooltip=tooltips(texts, topic=None, posted_month="month", weighted_post_count=DECIMAL, learner_count=COUNT),
        )
    )
    return spec(heat, step=("topic", 24), lists=True)


def _sentiment(texts: Texts) -> dict[str, Any]:
    base = chart(texts).encode(x=alt.X("week_start_date:T", title=None))
    tooltip = tooltips(
        texts,
        week_start_date="day",
        mean_sentiment=".2f",
        lower_quartile_sentiment=".2f",
        upper_quartile_sentiment=".2f",
        post_count=COUNT,
    )
    y = alt.Y(
        "lower_quartile_sentiment:Q",
        title=texts("axes", "sentiment"),
        scale=alt.Scale(domain=[-1, 1]),
        axis=alt.Axis(format=".1f"),
    )
    return spec(
        alt.layer(
            base.mark_area(color="var(--series-1)", opacity=0.18).encode(y=y, y2="upper_quartile_sentiment:Q"),
            base.mark_rule(strokeDash=[3, 3]).encode(x=alt.Undefined, y=alt.datum(0)),
            base.mark_line(color="var(--series-1)", point={"color": "var(--series-1)", "size": 28}).encode(
                y="mean_sentiment:Q", tooltip=tooltip
            ),
        )
    )


def _waiting(texts: Texts) -> dict[str, Any]:
    base = chart(texts).encode(
        y=alt.Y(
            "waiting_days:N", title=None, sort=texts.values("waiting_days"), axis=alt.Axis(ticks=False, domain=False)
        ),
        x=alt.X("post_count:Q", title=texts("axes", "posts"), axis=alt.Axis(format="d", tickMinStep=1)),
        tooltip=tooltips(texts, waiting_days=None, post_count=COUNT, learner_count=COUNT, mean_attention_score=".2f"),
    )
    return spec(
        alt.layer(
            base.mark_bar(color="var(--series-2)", cornerRadiusEnd=2, height=20),
            base.mark_text(align="left", dx=6).encode(text=alt.Text("post_count:Q", format=COUNT)),
        ),
        step=("waiting_days", 36),
    )


def _terms(texts: Texts) -> dict[str, Any]:
    ranked = (
        chart(texts, height=660)
        .transform_window(place="row_number()", sort=[alt.SortField("distinctiveness", "descending")])
        .transform_filter("datum.place <= 20")
        .transform_calculate(label="datum.term + '  ·  ' + datum.course_run")
        .encode(
            y=alt.Y("place:O", axis=None),
            x=alt.X("distinctiveness:Q", title=texts("axes", "distinctiveness")),
            tooltip=tooltips(
                texts, term=None, course_run=None, distinctiveness=DECIMAL, use_count=COUNT, learner_count=COUNT
            ),
        )
    )
    return spec(
        alt.layer(
            ranked.mark_bar(height=8, yOffset=8, color="var(--series-1)", cornerRadiusEnd=2),
            ranked.mark_text(align="left", dy=-5, color="var(--ink)").encode(x=alt.value(0), text="label:N"),
        ),
        drill=True,
    )


FORUM = Page(
    "forum",
    (
        Figure("forum_posts", _posts, Summary("post_count", ("week_start_date",), "post_kind"), LEVEL),
        Figure("forum_topics", _topics, Summary("weighted_post_count", ("posted_month",), "topic"), LEVEL),
        Figure("forum_sentiment", _sentiment, Summary("mean_sentiment", ("week_start_date",)), LEVEL),
        Figure("forum_waiting", _waiting, Summary("post_count", ("waiting_days",), kind="list"), LEVEL),
        Figure("forum_terms", _terms, Summary("distinctiveness", ("term", "course_run"), kind="list"), SUBSET),
    ),
    tiles="forum",
)
