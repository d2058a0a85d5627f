{{ config(materialized='view') }}
-- int_labelled_post.sql: grain = post x label_kind
with

labels as (
    select * from {{ ref('int_post_label') }}
),

posts as (
    select
        source_system,
        post_id,
        post_key,
        learner_key,
        course_run_key,
        posted_date,
        text
    from {{ ref('fct_post') }}
    where not is_staff
),

course_runs as (
    select
        course_run_key,
        course_key
    from {{ ref('dim_course_run') }}
),

int_labelled_post as (
    select
        posts.post_key,
        labels.label_kind,
        posts.learner_key,
        course_runs.course_key,
        labels.label_value,
        greatest(posts.posted_date, labels.last_labelled_date) as known_date,
        posts.text
    from labels
    inner join posts
        on
            labels.source_system = posts.source_system
            and labels.post_id = posts.post_id
    inner join course_runs
        on posts.course_run_key = course_runs.course_run_key
)

select * from int_labelled_post
