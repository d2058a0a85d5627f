-- rpt_assessment.sql: grain = assessment
{%- set minimum_pairs = 10 %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

assessments as (
    select *
    from {{ ref('dim_assessment') }}
    where assessment_key <> {{ unknown_key() }}
),

course_runs as (
    select
        course_run_key,
        course_run_id
    from {{ ref('dim_course_run') }}
),

submissions as (
    select
        submissions.enrollment_key,
        submissions.assessment_key,
        submissions.attempt_number,
        submissions.submitted_course_day,
        submissions.is_late,
        submissions.is_banked,
        submissions.is_gradebook_only,
        -- exact decimals, so that sums do not depend on the order of the rows
        case when submissions.scored_date <= as_of.as_of_date then cast(submissions.score as decimal(9, 6)) end
            as score,
        submissions.scored_date
    from {{ ref('fct_submission') }} as submissions
    cross join as_of
    where coalesce(submissions.submitted_date <= as_of.as_of_date, true)
),

first_attempts as (
    select *
    from submissions
    where
        attempt_number = 1
        and not is_gradebook_only
),

attempted as (
    select
        assessment_key,
        count(case when attempt_number = 1 and not is_gradebook_only and not is_banked then 1 end)
            as submission_count,
        count(case when not is_gradebook_only and not is_banked then 1 end) as attempt_count,
        count(case when attempt_number = 1 and is_late then 1 end) as late_submission_count,
        count(case when attempt_number = 1 and is_late is not null then 1 end) as dated_submission_count,
        count(case when is_banked then 1 end) as banked_count,
        count(case when is_gradebook_only then 1 end) as gradebook_only_count
    from submissions
    group by assessment_key
),

due_assessments as (
    select * from {{ ref('int_assessment_due') }}
),

due as (
    select
        due_assessments.assessment_key,
        count(*) as due_count,
        count(case when first_attempts.enrollment_key is null then 1 end) as missing_count
    from {{ ref('fct_enrollment_week') }} as enrollment_weeks
    inner join due_assessments
        on
            enrollment_weeks.course_run_key = due_assessments.course_run_key
            and enrollment_weeks.course_week = due_assessments.due_course_week
    left join first_attempts
        on
            enrollment_weeks.enrollment_key = first_attempts.enrollment_key
            and due_assessments.assessment_key = first_attempts.assessment_key
    where not coalesce(first_attempts.is_banked, false)
    group by due_assessments.assessment_key
),

score_order as (
    select
        enrollment_key,
        assessment_key,
        score,
        row_number() over (
            partition by enrollment_key, assessment_key
            order by scored_date, attempt_number
        ) as score_number
    from submissions
    where
        score is not null
        and not is_banked
),

first_scores as (
    select
        enrollment_key,
        assessment_key,
        score,
        sum(score) over (partition by enrollment_key) - score as other_score_sum,
        count(*) over (partition by enrollment_key) - 1 as other_score_count
    from score_order
    where score_number = 1
),

-- the rest score: what the learner scored elsewhere in the run, null where nothing
scores as (
    select
        enrollment_key,
        assessment_key,
        score,
        round(other_score_sum / nullif(other_score_count, 0), 6) as rest_score
    from first_scores
),

pairs as (
    select
        assessment_key,
        score,
        rest_score,
        count(*) over (partition by assessment_key) as pair_count,
        row_number() over (
            partition by assessment_key
            order by rest_score, enrollment_key
        ) as rank_from_below,
        row_number() over (
            partition by assessment_key
            order by rest_score desc, enrollment_key desc
        ) as rank_from_above
    from scores
    where rest_score is not null
),

item_scores as (
    select
        assessment_key,
        count(*) as scored_count,
        avg(score) as mean_score,
        percentile_cont(0.5) within group (order by score) as median_score,
        stddev_samp(score) as score_standard_deviation
    from scores
    group by assessment_key
),

item_pairs as (
    select
        assessment_key,
        count(*) as discrimination_pair_count,
        case
            when count(*) >= {{ minimum_pairs }} and min(score) < max(score) and min(rest_score) < max(rest_score)
                then corr(score, rest_score)
        end as item_rest_correlation,
        case
            when count(*) >= {{ minimum_pairs }}
                then
                    (
                        avg(case when rank_from_above <= round(0.27 * pair_count) then score end)
                        - avg(case when rank_from_below <= round(0.27 * pair_count) then score end)
                    ) / 100
        end as upper_lower_index
    from pairs
    group by assessment_key
),

rpt_assessment as (
    select
        assessments.assessment_key,
        assessments.course_run_key,
        course_runs.course_run_id,
        assessments.assessment_name,
        assessments.assessment_type,
        assessments.due_date_key,
        assessments.due_date,
        coalesce(due.due_count, 0) as due_count,
        coalesce(attempted.submission_count, 0) as submission_count,
        coalesce(attempted.attempt_count, 0) as attempt_count,
        coalesce(attempted.late_submission_count, 0) as late_submission_count,
        coalesce(due.missing_count, 0) as missing_count,
        coalesce(attempted.banked_count, 0) as banked_count,
        coalesce(attempted.gradebook_only_count, 0) as gradebook_only_count,
        {{ share('attempted.late_submission_count', 'attempted.dated_submission_count') }} as late_share,
        {{ share('due.missing_count', 'due.due_count') }} as missing_share,
        coalesce(item_scores.scored_count, 0) as scored_count,
        round(item_scores.mean_score, 6) as mean_score,
        cast(round(item_scores.median_score, 6) as double) as median_score,
        round(item_scores.score_standard_deviation, 6) as score_standard_deviation,
        round(item_scores.mean_score / 100, 6) as difficulty_index,
        coalesce(item_pairs.discrimination_pair_count, 0) as discrimination_pair_count,
        round(item_pairs.item_rest_correlation, 6) as item_rest_correlation,
        round(item_pairs.upper_lower_index, 6) as upper_lower_index
    from assessments
    inner join course_runs
        on assessments.course_run_key = course_runs.course_run_key
    left join attempted
        on assessments.assessment_key = attempted.assessment_key
    left join due
        on assessments.assessment_key = due.assessment_key
    left join item_scores
        on assessments.assessment_key = item_scores.assessment_key
    left join item_pairs
        on assessments.assessment_key = item_pairs.assessment_key
)

select * from rpt_assessment
order by course_run_key, due_date, assessment_key
