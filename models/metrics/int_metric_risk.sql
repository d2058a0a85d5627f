-- int_metric_risk.sql: grain = enrollment x as-of day
with

risks as (
    select
        enrollment_key,
        as_of_day,
        risk_band
    from {{ ref('risk_enrollment') }}
),

enrollments as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key
    from {{ ref('fct_enrollment') }}
),

course_runs as (
    select
        course_run_key,
        start_date
    from {{ ref('dim_course_run') }}
),

int_metric_risk as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        enrollments.demographics_key,
        risks.as_of_day,
        {{ add_days('course_runs.start_date', 'risks.as_of_day') }} as as_of_date,
        risks.risk_band
    from risks
    inner join enrollments
        on risks.enrollment_key = enrollments.enrollment_key
    inner join course_runs
        on enrollments.course_run_key = course_runs.course_run_key
)

select * from int_metric_risk
