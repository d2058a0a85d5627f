{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    incremental_strategy='append',
    on_schema_change='fail',
) }}
-- stg_xapi__post.sql: grain = post
-- A table: few statements among many, which would be sought among all of them each time.
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where
        delivery = 'first'
        and {{ newly_loaded() }}
),

stg_xapi__post as (
    select
        source_system,
        cast(statement_id as varchar) as post_id,
        course_run_id,
        learner_id,
        activity_id,
        answered_statement_id as parent_post_id,
        occurred_at as posted_at,
        event_date as posted_date,
        response as text
    from statements
    where is_post and response is not null
)

select * from stg_xapi__post
