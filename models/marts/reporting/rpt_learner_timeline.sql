{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ choose_runs(scores=ref('risk_enrollment')) }}",
    post_hook="{{ note_scored_runs(ref('risk_enrollment')) }}",
    on_schema_change='fail',
) }}
-- rpt_learner_timeline.sql: grain = enrollment x date x kind of item x number within them
{#- days without activity that are worth telling; from so many on engagement_week calls a learner silent -#}
{%- set silent_days = 14 -%}
{#- what an item may hold beside its date -#}
{%- set details = {
    'item_at': 'timestamp',
    'interaction_count': 'bigint',
    'duration_seconds': 'bigint',
    'activity_count': 'integer',
    'assessment_key': 'bigint',
    'attempt_number': 'integer',
    'is_late': 'boolean',
    'score': 'double',
    'post_key': 'bigint',
    'silent_day_count': 'integer',
    'risk_band': dbt.type_string(),
} -%}
{#- the kinds of item, in the order in which they stand within a day -#}
{%- set kinds = [
    {'name': 'registered', 'source': 'enrollments', 'date': 'registered_date', 'details': []},
    {'name': 'first_active', 'source': 'enrollments', 'date': 'first_active_date', 'details': []},
    {
        'name': 'active_day', 'source': 'active_days', 'date': 'activity_date',
        'details': ['interaction_count', 'duration_seconds', 'activity_count'],
    },
    {
        'name': 'submission', 'source': 'attempts', 'date': 'submitted_date', 'number': 'item_number',
        'details': ['item_at', 'assessment_key', 'attempt_number', 'is_late', 'score'],
    },
    {
        'name': 'score', 'source': 'bare_scores', 'date': 'scored_date', 'number': 'item_number',
        'details': ['assessment_key', 'attempt_number', 'score'],
    },
    {
        'name': 'post', 'source': 'posts', 'date': 'posted_date', 'number': 'item_number',
        'details': ['item_at', 'post_key'],
    },
    {'name': 'silence', 'source': 'silences', 'date': 'first_silent_date', 'details': ['silent_day_count']},
    {'name': 'risk_band', 'source': 'risk_changes', 'date': 'as_of_date', 'details': ['risk_band']},
    {'name': 'withdrawn', 'source': 'enrollments', 'date': 'withdrawn_date', 'details': []},
    {'name': 'completed', 'source': 'enrollments', 'date': 'completed_date', 'details': []},
] %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollments as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        course_runs.start_date,
        course_runs.end_date,
        enrollments.registered_date,
        enrollments.first_active_date,
        enrollments.withdrawn_date,
        enrollments.completed_date
    from {{ ref('fct_enrollment') }} as enrollments
    inner join {{ ref('dim_course_run') }} as course_runs
        on enrollments.course_run_key = course_runs.course_run_key
    where {{ in_chosen_runs('enrollments.course_run_key') }}
),

active_days as (
    select * from {{ ref('int_enrollment_day') }}
    where enrollment_key in (select enrollments.enrollment_key from enrollments)
),

submissions as (
    select * from {{ ref('fct_submission') }}
    where {{ in_chosen_runs('course_run_key') }}
),

attempts as (
    select
        submissions.enrollment_key,
        submissions.assessment_key,
        submissions.attempt_number,
        submissions.submitted_date,
        submissions.submitted_at as item_at,
        submissions.is_late,
        case when submissions.scored_date <= as_of.as_of_date then submissions.score end as score,
        row_number() over (
            partition by submissions.enrollment_key, submissions.submitted_date
            order by submissions.submitted_at, submissions.assessment_key, submissions.attempt_number
        ) as item_number
    from submissions
    cross join as_of
    where
        not submissions.is_banked
        and not submissions.is_gradebook_only
),

-- a score with nothing handed in for it: banked, or known from the gradebook alone
bare_scores as (
    select
        enrollment_key,
        assessment_key,
        attempt_number,
        scored_date,
        score,
        row_number() over (
            partition by enrollment_key, scored_date
            order by assessment_key, attempt_number
        ) as item_number
    from submissions
    where
        is_banked
        or is_gradebook_only
),

posts as (
    select
        enrollment_key,
        post_key,
        posted_date,
        posted_at as item_at,
        row_number() over (
            partition by enrollment_key, posted_date
            order by posted_at, post_key
        ) as item_number
    from {{ ref('fct_post') }}
    where
        not is_staff
        and {{ in_chosen_runs('course_run_key') }}
),

-- the days of the run on which a learner was enrolled
spans as (
    select
        enrollments.enrollment_key,
        enrollments.first_active_date,
        greatest(enrollments.start_date, enrollments.registered_date) as first_date,
        least(enrollments.end_date, enrollments.withdrawn_date, as_of.as_of_date) as last_date
    from enrollments
    cross join as_of
    where enrollments.start_date is not null
),

-- from each active day to the next, and from before the first day to the first active one
intervals as (
    select
        enrollment_key,
        activity_date as from_date,
        lead(activity_date) over (
            partition by enrollment_key
            order by activity_date
        ) as to_date
    from active_days

    union all

    select
        enrollment_key,
        {{ add_days('first_date', -1) }} as from_date,
        first_active_date as to_date
    from spans
),

gaps as (
    select
        intervals.enrollment_key,
        {{ add_days('greatest(intervals.from_date, ' ~ add_days('spans.first_date', -1) ~ ')', 1) }}
            as first_silent_date,
        {{ add_days('least(intervals.to_date, ' ~ add_days('spans.last_date', 1) ~ ')', -1) }} as last_silent_date
    from intervals
    inner join spans
        on intervals.enrollment_key = spans.enrollment_key
),

silences as (
    select
        enrollment_key,
        first_silent_date,
        {{ days_between('first_silent_date', 'last_silent_date') }} + 1 as silent_day_count
    from gaps
    where {{ days_between('first_silent_date', 'last_silent_date') }} + 1 >= {{ silent_days }}
),

risk_bands as (
    select
        enrollment_key,
        as_of_date,
        risk_band,
        lag(risk_band) over (
            partition by enrollment_key
            order by as_of_day
        ) as previous_risk_band
    from {{ ref('risk_enrollment') }}
    where enrollment_key in (select enrollments.enrollment_key from enrollments)
),

risk_changes as (
    select
        enrollment_key,
        as_of_date,
        risk_band
    from risk_bands
    where coalesce(risk_band <> previous_risk_band, true)
),

items as (
    {%- for kind in kinds %}
        select
            {{ kind.source }}.enrollment_key,
            {{ kind.source }}.{{ kind.date }} as item_date,
            {{ loop.index }} as kind_number,
            {%- for detail, data_type in details.items() %}
                {{ kind.source ~ '.' ~ detail if detail in kind.details else 'cast(null as ' ~ data_type ~ ')' }}
                    as {{ detail }},
            {%- endfor %}
            {{ kind.source ~ '.' ~ kind.number if kind.number else 1 }} as item_number,
            '{{ kind.name }}' as item_kind
        from {{ kind.source }}
        inner join as_of
            on {{ kind.source }}.{{ kind.date }} <= as_of.as_of_date
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

rpt_learner_timeline as (
    select
        items.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        items.item_date,
        {{ days_between('enrollments.start_date', 'items.item_date') }} as course_day,
        items.kind_number,
        {%- for detail in details %}
            items.{{ detail }},
        {%- endfor %}
        items.item_kind,
        cast(items.item_number as integer) as item_number
    from items
    inner join enrollments
        on items.enrollment_key = enrollments.enrollment_key
)

select * from rpt_learner_timeline
order by enrollment_key, item_date, kind_number, item_number
