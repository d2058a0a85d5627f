-- fct_enrollment.sql: grain = enrollment (accumulating snapshot)
with

enrollments as (
    select * from {{ ref('int_enrollment') }}
),

learner_versions as (
    select
        learner_version_key,
        learner_key,
        valid_from_date,
        valid_to_date
    from {{ ref('dim_learner_version') }}
),

fct_enrollment as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        learner_versions.learner_version_key,
        enrollments.course_run_key,
        enrollments.demographics_key,
        {{ date_key('enrollments.registered_date') }} as registered_date_key,
        {{ date_key('enrollments.first_active_date') }} as first_active_date_key,
        {{ date_key('enrollments.last_active_date') }} as last_active_date_key,
        {{ date_key('enrollments.withdrawn_date') }} as withdrawn_date_key,
        {{ date_key('enrollments.completed_date') }} as completed_date_key,
        enrollments.registered_date,
        enrollments.first_active_date,
        enrollments.last_active_date,
        enrollments.withdrawn_date,
        enrollments.completed_date,
        {{ days_between('enrollments.run_start_date', 'enrollments.registered_date') }} as registered_course_day,
        {{ days_between('enrollments.run_start_date', 'enrollments.first_active_date') }} as first_active_course_day,
        {{ days_between('enrollments.run_start_date', 'enrollments.last_active_date') }} as last_active_course_day,
        {{ days_between('enrollments.run_start_date', 'enrollments.withdrawn_date') }} as withdrawn_course_day,
        {{ days_between('enrollments.registered_date', 'enrollments.first_active_date') }}
            as registered_to_first_active_days,
        enrollments.final_result,
        enrollments.interaction_count,
        enrollments.previous_attempt_count,
        enrollments.studied_credits,
        enrollments.is_inferred
    from enrollments
    inner join learner_versions
        on
            enrollments.learner_key = learner_versions.learner_key
            and coalesce(enrollments.registered_date, enrollments.run_start_date, cast('1900-01-01' as date))
            >= learner_versions.valid_from_date
            and coalesce(enrollments.registered_date, enrollments.run_start_date, cast('1900-01-01' as date))
            < learner_versions.valid_to_date
)

select * from fct_enrollment
order by course_run_key, enrollment_key
