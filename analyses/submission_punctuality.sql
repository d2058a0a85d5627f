-- Question: is work handed in on time, in which courses and kinds of assessments, and does late work score less?
-- Kind: grouping sets: three margins and the total in one pass over the submissions.
-- Grain: column `grouping_level` says which: course; assessment type; assessment type x punctuality; total.
-- Reading: `attempt_share` is of all attempts, by punctuality of those of the assessment type; `late_share` is of the
--     attempts that have a due date. Compare scores of early and late work within one assessment type
--     only: types differ in both. Where work is accepted until the end
--     of the run (OULAD's computer-marked quizzes), late means after the recommended date.
--     Banked scores, and results of which nobody knows when the work was handed in, are left out.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

attempts as (
    select
        fct_submission.learner_key,
        dim_course.course_key,
        dim_course.course_title,
        dim_assessment.assessment_type,
        case
            when fct_submission.days_before_due is null then 'no due date'
            when fct_submission.days_before_due >= 7 then 'a week early or more'
            when fct_submission.days_before_due >= 1 then '1 to 6 days early'
            when fct_submission.days_before_due = 0 then 'on the due date'
            when fct_submission.days_before_due >= -7 then 'up to a week late'
            else 'more than a week late'
        end as punctuality,
        fct_submission.days_before_due,
        case when fct_submission.is_late then 1.0 when not fct_submission.is_late then 0.0 end as late,
        fct_submission.score
    from {{ ref('fct_submission') }} as fct_submission
    inner join {{ ref('dim_assessment') }} as dim_assessment
        on fct_submission.assessment_key = dim_assessment.assessment_key
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_submission.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        not fct_submission.is_banked
        and not fct_submission.is_gradebook_only
        and '{{ course_id }}' in ('', dim_course.course_id)
),

grouped as (
    select
        case when grouping(course_key) = 1 then '(all)' else course_title end as course_title,
        case when grouping(assessment_type) = 1 then '(all)' else assessment_type end as assessment_type,
        case when grouping(punctuality) = 1 then '(all)' else punctuality end as punctuality,
        grouping(course_key) as is_all_courses,
        grouping(assessment_type) as is_all_types,
        grouping(punctuality) as is_all_punctualities,
        count(distinct learner_key) as learner_count,
        count(*) as attempt_count,
        avg(late) as late_share,
        avg(score) as mean_score,
        min(days_before_due) as days_before_due
    from attempts
    -- sqlfluff cannot read grouping sets in DuckDB's dialect
    group by grouping sets (
        (course_key, course_title),
        (assessment_type),
        (assessment_type, punctuality),
        ()
    )
),

shares as (
    select
        *,
        1.0 * attempt_count / case
            when is_all_punctualities = 0
                then max(attempt_count) over (partition by is_all_types, assessment_type)
            else max(attempt_count) over ()
        end as attempt_share
    from grouped
)

select
    case
        when is_all_courses = 0 then 'course'
        when is_all_punctualities = 0 then 'assessment type x punctuality'
        when is_all_types = 0 then 'assessment type'
        else 'total'
    end as grouping_level,
    course_title,
    assessment_type,
    punctuality,
    learner_count,
    attempt_count,
    round(attempt_share, 3) as attempt_share,
    round(late_share, 3) as late_share,
    round(mean_score, 1) as mean_score
from shares
where learner_count >= {{ minimum_group_size }}
order by
    is_all_types * is_all_courses desc,
    is_all_courses asc,
    course_title asc,
    assessment_type asc,
    is_all_punctualities desc,
    days_before_due desc nulls last
