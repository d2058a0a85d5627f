-- Question: how do course runs end, and how does that add up to courses, organizations and the whole?
-- Kind: rollup along organization > course > course run.
-- Grain: course run, with a subtotal per course and per organization and the total (column `grouping_level`).
-- Reading: the three shares are of `enrollment_count` and add up to 1. A subtotal is weighted by enrollments, so large
--     runs weigh more. Only runs that are over count: in a running one withdrawals are known and passes are not yet.
--     `unknown` is an organization that the source does not name, `(all)` a subtotal.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

outcomes as (
    select
        fct_enrollment.learner_key,
        dim_organization.organization_key,
        coalesce(dim_organization.organization_name, dim_organization.organization_id) as organization_name,
        dim_course.course_key,
        dim_course.course_title,
        dim_course_run.course_run_key,
        dim_course_run.course_run_id,
        dim_course_run.start_date,
        case when fct_enrollment.final_result in ('pass', 'distinction') then 1.0 else 0.0 end as passed,
        case when fct_enrollment.final_result = 'fail' then 1.0 else 0.0 end as failed,
        case when fct_enrollment.final_result = 'withdrawn' then 1.0 else 0.0 end as withdrew
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    inner join {{ ref('dim_organization') }} as dim_organization
        on dim_course.organization_key = dim_organization.organization_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
        and '{{ course_id }}' in ('', dim_course.course_id)
),

rolled_up as (
    select
        case when grouping(organization_key) = 1 then '(all)' else organization_name end as organization_name,
        case when grouping(course_key) = 1 then '(all)' else course_title end as course_title,
        case when grouping(course_run_key) = 1 then '(all)' else course_run_id end as course_run_id,
        start_date,
        grouping(organization_key) as is_all_organizations,
        grouping(course_key) as is_all_courses,
        grouping(course_run_key) as is_all_course_runs,
        count(distinct learner_key) as learner_count,
        count(*) as enrollment_count,
        avg(passed) as passed_share,
        avg(failed) as failed_share,
        avg(withdrew) as withdrawn_share
    from outcomes
    group by rollup(
        (organization_key, organization_name),
        (course_key, course_title),
        (course_run_key, course_run_id, start_date)
    )
)

select
    case
        when is_all_organizations = 1 then 'total'
        when is_all_courses = 1 then 'organization'
        when is_all_course_runs = 1 then 'course'
        else 'course run'
    end as grouping_level,
    organization_name,
    course_title,
    course_run_id,
    learner_count,
    enrollment_count,
    round(passed_share, 3) as passed_share,
    round(failed_share, 3) as failed_share,
    round(withdrawn_share, 3) as withdrawn_share
from rolled_up
where learner_count >= {{ minimum_group_size }}
order by
    is_all_organizations desc,
    organization_name asc,
    is_all_courses desc,
    course_title asc,
    is_all_course_runs desc,
    start_date asc,
    course_run_id asc
