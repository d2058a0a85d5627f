-- What: every conformed row reaches its fact, and no join multiplies it.
-- When it fails: a key is missing in a dimension (rows lost) or a natural key is not unique (rows multiplied).
-- How to resolve: look for the fact named here in int_enrollment and the dimensions it joins.
with

-- union, not union all: one row per enrollment that anything names
named_enrollments as (
    select
        source_system,
        course_run_id,
        learner_id
    from {{ ref('enrollment') }}
    union
    select
        source_system,
        course_run_id,
        learner_id
    from {{ ref('int_enrollment_seen') }}
),

counted as (
    select
        'fct_daily_activity' as fact,
        (select count(*) from {{ ref('interaction') }}) as conformed_rows,
        (select count(*) from {{ ref('fct_daily_activity') }}) as fact_rows,
        (select coalesce(sum(interaction_count), 0) from {{ ref('interaction') }}) as conformed_total,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_daily_activity') }}) as fact_total

    union all

    select
        'fct_learning_event' as fact,
        (select count(*) from {{ ref('learning_event') }}) as conformed_rows,
        (select count(*) from {{ ref('fct_learning_event') }}) as fact_rows,
        0 as conformed_total,
        0 as fact_total

    union all

    select
        'fct_post' as fact,
        (select count(*) from {{ ref('post') }}) as conformed_rows,
        (select count(*) from {{ ref('fct_post') }}) as fact_rows,
        (select count(text) from {{ ref('post') }}) as conformed_total,
        (select count(text) from {{ ref('fct_post') }}) as fact_total

    union all

    select
        'fct_submission' as fact,
        (select count(case when record_type = 'attempt' then 1 end) from {{ ref('submission') }}) as conformed_rows,
        (select count(case when not is_gradebook_only then 1 end) from {{ ref('fct_submission') }}) as fact_rows,
        0 as conformed_total,
        0 as fact_total

    union all

    select
        'fct_enrollment' as fact,
        (select count(*) from named_enrollments) as conformed_rows,
        (select count(*) from {{ ref('fct_enrollment') }}) as fact_rows,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_daily_activity') }}) as conformed_total,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_enrollment') }}) as fact_total
)

select *
from counted
where
    conformed_rows <> fact_rows
    or conformed_total <> fact_total
