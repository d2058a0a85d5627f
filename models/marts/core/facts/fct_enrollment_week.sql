{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ choose_runs() }}",
    on_schema_change='fail',
) }}
-- fct_enrollment_week.sql: grain = enrollment x course week (periodic snapshot)
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollments as (
    select
        int_enrollment.enrollment_key,
        int_enrollment.learner_key,
        int_enrollment.course_run_key,
        int_enrollment.demographics_key,
        int_enrollment.run_start_date,
        case when int_enrollment.withdrawn_date <= as_of.as_of_date then int_enrollment.withdrawn_date end
            as withdrawn_date,
        int_enrollment.run_end_date,
        coalesce(int_enrollment.registered_date, int_enrollment.run_start_date) as first_date,
        least(int_enrollment.run_end_date, int_enrollment.withdrawn_date, as_of.as_of_date) as last_date,
        as_of.as_of_date
    from {{ ref('int_enrollment') }} as int_enrollment
    cross join as_of
    where
        int_enrollment.run_start_date is not null
        and {{ in_chosen_runs('int_enrollment.course_run_key') }}
),

spans as (
    select
        *,
        {{ course_week(days_between('run_start_date', 'first_date')) }} as first_course_week,
        {{ course_week(days_between('run_start_date', 'last_date')) }} as last_course_week
    from enrollments
),

numbered_weeks as (
    select
        *,
        cast({{ explode_numbers('first_course_week', 'last_course_week') }} as integer) as course_week
    from spans
    where first_course_week <= last_course_week
),

dated_weeks as (
    select
        *,
        {{ add_days('run_start_date', '7 * course_week') }} as week_start_date,
        {{ add_days('run_start_date', '7 * course_week + 6') }} as week_end_date
    from numbered_weeks
),

-- a week is there once it is over (the last one of a run: once the run is over, with what is known of it by then)
weeks as (
    select *
    from dated_weeks
    where
        least(week_end_date, run_end_date) <= as_of_date
        and first_date <= as_of_date
),

-- a small vocabulary: see map_activity_type
activities as (
    select
        activity_key,
        {{ number_bit('dense_rank() over (order by activity_type)') }} as activity_type_bit
    from {{ ref('dim_activity') }}
),

use_by_week as (
    select
        daily_activity.enrollment_key,
        daily_activity.course_week,
        sum(daily_activity.interaction_count) as interaction_count,
        sum(daily_activity.duration_seconds) as duration_seconds,
        {{ count_of_bits(union_of_bits(weekday_bit('daily_activity.activity_date'))) }} as active_day_count,
        count(distinct daily_activity.activity_key) as activity_count,
        {{ count_of_bits(union_of_bits('activities.activity_type_bit')) }} as activity_type_count,
        max(daily_activity.activity_date) as last_active_date
    from {{ ref('fct_daily_activity') }} as daily_activity
    inner join activities
        on daily_activity.activity_key = activities.activity_key
    inner join as_of
        on daily_activity.activity_date <= as_of.as_of_date
    where {{ in_chosen_runs('daily_activity.course_run_key') }}
    group by daily_activity.enrollment_key, daily_activity.course_week
),

posts_by_week as (
    select
        posts.enrollment_key,
        {{ course_week('posts.course_day') }} as course_week,
        count(*) as post_count
    from {{ ref('fct_post') }} as posts
    inner join as_of
        on posts.posted_date <= as_of.as_of_date
    group by posts.enrollment_key, {{ course_week('posts.course_day') }}
),

submissions as (
    select * from {{ ref('fct_submission') }}
),

assessments_due as (
    select * from {{ ref('int_assessment_due') }}
),

first_attempts as (
    select
        submissions.enrollment_key,
        submissions.is_banked,
        submissions.is_late,
        submissions.days_before_due,
        {{ course_week('submissions.submitted_course_day') }} as course_week,
        assessments_due.due_course_week
    from submissions
    cross join as_of
    left join assessments_due
        on
            submissions.assessment_key = assessments_due.assessment_key
            and submissions.course_run_key = assessments_due.course_run_key
    where
        submissions.attempt_number = 1
        and not submissions.is_gradebook_only
        and coalesce(submissions.submitted_date <= as_of.as_of_date, true)
),

submissions_by_week as (
    select
        first_attempts.enrollment_key,
        first_attempts.course_week,
        count(*) as submission_count,
        count(case when not first_attempts.is_late then 1 end) as on_time_submission_count,
        count(case when first_attempts.is_late then 1 end) as late_submission_count,
        -- before the learner registered, nothing was due from them
        count(
            case when first_attempts.is_late and first_attempts.due_course_week >= spans.first_course_week then 1 end
        ) as due_late_count,
        sum(case when not first_attempts.is_late then least(first_attempts.days_before_due, 7) end) as early_day_count
    from first_attempts
    inner join spans
        on first_attempts.enrollment_key = spans.enrollment_key
    where not first_attempts.is_banked
    group by first_attempts.enrollment_key, first_attempts.course_week
),

-- a score counts in the week in which it was known, once per assessment
first_scores as (
    select
        submissions.enrollment_key,
        submissions.assessment_key,
        submissions.score,
        {{ course_week('submissions.scored_course_day') }} as course_week,
        row_number() over (
            partition by submissions.enrollment_key, submissions.assessment_key
            order by submissions.scored_course_day, submissions.attempt_number
        ) as score_number
    from submissions
    inner join as_of
        on submissions.scored_date <= as_of.as_of_date
    where
        submissions.score is not null
        and not submissions.is_banked
),

