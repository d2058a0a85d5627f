-- Question: how do enrollments, activity and submissions of a course run go together?
-- Kind: drill-across over three facts on the conformed dimension course run.
-- Grain: course run.
-- Reading: each fact is summed alone to the course run and only then joined. Joined row by row, each submission would
--     multiply with each activity of its enrollment. A running run has less of everything: compare it with runs of the
--     same age. `passed_share` is null until the run is over. Lateness and scores also hang on the kinds of
--     assessments that a run has, see `submission_punctuality`.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

enrolled as (
    select
        course_run_key,
        count(distinct learner_key) as learner_count,
        count(*) as enrollment_count,
        avg(case
            when final_result in ('pass', 'distinction') then 1.0
            when final_result is not null then 0.0
        end) as passed_share
    from {{ ref('fct_enrollment') }}
    group by course_run_key
),

activity_use as (
    select
        course_run_key,
        count(distinct enrollment_key) as active_enrollment_count,
        cast(sum(interaction_count) as bigint) as interaction_count
    from {{ ref('fct_daily_activity') }}
    group by course_run_key
),

submitted as (
    select
        course_run_key,
        count(*) as attempt_count,
        avg(case when is_late then 1.0 when not is_late then 0.0 end) as late_share,
        avg(score) as mean_score
    from {{ ref('fct_submission') }}
    where
        not is_banked
        and not is_gradebook_only
    group by course_run_key
)

select
    dim_course.course_title,
    dim_course_run.course_run_id,
    dim_course_run.start_date,
    dim_course_run.is_finished,
    enrolled.learner_count,
    enrolled.enrollment_count,
    coalesce(activity_use.interaction_count, 0) as interaction_count,
    coalesce(submitted.attempt_count, 0) as attempt_count,
    round(1.0 * coalesce(activity_use.active_enrollment_count, 0) / enrolled.enrollment_count, 3) as active_share,
    round(1.0 * activity_use.interaction_count / activity_use.active_enrollment_count, 1)
        as interactions_per_active_enrollment,
    round(submitted.late_share, 3) as late_share,
    round(submitted.mean_score, 1) as mean_score,
    case when dim_course_run.is_finished then round(enrolled.passed_share, 3) end as passed_share
from enrolled
left join activity_use
    on enrolled.course_run_key = activity_use.course_run_key
left join submitted
    on enrolled.course_run_key = submitted.course_run_key
inner join {{ ref('dim_course_run') }} as dim_course_run
    on enrolled.course_run_key = dim_course_run.course_run_key
inner join {{ ref('dim_course') }} as dim_course
    on dim_course_run.course_key = dim_course.course_key
where
    enrolled.learner_count >= {{ minimum_group_size }}
    and '{{ course_id }}' in ('', dim_course.course_id)
order by
    dim_course.course_title,
    dim_course_run.start_date,
    dim_course_run.course_run_id
