-- Question: do groups of learners pass at different rates, and is that more than the courses that they take?
-- Kind: slice (a course) and dice (one demographic attribute after the other).
-- Grain: demographic attribute x value.
-- Reading: groups take different courses, and courses differ in how many pass (Simpson's paradox). So compare
--     `passed_share` with `expected_passed_share`, what the group would have if its members passed at the rates of
--     their course runs (indirect standardization). A `difference` smaller than `difference_margin` may be chance, and
--     so may one in twenty larger ones. Shares are of enrollments in runs that are over.
-- Privacy: a group is shown from the minimum number of learners on. Smaller ones are joined, smallest first, into
--     `(small groups)` until they are enough, so that no group can be had as the difference to a total.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set attributes = ['gender', 'age_band', 'highest_education', 'deprivation_band', 'disability', 'region'] %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

outcomes as (
    select
        fct_enrollment.enrollment_key,
        fct_enrollment.learner_key,
        fct_enrollment.course_run_key,
        fct_enrollment.demographics_key,
        case when fct_enrollment.final_result in ('pass', 'distinction') then 1.0 else 0.0 end as passed,
        case when fct_enrollment.final_result = 'withdrawn' then 1.0 else 0.0 end as withdrew
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

expected as (
    select
        *,
        avg(passed) over (partition by course_run_key) as expected_passed
    from outcomes
),

diced as (
    {%- for attribute in attributes %}
        select
            expected.*,
            '{{ attribute }}' as attribute_name,
            dim_demographics.{{ attribute }} as group_name
        from expected
        inner join {{ ref('dim_demographics') }} as dim_demographics
            on expected.demographics_key = dim_demographics.demographics_key
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

sized as (
    select
        attribute_name,
        group_name,
        count(distinct learner_key) as learner_count
    from diced
    group by attribute_name, group_name
),

ordered as (
    select
        *,
        sum(learner_count) over (
            partition by attribute_name
            order by learner_count, group_name
            rows between unbounded preceding and current row
        ) - learner_count as smaller_learner_count
    from sized
),

-- a group too small, and the next one where those before it are not enough together
published as (
    select
        attribute_name,
        group_name,
        case
            when
                learner_count < {{ minimum_group_size }}
                or smaller_learner_count between 1 and {{ minimum_group_size - 1 }}
                then '(small groups)'
            else group_name
        end as published_name
    from ordered
),

grouped as (
    select
        diced.attribute_name,
        published.published_name,
        count(distinct diced.learner_key) as learner_count,
        count(*) as enrollment_count,
        avg(diced.passed) as passed_share,
        avg(diced.expected_passed) as expected_passed_share,
        1.96 * sqrt(sum(diced.expected_passed * (1 - diced.expected_passed))) / count(*) as difference_margin,
        avg(diced.withdrew) as withdrawn_share
    from diced
    inner join published
        on
            diced.attribute_name = published.attribute_name
            and diced.group_name = published.group_name
    group by diced.attribute_name, published.published_name
)

select
    attribute_name,
    published_name as group_name,
    learner_count,
    enrollment_count,
    round(withdrawn_share, 3) as withdrawn_share,
    round(passed_share, 3) as passed_share,
    round(expected_passed_share, 3) as expected_passed_share,
    round(passed_share - expected_passed_share, 3) as difference,
    round(difference_margin, 3) as difference_margin
from grouped
where learner_count >= {{ minimum_group_size }}
order by attribute_name, group_name
