-- Question: whom would the list of `rpt_learner_attention` have named in time, and how steady would it have been?
-- Kind: replay of weekly snapshots against the outcome.
-- Grain: course week.
-- Reading: `listed_failed_share` is how often the list is right (the share of those on it who failed or withdrew in the
--     end), `found_share` how many of those who failed or withdrew it names. `new_share` is the tutors' new work of the
--     week. `returned_share` is of those who left the list: the share that was on it again within two weeks.
-- As of: the list of a week is made of what was known at its end. Only runs that are over, and of these those whose
--     risk scores were made by models that knew no later run; waiting posts are left out.
{%- set minimum_group_size = var('minimum_group_size') %}
with

looked_back as (
    select fct_enrollment.course_run_key
    from {{ ref('risk_enrollment') }} as risk_enrollment
    inner join {{ ref('fct_enrollment') }} as fct_enrollment
        on risk_enrollment.enrollment_key = fct_enrollment.enrollment_key
    where risk_enrollment.is_retrospective
    group by fct_enrollment.course_run_key
),

outcomes as (
    select
        fct_enrollment.enrollment_key,
        fct_enrollment.learner_key,
        case when fct_enrollment.final_result in ('fail', 'withdrawn') then 1 else 0 end as failed
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    left join looked_back
        on fct_enrollment.course_run_key = looked_back.course_run_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
        and looked_back.course_run_key is null
),

attention_weeks as (
    {{ attention_weeks('outcomes') }}
),

listed as (
    select
        enrollment_key,
        course_week,
        case when attention_since_week is not null then 1 else 0 end as is_listed
    from attention_weeks
),

steps as (
    select
        enrollment_key,
        course_week,
        is_listed,
        coalesce(lag(is_listed) over (partition by enrollment_key order by course_week), 0) as was_listed,
        coalesce(max(is_listed) over (
            partition by enrollment_key
            order by course_week
            rows between 1 following and 2 following
        ), 0) as will_be_listed
    from listed
)

select
    steps.course_week,
    count(distinct outcomes.learner_key) as learner_count,
    count(*) as enrollment_count,
    round(1.0 * sum(outcomes.failed) / count(*), 3) as failed_share,
    round(1.0 * sum(steps.is_listed) / count(*), 3) as listed_share,
    round(1.0 * sum(steps.is_listed * (1 - steps.was_listed)) / count(*), 3) as new_share,
    case
        when sum(steps.is_listed) >= {{ minimum_group_size }} then
            round(1.0 * sum(steps.is_listed * outcomes.failed) / sum(steps.is_listed), 3)
    end as listed_failed_share,
    case
        when sum(outcomes.failed) >= {{ minimum_group_size }} then
            round(1.0 * sum(steps.is_listed * outcomes.failed) / sum(outcomes.failed), 3)
    end as found_share,
    case
        when sum((1 - steps.is_listed) * steps.was_listed) >= {{ minimum_group_size }} then
            round(
                1.0 * sum((1 - steps.is_listed) * steps.was_listed * steps.will_be_listed)
                / sum((1 - steps.is_listed) * steps.was_listed),
                3
            )
    end as returned_share
from steps
inner join outcomes
    on steps.enrollment_key = outcomes.enrollment_key
group by steps.course_week
having count(distinct outcomes.learner_key) >= {{ minimum_group_size }}
order by steps.course_week