scores_by_week as (
    select
        enrollment_key,
        course_week,
        sum(score) as score_sum,
        count(*) as scored_submission_count
    from first_scores
    where score_number = 1
    group by enrollment_key, course_week
),

due_by_week as (
    select
        course_run_key,
        due_course_week,
        count(*) as assessment_count
    from assessments_due
    group by course_run_key, due_course_week
),

-- of what is due in a week; a banked score leaves nothing to hand in
done_by_due_week as (
    select
        enrollment_key,
        due_course_week,
        count(case when is_banked then 1 end) as banked_count,
        count(case when not is_banked and not is_late then 1 end) as on_time_count
    from first_attempts
    where due_course_week is not null
    group by enrollment_key, due_course_week
),

-- the order of weeks is asked for while the rows are narrow
used_weeks as (
    select
        weeks.enrollment_key,
        weeks.learner_key,
        weeks.course_run_key,
        weeks.demographics_key,
        weeks.course_week,
        weeks.week_start_date,
        weeks.week_end_date,
        weeks.withdrawn_date,
        use_by_week.interaction_count,
        use_by_week.duration_seconds,
        use_by_week.active_day_count,
        use_by_week.activity_count,
        use_by_week.activity_type_count,
        max(use_by_week.last_active_date) over (
            partition by weeks.enrollment_key
            order by weeks.course_week
            rows between unbounded preceding and current row
        ) as last_active_date
    from weeks
    left join use_by_week
        on
            weeks.enrollment_key = use_by_week.enrollment_key
            and weeks.course_week = use_by_week.course_week
),

measured as (
    select
        used_weeks.enrollment_key,
        used_weeks.learner_key,
        used_weeks.course_run_key,
        used_weeks.demographics_key,
        used_weeks.course_week,
        used_weeks.week_start_date,
        used_weeks.week_end_date,
        used_weeks.last_active_date,
        coalesce(used_weeks.withdrawn_date > used_weeks.week_end_date, true) as is_enrolled_at_week_end,
        coalesce(used_weeks.interaction_count, 0) as interaction_count,
        used_weeks.duration_seconds,
        coalesce(used_weeks.active_day_count, 0) as active_day_count,
        coalesce(used_weeks.activity_count, 0) as activity_count,
        coalesce(used_weeks.activity_type_count, 0) as activity_type_count,
        coalesce(posts_by_week.post_count, 0) as post_count,
        coalesce(due_by_week.assessment_count, 0) - coalesce(done_by_due_week.banked_count, 0)
            as assessment_due_count,
        coalesce(done_by_due_week.on_time_count, 0) as due_on_time_count,
        coalesce(submissions_by_week.submission_count, 0) as submission_count,
        coalesce(submissions_by_week.on_time_submission_count, 0) as on_time_submission_count,
        coalesce(submissions_by_week.late_submission_count, 0) as late_submission_count,
        coalesce(submissions_by_week.due_late_count, 0) as due_late_count,
        coalesce(submissions_by_week.early_day_count, 0) as early_day_count,
        scores_by_week.score_sum,
        coalesce(scores_by_week.scored_submission_count, 0) as scored_submission_count
    from used_weeks
    left join posts_by_week
        on
            used_weeks.enrollment_key = posts_by_week.enrollment_key
            and used_weeks.course_week = posts_by_week.course_week
    left join submissions_by_week
        on
            used_weeks.enrollment_key = submissions_by_week.enrollment_key
            and used_weeks.course_week = submissions_by_week.course_week
    left join scores_by_week
        on
            used_weeks.enrollment_key = scores_by_week.enrollment_key
            and used_weeks.course_week = scores_by_week.course_week
    left join due_by_week
        on
            used_weeks.course_run_key = due_by_week.course_run_key
            and used_weeks.course_week = due_by_week.due_course_week
    left join done_by_due_week
        on
            used_weeks.enrollment_key = done_by_due_week.enrollment_key
            and used_weeks.course_week = done_by_due_week.due_course_week
),

fct_enrollment_week as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        {{ date_key('week_start_date') }} as date_key,
        course_week,
        week_start_date,
        is_enrolled_at_week_end,
        cast(interaction_count as bigint) as interaction_count,
        cast(duration_seconds as bigint) as duration_seconds,
        active_day_count,
        cast(activity_count as integer) as activity_count,
        cast(activity_type_count as integer) as activity_type_count,
        cast(post_count as integer) as post_count,
        cast(assessment_due_count as integer) as assessment_due_count,
        cast(due_on_time_count as integer) as due_on_time_count,
        cast(submission_count as integer) as submission_count,
        cast(on_time_submission_count as integer) as on_time_submission_count,
        cast(late_submission_count as integer) as late_submission_count,
        cast(due_late_count as integer) as due_late_count,
        cast(early_day_count as integer) as early_day_count,
        score_sum,
        cast(scored_submission_count as integer) as scored_submission_count,
        {{ days_between('last_active_date', 'week_end_date') }} as days_since_last_active
    from measured
)

select * from fct_enrollment_week
order by course_run_key, enrollment_key, course_week
