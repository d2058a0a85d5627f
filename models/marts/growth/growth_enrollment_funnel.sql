-- growth_enrollment_funnel.sql: grain = course run x stage
{%- set stages = ['registered', 'active', 'first_submission', 'half_way', 'completed'] %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollments as (
    select
        enrollment_key,
        course_run_key,
        withdrawn_date,
        completed_date
    from {{ ref('fct_enrollment') }}
),

course_runs as (
    select
        course_run_key,
        course_run_id,
        {{ add_days('start_date', 'floor(run_length_days / 2.0)') }} as half_way_date
    from {{ ref('dim_course_run') }}
),

active_days as (
    select
        enrollment_key,
        activity_date
    from {{ ref('int_enrollment_day') }}
),

last_active as (
    select
        enrollments.enrollment_key,
        max(active_days.activity_date) as last_active_date
    from active_days
    inner join enrollments
        on active_days.enrollment_key = enrollments.enrollment_key
    where coalesce(active_days.activity_date <= enrollments.withdrawn_date, true)
    group by enrollments.enrollment_key
),

first_submitted as (
    select
        enrollment_key,
        min(submitted_date) as first_submitted_date
    from {{ ref('fct_submission') }}
    where
        not is_banked
        and not is_gradebook_only
    group by enrollment_key
),

milestones as (
    select
        enrollments.enrollment_key,
        course_runs.course_run_key,
        course_runs.course_run_id,
        last_active.last_active_date is not null as is_active,
        coalesce(
            first_submitted.first_submitted_date <= as_of.as_of_date
            and coalesce(first_submitted.first_submitted_date <= enrollments.withdrawn_date, true),
            false
        ) as has_submitted,
        coalesce(
            last_active.last_active_date >= course_runs.half_way_date
            and coalesce(enrollments.withdrawn_date > course_runs.half_way_date, true),
            false
        ) as is_half_way,
        coalesce(
            enrollments.completed_date <= as_of.as_of_date
            and coalesce(enrollments.completed_date <= enrollments.withdrawn_date, true),
            false
        ) as is_completed
    from enrollments
    inner join course_runs
        on enrollments.course_run_key = course_runs.course_run_key
    left join last_active
        on enrollments.enrollment_key = last_active.enrollment_key
    left join first_submitted
        on enrollments.enrollment_key = first_submitted.enrollment_key
    cross join as_of
),

-- a stage is reached by those who reached all before it
reached as (
    select
        course_run_key,
        course_run_id,
        case
            when not is_active then 1
            when not has_submitted then 2
            when not is_half_way then 3
            when not is_completed then 4
            else 5
        end as last_stage_number
    from milestones
),

stages as (
    {%- for stage in stages %}
        select
            {{ loop.index }} as stage_number,
            '{{ stage }}' as stage_name
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        reached.course_run_key,
        reached.course_run_id,
        stages.stage_number,
        stages.stage_name,
        count(case when reached.last_stage_number >= stages.stage_number then 1 end) as enrollment_count
    from reached
    cross join stages
    group by reached.course_run_key, reached.course_run_id, stages.stage_number, stages.stage_name
),

compared as (
    select
        *,
        first_value(enrollment_count) over (
            partition by course_run_key
            order by stage_number
        ) as registered_count,
        lag(enrollment_count) over (
            partition by course_run_key
            order by stage_number
        ) as previous_stage_count
    from counted
),

growth_enrollment_funnel as (
    select
        course_run_key,
        course_run_id,
        stage_number,
        stage_name,
        enrollment_count,
        {{ share('enrollment_count', 'registered_count') }} as share_of_registered,
        {{ share('enrollment_count', 'previous_stage_count') }} as share_of_previous
    from compared
)

select * from growth_enrollment_funnel
order by course_run_key, stage_number
