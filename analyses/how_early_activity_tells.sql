-- Question: from which week on does activity tell who will pass, and do clicks or active days tell it better?
-- Kind: early activity versus outcome, by ranks (window functions).
-- Grain: course week.
-- Reading: take two learners of one course run, one who will pass and one who will not. The separation is how often
--     the one who will pass had been the more active by the end of the week (a tie counts half): 0.5 tells nothing,
--     1 all. It is the area under the ROC curve, from the rank sums (Mann-Whitney), over all pairs within runs.
-- As of: counted is only what was known at the end of the week, and only who was still enrolled then. So the learners
--     get fewer from week to week, and those still to be told apart get more alike. Only runs that are over.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set last_course_week = 11 %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

outcomes as (
    select
        fct_enrollment.enrollment_key,
        case when fct_enrollment.final_result in ('pass', 'distinction') then 1 else 0 end as passed
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
        and '{{ course_id }}' in ('', dim_course.course_id)
),

so_far as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        course_week,
        is_enrolled_at_week_end,
        sum(interaction_count) over (
            partition by enrollment_key
            order by course_week
            rows between unbounded preceding and current row
        ) as interaction_count,
        sum(active_day_count) over (
            partition by enrollment_key
            order by course_week
            rows between unbounded preceding and current row
        ) as active_day_count
    from {{ ref('fct_enrollment_week') }}
    where course_week <= {{ last_course_week }}
),

compared as (
    select
        so_far.learner_key,
        so_far.course_run_key,
        so_far.course_week,
        so_far.interaction_count,
        so_far.active_day_count,
        outcomes.passed
    from so_far
    inner join outcomes
        on so_far.enrollment_key = outcomes.enrollment_key
    where
        so_far.course_week >= 0
        and so_far.is_enrolled_at_week_end
),

-- mid-ranks: those with the same value share the mean of their ranks
ranked as (
    select
        course_run_key,
        course_week,
        passed,
        rank() over (partition by course_run_key, course_week order by interaction_count)
        + (count(*) over (partition by course_run_key, course_week, interaction_count) - 1) / 2.0 as interaction_rank,
        rank() over (partition by course_run_key, course_week order by active_day_count)
        + (count(*) over (partition by course_run_key, course_week, active_day_count) - 1) / 2.0 as active_day_rank
    from compared
),

by_run as (
    select
        course_run_key,
        course_week,
        count(*) as enrollment_count,
        sum(passed) as passed_count,
        sum(passed) * (count(*) - sum(passed)) as pair_count,
        sum(passed * interaction_rank) - sum(passed) * (sum(passed) + 1) / 2.0 as interaction_won_pair_count,
        sum(passed * active_day_rank) - sum(passed) * (sum(passed) + 1) / 2.0 as active_day_won_pair_count
    from ranked
    group by course_run_key, course_week
),

learners as (
    select
        course_week,
        count(distinct learner_key) as learner_count
    from compared
    group by course_week
)

select
    by_run.course_week,
    count(*) as course_run_count,
    learners.learner_count,
    cast(sum(by_run.enrollment_count) as bigint) as enrollment_count,
    round(1.0 * sum(by_run.passed_count) / sum(by_run.enrollment_count), 3) as passed_share,
    round(1.0 * sum(by_run.interaction_won_pair_count) / nullif(sum(by_run.pair_count), 0), 3)
        as interaction_separation,
    round(1.0 * sum(by_run.active_day_won_pair_count) / nullif(sum(by_run.pair_count), 0), 3)
        as active_day_separation
from by_run
inner join learners
    on by_run.course_week = learners.course_week
group by by_run.course_week, learners.learner_count
having learners.learner_count >= {{ minimum_group_size }}
order by by_run.course_week
