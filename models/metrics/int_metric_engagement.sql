-- int_metric_engagement.sql: grain = enrollment x course week
with

engagement_weeks as (
    select
        enrollment_key,
        course_week,
        engagement_index,
        engagement_band
    from {{ ref('engagement_week') }}
),

enrollment_weeks as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        course_week,
        week_start_date
    from {{ ref('fct_enrollment_week') }}
),

int_metric_engagement as (
    select
        enrollment_weeks.enrollment_key,
        enrollment_weeks.learner_key,
        enrollment_weeks.course_run_key,
        enrollment_weeks.demographics_key,
        enrollment_weeks.course_week,
        enrollment_weeks.week_start_date,
        engagement_weeks.engagement_index,
        engagement_weeks.engagement_band
    from engagement_weeks
    inner join enrollment_weeks
        on
            engagement_weeks.enrollment_key = enrollment_weeks.enrollment_key
            and engagement_weeks.course_week = enrollment_weeks.course_week
)

select * from int_metric_engagement
