-- fct_submission.sql: grain = enrollment x assessment x attempt (transaction)
with

submissions as (
    select * from {{ ref('submission') }}
),

enrollments as (
    select
        source_system,
        course_run_id,
        learner_id,
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        run_start_date
    from {{ ref('int_enrollment') }}
),

assessments as (
    select
        source_system,
        assessment_id,
        assessment_key,
        due_date,
        due_date_key
    from {{ ref('dim_assessment') }}
),

keyed as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        enrollments.demographics_key,
        enrollments.run_start_date,
        assessments.assessment_key,
        assessments.due_date,
        assessments.due_date_key,
        submissions.record_type,
        submissions.submission_id,
        submissions.submitted_at,
        submissions.submitted_date,
        submissions.score,
        submissions.is_banked
    from submissions
    inner join enrollments
        on
            submissions.source_system = enrollments.source_system
            and submissions.course_run_id = enrollments.course_run_id
            and submissions.learner_id = enrollments.learner_id
    inner join assessments
        on
            submissions.source_system = assessments.source_system
            and submissions.assessment_id = assessments.assessment_id
),

ordered as (
    select
        *,
        count(case when record_type = 'attempt' then 1 end) over (
            partition by enrollment_key, assessment_key
        ) as attempt_count,
        row_number() over (
            partition by enrollment_key, assessment_key, record_type
            order by submitted_date, submitted_at, submission_id
        ) as record_number,
        row_number() over (
            partition by enrollment_key, assessment_key, record_type
            order by submitted_date desc, submitted_at desc, submission_id desc
        ) as record_number_from_last
    from keyed
),

-- the gradebook's latest result scores the last attempt; without an attempt, a result is the submission itself
results as (
    select
        enrollment_key,
        assessment_key,
        score,
        submitted_date as scored_date
    from ordered
    where
        record_type = 'result'
        and record_number_from_last = 1
),

submitted as (
    select
        ordered.*,
        ordered.record_type = 'result' as is_gradebook_only,
        case
            when ordered.record_type = 'attempt' and ordered.record_number_from_last = 1
                then coalesce(ordered.score, results.score)
            else ordered.score
        end as known_score,
        case
            when ordered.score is not null then ordered.submitted_date
            when ordered.record_type = 'attempt' and ordered.record_number_from_last = 1 and results.score is not null
                then results.scored_date
        end as scored_date
    from ordered
    left join results
        on
            ordered.enrollment_key = results.enrollment_key
            and ordered.assessment_key = results.assessment_key
    where
        ordered.record_type = 'attempt'
        or ordered.attempt_count = 0
),

fct_submission as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        assessment_key,
        {{ date_key('submitted_date') }} as submitted_date_key,
        due_date_key,
        cast(record_number as integer) as attempt_number,
        submitted_at,
        submitted_date,
        due_date,
        {{ days_between('run_start_date', 'submitted_date') }} as submitted_course_day,
        scored_date,
        {{ days_between('run_start_date', 'scored_date') }} as scored_course_day,
        {{ days_between('submitted_date', 'due_date') }} as days_before_due,
        case when not is_gradebook_only and not is_banked then submitted_date > due_date end as is_late,
        known_score as score,
        is_banked,
        is_gradebook_only
    from submitted
)

select * from fct_submission
order by enrollment_key, assessment_key, attempt_number
