-- rpt_course_week.sql: grain = course run x course week
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollment_weeks as (
    select * from {{ ref('fct_enrollment_week') }}
),

course_runs as (
    select
        course_run_key,
        course_run_id
    from {{ ref('dim_course_run') }}
),

assessments as (
    select * from {{ ref('int_assessment_due') }}
),

first_weeks as (
    select
        enrollment_key,
        course_run_key,
        min(course_week) as course_week
    from enrollment_weeks
    group by enrollment_key, course_run_key
),

registered as (
    select
        course_run_key,
        course_week,
        count(*) as registered_count
    from first_weeks
    group by course_run_key, course_week
),

-- of the work due in a week, what was handed in by its end, so that the rest is missing
handed_in as (
    select
        submissions.course_run_key,
        assessments.due_course_week as course_week,
        count(*) as handed_in_count
    from {{ ref('fct_submission') }} as submissions
    inner join assessments
        on
            submissions.assessment_key = assessments.assessment_key
            and submissions.course_run_key = assessments.course_run_key
            and {{ course_week('submissions.submitted_course_day') }} <= assessments.due_course_week
    inner join enrollment_weeks
        on
            submissions.enrollment_key = enrollment_weeks.enrollment_key
            and assessments.due_course_week = enrollment_weeks.course_week
    inner join as_of
        on submissions.submitted_date <= as_of.as_of_date
    where
        submissions.attempt_number = 1
        and not submissions.is_banked
        and not submissions.is_gradebook_only
    group by submissions.course_run_key, assessments.due_course_week
),

replies as (
    select
        enrollment_weeks.course_run_key,
        enrollment_weeks.course_week,
        count(*) as reply_count
    from {{ ref('fct_post') }} as posts
    inner join enrollment_weeks
        on
            posts.enrollment_key = enrollment_weeks.enrollment_key
            and {{ course_week('posts.course_day') }} = enrollment_weeks.course_week
    inner join as_of
        on posts.posted_date <= as_of.as_of_date
    where posts.is_reply
    group by enrollment_weeks.course_run_key, enrollment_weeks.course_week
),

staff_replies as (
    select
        posts.course_run_key,
        {{ course_week('posts.course_day') }} as course_week,
        count(*) as staff_reply_count
    from {{ ref('fct_post') }} as posts
    inner join as_of
        on posts.posted_date <= as_of.as_of_date
    where
        posts.is_staff
        and posts.is_reply
    group by posts.course_run_key, {{ course_week('posts.course_day') }}
),

summed as (
    select
        course_run_key,
        course_week,
        min(week_start_date) as week_start_date,
        count(*) as enrollment_count,
        count(case when is_enrolled_at_week_end then 1 end) as enrolled_at_week_end_count,
        count(case when active_day_count > 0 then 1 end) as active_enrollment_count,
        cast(sum(interaction_count) as bigint) as interaction_count,
        cast(sum(duration_seconds) as bigint) as duration_seconds,
        cast(sum(active_day_count) as bigint) as active_day_count,
        cast(sum(post_count) as bigint) as post_count,
        cast(sum(assessment_due_count) as bigint) as assessment_due_count,
        cast(sum(submission_count) as bigint) as submission_count,
        cast(sum(on_time_submission_count) as bigint) as on_time_submission_count,
        cast(sum(late_submission_count) as bigint) as late_submission_count,
        cast(sum(scored_submission_count) as bigint) as scored_submission_count,
        -- exact decimals, so that the sum does not depend on the order of the rows
        cast(sum(cast(score_sum as decimal(18, 6))) as double) as score_sum,
        percentile_cont(0.5) within group (order by score_sum / scored_submission_count) as median_score
    from enrollment_weeks
    group by course_run_key, course_week
),

rpt_course_week as (
    select
        summed.course_run_key,
        course_runs.course_run_id,
        summed.course_week,
        {{ date_key('summed.week_start_date') }} as date_key,
        summed.week_start_date,
        summed.enrollment_count,
        coalesce(registered.registered_count, 0) as registered_count,
        summed.enrollment_count - summed.enrolled_at_week_end_count as withdrawn_count,
        summed.enrolled_at_week_end_count,
        summed.active_enrollment_count,
        {{ share('summed.active_enrollment_count', 'summed.enrollment_count') }} as active_share,
        summed.interaction_count,
        summed.duration_seconds,
        summed.active_day_count,
        summed.assessment_due_count,
        summed.submission_count,
        summed.on_time_submission_count,
        summed.late_submission_count,
        summed.assessment_due_count - coalesce(handed_in.handed_in_count, 0) as missing_submission_count,
        summed.scored_submission_count,
        round(summed.score_sum / nullif(summed.scored_submission_count, 0), 6) as mean_score,
        round(summed.median_score, 6) as median_score,
        summed.post_count,
        coalesce(replies.reply_count, 0) as reply_count,
        coalesce(staff_replies.staff_reply_count, 0) as staff_reply_count
    from summed
    inner join course_runs
        on summed.course_run_key = course_runs.course_run_key
    left join registered
        on
            summed.course_run_key = registered.course_run_key
            and summed.course_week = registered.course_week
    left join handed_in
        on
            summed.course_run_key = handed_in.course_run_key
            and summed.course_week = handed_in.course_week
    left join replies
        on
            summed.course_run_key = replies.course_run_key
            and summed.course_week = replies.course_week
    left join staff_replies
        on
            summed.course_run_key = staff_replies.course_run_key
            and summed.course_week = staff_replies.course_week
)

select * from rpt_course_week
order by course_run_key, course_week
