-- Question: how far apart do two groups of learners end, in each course and over all of them?
-- Kind: slice (two values of a demographic attribute) and dice (by course), with a check for Simpson's paradox.
-- Grain: course; then two rows over all courses, raw and standardized (column `grouping_level`).
-- Reading: the shares are of learners who passed the course, in whichever run. `passed_share_gap` is the share of
--     group a minus that of group b; one smaller than `gap_margin` may be chance. Where the raw and the standardized
--     row disagree, the groups differ in the courses that they take: trust the standardized one, which weights each
--     course alike for both groups (Mantel-Haenszel weights n_a * n_b / (n_a + n_b)). Only runs that are over count.
-- Privacy: a course in which either group is below the minimum number of learners is left out, of the totals too.
{%- set attribute = 'gender' %}  {#- a column of `dim_demographics` #}
{%- set group_a = 'f' %}
{%- set group_b = 'm' %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

-- a learner with several enrollments in a course counts once
outcomes as (
    select
        fct_enrollment.learner_key,
        dim_course.course_key,
        dim_course.course_title,
        dim_demographics.{{ attribute }} as group_name,
        max(case when fct_enrollment.final_result in ('pass', 'distinction') then 1.0 else 0.0 end) as passed
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    inner join {{ ref('dim_demographics') }} as dim_demographics
        on fct_enrollment.demographics_key = dim_demographics.demographics_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
    group by
        fct_enrollment.learner_key,
        dim_course.course_key,
        dim_course.course_title,
        dim_demographics.{{ attribute }}
),

courses as (
    select
        course_key,
        course_title,
        count(case when group_name = '{{ group_a }}' then 1 end) as a_count,
        count(case when group_name = '{{ group_b }}' then 1 end) as b_count,
        avg(case when group_name = '{{ group_a }}' then passed end) as a_share,
        avg(case when group_name = '{{ group_b }}' then passed end) as b_share
    from outcomes
    group by course_key, course_title
),

compared as (
    select
        course_title,
        a_count,
        b_count,
        a_share,
        b_share,
        a_share * (1 - a_share) / a_count + b_share * (1 - b_share) / b_count as gap_variance,
        1.0 * a_count * b_count / (a_count + b_count) as weight
    from courses
    where
        a_count >= {{ minimum_group_size }}
        and b_count >= {{ minimum_group_size }}
),

pooled as (
    select
        sum(a_count) as a_count,
        sum(b_count) as b_count,
        sum(a_count * a_share) / sum(a_count) as a_share,
        sum(b_count * b_share) / sum(b_count) as b_share
    from compared
    having count(*) > 0
),

standardized as (
    select
        sum(a_count) as a_count,
        sum(b_count) as b_count,
        sum(weight * a_share) / sum(weight) as a_share,
        sum(weight * b_share) / sum(weight) as b_share,
        sum(weight * weight * gap_variance) / (sum(weight) * sum(weight)) as gap_variance
    from compared
    having count(*) > 0
),

leveled as (
    select
        1 as level_number,
        'course' as grouping_level,
        course_title,
        a_count,
        b_count,
        a_share,
        b_share,
        gap_variance
    from compared

    union all

    select
        2 as level_number,
        'all courses, raw' as grouping_level,
        '(all)' as course_title,
        a_count,
        b_count,
        a_share,
        b_share,
        a_share * (1 - a_share) / a_count + b_share * (1 - b_share) / b_count as gap_variance
    from pooled

    union all

    select
        3 as level_number,
        'all courses, standardized' as grouping_level,
        '(all)' as course_title,
        a_count,
        b_count,
        a_share,
        b_share,
        gap_variance
    from standardized
)

select
    grouping_level,
    course_title,
    '{{ group_a }}' as group_a,
    '{{ group_b }}' as group_b,
    cast(a_count as bigint) as a_learner_count,
    cast(b_count as bigint) as b_learner_count,
    round(a_share, 3) as a_passed_share,
    round(b_share, 3) as b_passed_share,
    round(a_share - b_share, 3) as passed_share_gap,
    round(1.96 * sqrt(gap_variance), 3) as gap_margin
from leveled
order by level_number, course_title
