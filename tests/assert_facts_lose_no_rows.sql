-- What: every conformed row reaches its fact or is what staff did, and no join multiplies it; posts by staff reach
-- theirs as such.
-- When it fails: a key is missing in a dimension (rows lost) or a natural key is not unique (rows multiplied).
-- How to resolve: look for the fact named here in int_enrollment and the dimensions it joins.
{%- set staff_rows %}
    inner join staff
        on
            did.source_system = staff.source_system
            and did.course_run_id = staff.course_run_id
            and did.learner_id = staff.learner_id
{%- endset %}
with

staff as (
    select
        source_system,
        course_run_id,
        learner_id
    from {{ ref('enrollment') }}
    where is_staff
),

-- union, not union all: one row per enrollment or staff that anything names
named as (
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

interactions_of_staff as (
    select
        count(*) as row_count,
        coalesce(sum(did.interaction_count), 0) as interaction_count
    from {{ ref('interaction') }} as did
    {{- staff_rows }}
),

posts_of_staff as (
    select
        count(*) as row_count,
        count(did.text) as text_count
    from {{ ref('post') }} as did
    {{- staff_rows }}
),

counted as (
    select
        'fct_daily_activity' as fact,
        (select count(*) from {{ ref('interaction') }}) as conformed_rows,
        (select row_count from interactions_of_staff) as staff_rows,
        (select count(*) from {{ ref('fct_daily_activity') }}) as fact_rows,
        (select coalesce(sum(interaction_count), 0) from {{ ref('interaction') }}) as conformed_total,
        (select interaction_count from interactions_of_staff) as staff_total,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_daily_activity') }}) as fact_total

    union all

    select
        'fct_learning_event' as fact,
        (select count(*) from {{ ref('learning_event') }}) as conformed_rows,
        (select count(*) from {{ ref('learning_event') }} as did {{- staff_rows }}) as staff_rows,
        (select count(*) from {{ ref('fct_learning_event') }}) as fact_rows,
        0 as conformed_total,
        0 as staff_total,
        0 as fact_total

    union all

    select
        'fct_post' as fact,
        (select count(*) from {{ ref('post') }}) as conformed_rows,
        (select row_count from posts_of_staff) as staff_rows,
        (select count(case when not is_staff then 1 end) from {{ ref('fct_post') }}) as fact_rows,
        (select count(text) from {{ ref('post') }}) as conformed_total,
        (select text_count from posts_of_staff) as staff_total,
        (select count(case when not is_staff then text end) from {{ ref('fct_post') }}) as fact_total

    union all

    select
        'fct_post by staff' as fact,
        (select row_count from posts_of_staff) as conformed_rows,
        0 as staff_rows,
        (select count(case when is_staff then 1 end) from {{ ref('fct_post') }}) as fact_rows,
        (select text_count from posts_of_staff) as conformed_total,
        0 as staff_total,
        (select count(case when is_staff then text end) from {{ ref('fct_post') }}) as fact_total

    union all

    select
        'fct_submission' as fact,
        (select count(case when record_type = 'attempt' then 1 end) from {{ ref('submission') }}) as conformed_rows,
        (
            select count(case when did.record_type = 'attempt' then 1 end)
            from {{ ref('submission') }} as did {{- staff_rows }}
        ) as staff_rows,
        (select count(case when not is_gradebook_only then 1 end) from {{ ref('fct_submission') }}) as fact_rows,
        0 as conformed_total,
        0 as staff_total,
        0 as fact_total

    union all

    select
        'fct_enrollment' as fact,
        (select count(*) from named) as conformed_rows,
        (select count(*) from staff) as staff_rows,
        (select count(*) from {{ ref('fct_enrollment') }}) as fact_rows,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_daily_activity') }}) as conformed_total,
        0 as staff_total,
        (select coalesce(sum(interaction_count), 0) from {{ ref('fct_enrollment') }}) as fact_total
)

select *
from counted
where
    conformed_rows <> fact_rows + staff_rows
    or conformed_total <> fact_total + staff_total
