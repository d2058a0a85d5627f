-- int_metric_post_topic.sql: grain = post x topic
with

post_topics as (
    select
        post_key,
        topic_key,
        weight
    from {{ ref('bridge_post_topic') }}
),

posts as (
    select
        post_key,
        learner_key,
        course_run_key,
        demographics_key,
        posted_date
    from {{ ref('fct_post') }}
),

int_metric_post_topic as (
    select
        posts.post_key,
        post_topics.topic_key,
        posts.learner_key,
        posts.course_run_key,
        posts.demographics_key,
        posts.posted_date,
        post_topics.weight
    from post_topics
    inner join posts
        on post_topics.post_key = posts.post_key
)

select * from int_metric_post_topic
