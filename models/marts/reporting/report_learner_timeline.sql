-- report_learner_timeline.sql: grain = enrollment x item, in order of time
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
        'name': 'submission', 'source': 'attempts', 'date': 'submitted_date',
        'details': ['item_at', 'assessment_key', 'attempt_number', 'is_late', 'score'],
    },
    {
        'name': 'score', 'source': 'bare_scores', 'date': 'scored_date',
        'details': ['assessment_key', 'attempt_number', 'score'],
    },
    {'name': 'post', 'source': 'posts', 'date': 'posted_date', 'details': ['item_at', 'post_key']},
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
),

active_days as (
    select * from {{ ref('int_enrollment_day') }}
),

submissions as (
    select
        enrollment_key,
        assessment_key,
        attempt_number,
        submitted_date,
        submitted_at as item_at,
        is_late,
        scored_date,
        case when scored_date <= as_of.as_of_date then score end as score,
        is_banked or is_gradebook_only as is_bare_score
    from {{ ref('fct_submission') }}
    cross join as_of
),

attempts as (
    select * from submissions
    where not is_bare_score
),

-- a score with nothing handed in for it: banked, or known from the gradebook alone
bare_scores as (
    select * from submissions
    where is_bare_score
),

posts as (
    select
        enrollment_key,
        post_key,
        posted_date,
        posted_at as item_at
    from {{ ref('fct_post') }}
),

-- the days on which a learner could be active in the run
spans as (
    select
        enrollments.enrollment_key,
        greatest(enrollments.start_date, enrollments.registered_date) as first_date,
        least(enrollments.end_date, enrollments.withdrawn_date, as_of.as_of_date) as last_date
    from enrollments
    cross join as_of
    where enrollments.start_date is not null
),

-- active days, between the day before a span and the day after it
marks as (
    select
        enrollment_key,
        {{ add_days('first_date', -1) }} as mark_date
    from spans
    where first_date <= last_date

    union all

    select
        enrollment_key,
        {{ add_days('last_date', 1) }} as mark_date
    from spans
    where first_date <= last_date

    union all

    select
        active_days.enrollment_key,
        active_days.activity_date as mark_date
    from active_days
    inner join spans
        on
            active_days.enrollment_key = spans.enrollment_key
            and active_days.activity_date between spans.first_date and spans.last_date
),

gaps as (
    select
        enrollment_key,
        mark_date,
        lead(mark_date) over (
            partition by enrollment_key
            order by mark_date
        ) as next_mark_date
    from marks
),

silences as (
    select
        enrollment_key,
        {{ add_days('mark_date', 1) }} as first_silent_date,
        {{ days_between('mark_date', 'next_mark_date') }} - 1 as silent_day_count
    from gaps
    where {{ days_between('mark_date', 'next_mark_date') }} > {{ silent_days }}
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
            '{{ kind.name }}' as item_kind,
            {{ loop.index }} as kind_order,
            {{ kind.source }}.{{ kind.date }} as item_date
            {%- for detail, data_type in details.items() %},
            {% if detail in kind.details -%}
                {{ kind.source }}.{{ detail }}
            {%- else -%}
                cast(null as {{ data_type }}) as {{ detail }}
            {%- endif %}
            {%- endfor %}
        from {{ kind.source }}
        inner join as_of
            on {{ kind.source }}.{{ kind.date }} <= as_of.as_of_date
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

report_learner_timeline as (
    select
        items.enrollment_key,
        cast(row_number() over (
            partition by items.enrollment_key
            order by
                items.item_date,
                items.kind_order,
                items.item_at,
                items.assessment_key,
                items.attempt_number,
                items.post_key
        ) as integer) as item_number,
        enrollments.learner_key,
        enrollments.course_run_key,
        {{ date_key('items.item_date') }} as date_key,
        items.item_date,
        {{ days_between('enrollments.start_date', 'items.item_date') }} as course_day,
        items.item_kind
        {%- for detail in details %},
        items.{{ detail }}
        {%- endfor %}
    from items
    inner join enrollments
        on items.enrollment_key = enrollments.enrollment_key
)

select * from report_learner_timeline
order by enrollment_key, item_number
