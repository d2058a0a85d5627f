-- Question: between registration and the passed course, at which step do enrollments get lost?
-- Kind: funnel, by the term in which the run starts.
-- Grain: term x step.
-- Reading: the steps are nested: an enrollment is at a step only if it took all before it. Whoever passes without
--     having handed in anything that is known (banked scores, exams on paper) is therefore not at the last step, and
--     the pass rate is found in `outcomes_rollup`. `share_of_previous` is the share of the step before that went on:
--     the lowest one is the leak. Only runs that are over count.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set steps = [
    'registered', 'enrolled on the first day', 'active', 'handed in work', 'enrolled to the end', 'passed',
] %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

steps as (
    {%- for step in steps %}
        select
            {{ loop.index }} as step_number,
            '{{ step }}' as step
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- distinct: whether there is work, not how much
handed_in as (
    select distinct enrollment_key
    from {{ ref('fct_submission') }}
    where
        not is_banked
        and not is_gradebook_only
),

reached as (
    select
        fct_enrollment.learner_key,
        dim_course_run.source_system,
        coalesce(dim_course_run.term_name, 'unknown') as term_name,
        dim_course_run.start_date,
        case
            when fct_enrollment.withdrawn_course_day < 0 then 1
            when fct_enrollment.first_active_date is null then 2
            when handed_in.enrollment_key is null then 3
            when fct_enrollment.final_result = 'withdrawn' then 4
            when fct_enrollment.final_result = 'fail' then 5
            else 6
        end as last_step_number
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    left join handed_in
        on fct_enrollment.enrollment_key = handed_in.enrollment_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
        and '{{ course_id }}' in ('', dim_course.course_id)
),

counted as (
    select
        reached.source_system,
        reached.term_name,
        steps.step_number,
        steps.step,
        min(reached.start_date) as start_date,
        count(distinct case when reached.last_step_number >= steps.step_number then reached.learner_key end)
            as learner_count,
        count(case when reached.last_step_number >= steps.step_number then 1 end) as enrollment_count
    from reached
    cross join steps
    group by reached.source_system, reached.term_name, steps.step_number, steps.step
),

compared as (
    select
        *,
        first_value(enrollment_count) over (partition by source_system, term_name order by step_number)
            as registered_count,
        lag(enrollment_count) over (partition by source_system, term_name order by step_number) as previous_count
    from counted
)

select
    source_system,
    term_name,
    step_number,
    step,
    learner_count,
    enrollment_count,
    round(1.0 * enrollment_count / registered_count, 3) as share_of_registered,
    round(1.0 * enrollment_count / nullif(previous_count, 0), 3) as share_of_previous
from compared
where learner_count >= {{ minimum_group_size }}
order by source_system, start_date, term_name, step_number
