-- rpt_at_risk.sql: grain = current enrollment
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollments as (
    select * from {{ ref('fct_enrollment') }}
),

course_runs as (
    select
        course_run_key,
        course_run_id,
        start_date
    from {{ ref('dim_course_run') }}
    where not is_finished
),

learners as (
    select
        learner_key,
        learner_pseudonym
    from {{ ref('dim_learner') }}
),

current_enrollments as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        course_runs.course_run_id,
        as_of.as_of_date
    from enrollments
    inner join course_runs
        on enrollments.course_run_key = course_runs.course_run_key
    inner join as_of
        on
            course_runs.start_date <= as_of.as_of_date
            and coalesce(enrollments.registered_date <= as_of.as_of_date, true)
            -- some withdrawals have no date
            and coalesce(
                enrollments.withdrawn_date > as_of.as_of_date, enrollments.final_result <> 'withdrawn', true
            )
),

last_active as (
    select
        active_days.enrollment_key,
        max(active_days.activity_date) as last_active_date
    from {{ ref('int_enrollment_day') }} as active_days
    inner join current_enrollments
        on active_days.enrollment_key = current_enrollments.enrollment_key
    group by active_days.enrollment_key
),

weeks as (
    select
        enrollment_weeks.enrollment_key,
        sum(enrollment_weeks.assessment_due_count) as assessment_due_count,
        sum(enrollment_weeks.submission_count) as submission_count
    from {{ ref('fct_enrollment_week') }} as enrollment_weeks
    inner join current_enrollments
        on enrollment_weeks.enrollment_key = current_enrollments.enrollment_key
    group by enrollment_weeks.enrollment_key
),

ordered_risks as (
    select
        scores.enrollment_key,
        current_enrollments.course_run_key,
        scores.as_of_day,
        scores.fail_or_withdraw_probability,
        scores.withdraw_probability,
        scores.risk_band,
        scores.fail_or_withdraw_probability - lag(scores.fail_or_withdraw_probability) over (
            partition by scores.enrollment_key
            order by scores.as_of_day
        ) as fail_or_withdraw_change,
        row_number() over (
            partition by scores.enrollment_key
            order by scores.as_of_day desc
        ) as number_from_last
    from {{ ref('risk_enrollment') }} as scores
    inner join current_enrollments
        on scores.enrollment_key = current_enrollments.enrollment_key
),

risks as (
    select
        *,
        cast(rank() over (
            partition by course_run_key
            order by fail_or_withdraw_probability desc
        ) as integer) as risk_rank
    from ordered_risks
    where number_from_last = 1
),

ordered_engagement as (
    select
        scores.enrollment_key,
        scores.course_week,
        scores.engagement_index,
        scores.engagement_band,
        scores.index_change,
        row_number() over (
            partition by scores.enrollment_key
            order by scores.course_week desc
        ) as number_from_last
    from {{ ref('engagement_week') }} as scores
    inner join current_enrollments
        on scores.enrollment_key = current_enrollments.enrollment_key
),

engagement as (
    select * from ordered_engagement
    where number_from_last = 1
),

rpt_at_risk as (
    select
        current_enrollments.enrollment_key,
        current_enrollments.learner_key,
        learners.learner_pseudonym,
        current_enrollments.course_run_key,
        current_enrollments.course_run_id,
        risks.risk_rank,
        risks.as_of_day as risk_as_of_day,
        risks.fail_or_withdraw_probability,
        risks.withdraw_probability,
        round(risks.fail_or_withdraw_change, 6) as fail_or_withdraw_change,
        risks.risk_band,
        engagement.course_week as engagement_course_week,
        engagement.engagement_index,
        engagement.index_change as engagement_change,
        engagement.engagement_band,
        last_active.last_active_date,
        {{ days_between('last_active.last_active_date', 'current_enrollments.as_of_date') }} as days_since_last_active,
        cast(coalesce(weeks.assessment_due_count, 0) as integer) as assessment_due_count,
        cast(coalesce(weeks.submission_count, 0) as integer) as submission_count
    from current_enrollments
    inner join learners
        on current_enrollments.learner_key = learners.learner_key
    left join last_active
        on current_enrollments.enrollment_key = last_active.enrollment_key
    left join weeks
        on current_enrollments.enrollment_key = weeks.enrollment_key
    left join risks
        on current_enrollments.enrollment_key = risks.enrollment_key
    left join engagement
        on current_enrollments.enrollment_key = engagement.enrollment_key
)

select * from rpt_at_risk
order by course_run_key, risk_rank, enrollment_key
