-- dim_course_run.sql: grain = course run
with

course_runs as (
    select * from {{ ref('int_course_run') }}
),

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

dim_course_run as (
    select
        course_runs.course_run_key,
        course_runs.course_key,
        course_runs.source_system,
        course_runs.course_run_id,
        coalesce(course_runs.course_run_title, course_runs.course_run_id) as course_run_title,
        course_runs.term_name,
        course_runs.start_date,
        course_runs.end_date,
        {{ days_between('course_runs.start_date', 'course_runs.end_date') }} + 1 as run_length_days,
        coalesce(course_runs.end_date < as_of.as_of_date, false) as is_finished,
        course_runs.is_nominal_calendar,
        course_runs.is_inferred
    from course_runs
    cross join as_of

    union all

    select
        {{ unknown_key() }} as course_run_key,
        {{ unknown_key() }} as course_key,
        'unknown' as source_system,
        'unknown' as course_run_id,
        'unknown' as course_run_title,
        cast(null as {{ dbt.type_string() }}) as term_name,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        cast(null as integer) as run_length_days,
        false as is_finished,
        false as is_nominal_calendar,
        true as is_inferred
)

select * from dim_course_run
