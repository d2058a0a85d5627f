{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__post.sql: grain = post, without its text
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where delivery = 'first' and actor in ('learner', 'staff') and kind = 'post' and not is_automatic
),

-- the first post of a discussion has no event of its own and goes by the discussion
stg_moodle__post as (
    select
        'moodle' as source_system,
        coalesce('post ' || forum_post_id, 'discussion ' || discussion_id) as post_id,
        course_run_id,
        user_id as learner_id,
        activity_id,
        case when forum_post_id is not null then 'discussion ' || discussion_id end as parent_post_id,
        occurred_at as posted_at,
        event_date as posted_date,
        cast(null as varchar) as text,
        load_id
    from events
)

select * from stg_moodle__post
