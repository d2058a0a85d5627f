-- int_course_run.sql: grain = source system x course run
with

roster as (
    select * from {{ ref('course_run') }}
),

seen as (
    select
        source_system,
        course_run_id,
        -- staff is there before and after the learners
        coalesce(min(case when not is_staff then first_seen_date end), min(first_seen_date)) as first_seen_date,
        coalesce(max(case when not is_staff then last_seen_date end), max(last_seen_date)) as last_seen_date
    from {{ ref('int_enrollment_seen') }}
    group by source_system, course_run_id
),

-- union, not union all: one row per course run that anything names
named as (
    select
        source_system,
        course_run_id
    from roster
    union
    select
        source_system,
        course_run_id
    from seen
    union
    select
        source_system,
        course_run_id
    from {{ ref('enrollment') }}
    where not is_staff
    union
    select
        source_system,
        course_run_id
    from {{ ref('assessment') }}
    union
    select
        source_system,
        course_run_id
    from {{ ref('activity') }}
    where course_run_id is not null
),

int_course_run as (
    select
        named.source_system,
        named.course_run_id,
        {{ surrogate_key(['named.source_system', 'named.course_run_id']) }} as course_run_key,
        coalesce(roster.course_id, named.course_run_id) as course_id,
        {{ surrogate_key(['named.source_system', 'coalesce(roster.course_id, named.course_run_id)']) }}
            as course_key,
        roster.course_run_title,
        roster.term_name,
        coalesce(roster.start_date, seen.first_seen_date) as start_date,
        coalesce(roster.end_date, seen.last_seen_date) as end_date,
        coalesce(roster.is_nominal_calendar, false) as is_nominal_calendar,
        roster.course_run_id is null as is_inferred
    from named
    left join roster
        on
            named.source_system = roster.source_system
            and named.course_run_id = roster.course_run_id
    left join seen
        on
            named.source_system = seen.source_system
            and named.course_run_id = seen.course_run_id
)

select * from int_course_run
