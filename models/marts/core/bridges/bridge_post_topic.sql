-- bridge_post_topic.sql: grain = post x topic
with

post_topics as (
    select
        post_key,
        {{ surrogate_key(['topic_id']) }} as topic_key,
        weight
    from {{ ref('nlp_post_topic') }}
),

rests as (
    select
        posts.post_key,
        round(1 - coalesce(sum(post_topics.weight), 0), 4) as weight
    from {{ ref('fct_post') }} as posts
    left join post_topics
        on posts.post_key = post_topics.post_key
    where not posts.is_staff
    group by posts.post_key
),

bridge_post_topic as (
    select
        post_key,
        topic_key,
        weight
    from post_topics

    union all

    select
        post_key,
        {{ unknown_key() }} as topic_key,
        weight
    from rests
    where weight > 0
)

select * from bridge_post_topic
