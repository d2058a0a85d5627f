{#-
    The weeks of enrollments as a tutor would have seen them at the end of each: what speaks for contacting the learner,
    as points, and whether the learner is on the list. A query, one row per enrollment and course week in which the
    learner was enrolled at the end; `enrollments` names a relation with `enrollment_key`.

    A learner comes onto the list in a week with at least `enter` points and stays until a week with at most `leave`: what
    lies between changes nothing, so that nobody comes and goes with every small step. All of it follows from the weeks up
    to this one, not from earlier builds.
-#}
{% macro attention_weeks(enrollments) -%}
    {%- set points = attention_points() -%}
    with

    enrollment_weeks as (
        select
            weeks.enrollment_key,
            weeks.course_week,
            7 * weeks.course_week + 6 as last_day,
            weeks.days_since_last_active,
            sum(weeks.assessment_due_count) over so_far as assessment_due_count,
            sum(weeks.submission_count) over so_far as submission_count,
            sum(weeks.assessment_due_count - weeks.due_on_time_count - weeks.due_late_count) over so_far
                as missing_assessment_count,
            sum(weeks.assessment_due_count - weeks.due_on_time_count) over (
                partition by weeks.enrollment_key
                order by weeks.course_week
                rows between 1 preceding and current row
            ) as lately_missed_count
        from {{ ref('fct_enrollment_week') }} as weeks
        inner join {{ enrollments }} as chosen
            on weeks.enrollment_key = chosen.enrollment_key
        window so_far as (
            partition by weeks.enrollment_key
            order by weeks.course_week
            rows between unbounded preceding and current row
        )
    ),

    -- a score holds until the next; one of today is there today alone, so a list made with it would flicker
    risks as (
        select
            scores.enrollment_key,
            scores.as_of_day,
            scores.fail_or_withdraw_probability,
            scores.withdraw_probability,
            scores.risk_band,
            scores.reasons as risk_reasons,
            scores.fail_or_withdraw_probability - lag(scores.fail_or_withdraw_probability) over (
                partition by scores.enrollment_key
                order by scores.as_of_day
            ) as fail_or_withdraw_change,
            lead(scores.as_of_day) over (
                partition by scores.enrollment_key
                order by scores.as_of_day
            ) as next_as_of_day
        from {{ ref('risk_enrollment') }} as scores
        inner join {{ enrollments }} as chosen
            on scores.enrollment_key = chosen.enrollment_key
        where mod(scores.as_of_day, 14) = 0
    ),

    signals as (
        select
            enrollment_weeks.*,
            engagement.engagement_index,
            engagement.index_change,
            engagement.engagement_band,
            engagement.is_silent,
            engagement.is_sharp_drop,
            enrollment_weeks.missing_assessment_count > 0 and enrollment_weeks.lately_missed_count > 0
                as has_missed_work,
            risks.as_of_day as risk_as_of_day,
            risks.fail_or_withdraw_probability,
            risks.withdraw_probability,
            risks.fail_or_withdraw_change,
            risks.risk_band,
            risks.risk_reasons
        from enrollment_weeks
        inner join {{ ref('engagement_week') }} as engagement
            on
                enrollment_weeks.enrollment_key = engagement.enrollment_key
                and enrollment_weeks.course_week = engagement.course_week
        left join risks
            on
                enrollment_weeks.enrollment_key = risks.enrollment_key
                and enrollment_weeks.last_day >= risks.as_of_day
                and enrollment_weeks.last_day < coalesce(risks.next_as_of_day, enrollment_weeks.last_day + 1)
    ),

    pointed as (
        select
            *,
            case
                when risk_band = 'high' then {{ points.high_risk }}
                when risk_band = 'medium' then {{ points.medium_risk }}
                else 0
            end
            + case
                when engagement_band <> 'low' then 0
                when risk_band is null then {{ points.low_engagement_without_risk }}
                else {{ points.low_engagement }}
            end
            + case when is_silent then {{ points.silent }} else 0 end
            + case when is_sharp_drop then {{ points.sharp_drop }} else 0 end
            + case when has_missed_work then {{ points.missed_work }} else 0 end as attention_points
        from signals
    ),

    entered as (
        select
            *,
            case when attention_points >= {{ points.enter }} then course_week end as entering_week,
            max(case when attention_points <= {{ points.leave }} then course_week end) over (
                partition by enrollment_key
                order by course_week
                rows between unbounded preceding and current row
            ) as last_left_week
        from pointed
    )

    select
        *,
        -- null: not on the list
        min(entering_week) over (
            partition by enrollment_key, last_left_week
            order by course_week
            rows between unbounded preceding and current row
        ) as attention_since_week
    from entered
{%- endmacro %}


{#- What speaks for contacting a learner, and from how many points on the learner is on the list, to how many. -#}
{% macro attention_points() -%}
    {{ return({
        'high_risk': 3,
        'medium_risk': 1,
        'low_engagement': 1,
        'low_engagement_without_risk': 3,
        'silent': 2,
        'sharp_drop': 2,
        'missed_work': 2,
        'waiting_post': 2,
        'enter': 5,
        'leave': 1,
    }) }}
{%- endmacro %}
