-- What: rpt_forum_attention holds the posts that ask and that nobody else has followed in their thread, and no others.
-- When it fails: a post that waits is missing, or one that was answered or is old is there.
-- How to resolve: look at the thread of the post named here in fct_post.
with recursive

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_runs as (
    select
        course_runs.course_run_key,
        as_of.as_of_date,
        {{ add_days('as_of.as_of_date', -28) }} as before_date
    from {{ ref('dim_course_run') }} as course_runs
    inner join as_of
        on course_runs.start_date <= as_of.as_of_date
    where not course_runs.is_finished
),

scores as (
    select
        post_key,
        greatest(urgency_score, question_score, confusion_score) as score
    from {{ ref('nlp_post_features') }}
),

known_posts as (
    select
        posts.post_key,
        posts.parent_post_key,
        posts.course_run_key,
        posts.enrollment_key,
        posts.posted_at,
        posts.posted_date > course_runs.before_date as is_recent
    from {{ ref('fct_post') }} as posts
    inner join course_runs
        on
            posts.course_run_key = course_runs.course_run_key
            and posts.posted_date <= course_runs.as_of_date
),

-- from every post up to the first of its thread; each step once, so that a circle of answers comes to an end
climbed as (
    select
        post_key,
        post_key as upper_post_key,
        parent_post_key
    from known_posts

    union distinct

    select
        climbed.post_key,
        known_posts.post_key as upper_post_key,
        known_posts.parent_post_key
    from climbed
    inner join known_posts
        on climbed.parent_post_key = known_posts.post_key
),

first_posts as (
    select
        climbed.post_key,
        climbed.upper_post_key as thread_key
    from climbed
    left join known_posts
        on climbed.parent_post_key = known_posts.post_key
    where known_posts.post_key is null
),

posts as (
    select
        known_posts.*,
        coalesce(first_posts.thread_key, known_posts.post_key) as thread_key
    from known_posts
    left join first_posts
        on known_posts.post_key = first_posts.post_key
),

last_posts as (
    select
        thread_key,
        enrollment_key,
        max(posted_at) as last_posted_at
    from posts
    group by thread_key, enrollment_key
),

waiting as (
    select
        posts.post_key,
        posts.course_run_key
    from posts
    inner join scores
        on posts.post_key = scores.post_key
    left join last_posts
        on
            posts.thread_key = last_posts.thread_key
            and posts.enrollment_key <> last_posts.enrollment_key
    where
        posts.is_recent
        and scores.score >= 0.5
    group by posts.post_key, posts.course_run_key, posts.posted_at
    having coalesce(max(last_posts.last_posted_at) <= posts.posted_at, true)
),

told as (
    select post_key from {{ ref('rpt_forum_attention') }}
)

select
    waiting.course_run_key,
    waiting.post_key as waiting_post_key,
    told.post_key as told_post_key
from waiting
full outer join told
    on waiting.post_key = told.post_key
where
    waiting.post_key is null
    or told.post_key is null
