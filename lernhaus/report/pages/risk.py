"""*Risk*: how many are at risk, who and why in groups, whether it came as foretold, and how well it is told."""

from __future__ import annotations

from typing import Any

import altair as alt

from lernhaus.report.charts import COUNT, SHARE, chart, colours, intervals, place_of, spec, tooltips
from lernhaus.report.figure import LEVEL, Figure, Match, Page, Summary
from lernhaus.report.texts import Texts

COURSE_LEVEL: dict[str, Match] = {"course": "level"}
BANDS = ["good", "middle", "bad"]
BOUNDS = ("lower_bound", "upper_bound")


def _bands(texts: Texts) -> dict[str, Any]:
    bars = (
        chart(texts)
        .transform_calculate(part=place_of(texts, "risk_band"))
        .mark_bar()
        .encode(
            x=alt.X("as_of_day:O", title=texts("axes", "as_of_day"), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y(
                "learner_share:Q",
                title=texts("axes", "learner_share"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=SHARE),
                stack="zero",
            ),
            color=colours(texts, "risk_band", BANDS),
            order=alt.Order("part:Q", sort="descending"),
            tooltip=tooltips(texts, as_of_day=COUNT, risk_band=None, learner_share=SHARE, learner_count=COUNT),
        )
    )
    return spec(bars, legend=True)


def _groups(texts: Texts) -> dict[str, Any]:
    base = (
        chart(texts)
        .transform_calculate(
            told=f"format(datum.mean_fail_or_withdraw_probability, '{SHARE}')"
            f" + ' · ' + format(datum.learner_count, '{COUNT}')"
        )
        .encode(
            y=alt.Y("attribute_value:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X(
                "mean_fail_or_withdraw_probability:Q",
                title=texts.column("mean_fail_or_withdraw_probability"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=SHARE, tickCount=5),
            ),
            tooltip=tooltips(
                texts,
                attribute_value=None,
                mean_fail_or_withdraw_probability=SHARE,
                high_risk_share=SHARE,
                learner_count=COUNT,
            ),
        )
    )
    bars = base.mark_bar(height=14, color="var(--series-1)", cornerRadiusEnd=2)
    return spec(alt.layer(bars, base.mark_text(align="left", dx=6).encode(text="told:N")), step=("attribute_value", 30))


def _contributions(texts: Texts) -> dict[str, Any]:
    base = chart(texts).encode(
        y=alt.Y("evidence:N", title=None, sort=texts.values("evidence"), axis=alt.Axis(ticks=False, domain=False))
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.9)).encode(
        yOffset=alt.YOffset("risk_band:N", sort=texts.values("risk_band")),
        x=alt.X("mean_log_odds:Q", title=texts("axes", "log_odds"), axis=alt.Axis(format=".1f")),
        color=colours(texts, "risk_band", BANDS),
        tooltip=tooltips(texts, evidence=None, risk_band=None, mean_log_odds=".2f", learner_count=COUNT),
    )
    zero = chart(texts).mark_rule(color="var(--line-strong)").encode(x=alt.datum(0))
    return spec(alt.layer(bars, zero), legend=True, step=("evidence", 54))


def _reasons(texts: Texts) -> dict[str, Any]:
    base = chart(texts).encode(
        y=alt.Y("attention_reason:N", title=None, sort=None, axis=None),
        x=alt.X("learner_count:Q", title=texts("axes", "learners"), axis=alt.Axis(format="d", tickMinStep=1)),
        tooltip=tooltips(texts, attention_reason=None, learner_count=COUNT),
    )
    name = base.mark_text(align="left", dy=-9, color="var(--ink)").encode(x=alt.value(0), text="attention_reason:N")
    number = base.mark_text(align="left", dx=6, dy=8).encode(text=alt.Text("learner_count:Q", format=COUNT))
    bars = base.mark_bar(height=14, yOffset=8, color="var(--series-2)", cornerRadiusEnd=2)
    return spec(alt.layer(bars, name, number), step=("attention_reason", 44))


def _calibration(texts: Texts) -> dict[str, Any]:
    whole = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=SHARE, tickCount=5)
    foretold = alt.X("mean_fail_or_withdraw_probability:Q", title=texts("axes", "foretold"), scale=whole, axis=axis)
    base = chart(texts, height=360).encode(x=foretold)
    ideal = base.mark_rule(color="var(--muted)", strokeDash=[4, 4]).encode(
        x=alt.datum(0), y=alt.datum(0), x2=alt.X2Datum(1), y2=alt.Y2Datum(1)
    )
    tooltip = tooltips(
        texts,
        mean_fail_or_withdraw_probability=SHARE,
        failure_share=SHARE,
        lower_share=SHARE,
        upper_share=SHARE,
        learner_count=COUNT,
    )
    came = intervals(base, "failure_share", texts.column("failure_share"), tooltip, axis=axis)
    return spec(alt.layer(ideal, came))


def _evaluation(texts: Texts) -> dict[str, Any]:
    x = alt.X("as_of_day:O", title=texts("axes", "as_of_day"), axis=alt.Axis(labelAngle=0, labelOverlap=True))
    tooltip = tooltips(
        texts, as_of_day=COUNT, measure_value=".3f", lower_bound=".3f", upper_bound=".3f", learner_count=COUNT
    )
    title = texts.column("measure_value")
    axis = alt.Axis(format=".1f")
    return spec(intervals(chart(texts).encode(x=x), "measure_value", title, tooltip, bounds=BOUNDS, axis=axis))


def _fairness(texts: Texts) -> dict[str, Any]:
    base = chart(texts).encode(
        y=alt.Y("group_value:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False))
    )
    tooltip = tooltips(
        texts, group_value=None, measure_value=".3f", lower_bound=".3f", upper_bound=".3f", learner_count=COUNT
    )
    title = texts.column("measure_value")
    axis = alt.Axis(format=".1f", tickCount=5)
    made = intervals(base, "measure_value", title, tooltip, bounds=BOUNDS, along="x", axis=axis)
    return spec(made, step=("group_value", 30))


RISK = Page(
    "risk",
    (
        Figure("risk_bands", _bands, Summary("learner_share", ("as_of_day",), "risk_band"), LEVEL),
        Figure("risk_reasons", _reasons, Summary("learner_count", ("attention_reason",), kind="list"), LEVEL),
        Figure(
            "risk_contributions",
            _contributions,
            Summary("mean_log_odds", ("evidence", "risk_band"), kind="list"),
            COURSE_LEVEL,
            {"as_of_day": "56"},
        ),
        Figure(
            "risk_groups",
            _groups,
            Summary("mean_fail_or_withdraw_probability", ("attribute_value",), kind="list"),
            COURSE_LEVEL,
            {"attribute": "first", "as_of_day": "56"},
        ),
        Figure(
            "risk_calibration",
            _calibration,
            Summary("failure_share", ("mean_fail_or_withdraw_probability",), kind="list"),
            controls={"as_of_day": "56"},
        ),
        Figure(
            "risk_evaluation",
            _evaluation,
            Summary("measure_value", ("as_of_day",), kind="list"),
            controls={"measure": "first", "protocol": "first"},
        ),
        Figure(
            "risk_fairness",
            _fairness,
            Summary("measure_value", ("group_value",), kind="list"),
            controls={"grouped_by": "first", "measure": "first", "as_of_day": "56", "protocol": "first"},
        ),
    ),
    tiles="risk",
)
