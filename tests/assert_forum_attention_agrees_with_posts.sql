-- What: rpt_forum_attention holds the posts that ask and that nobody else has followed in their thread, and no others.
-- When it fails: a post that waits is missing, or one that was answered or is old is there.
-- How to resolve: look at the thread of the post named here in fct_post.
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_runs as (
    select
        course_runs.course_run_key,
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

last_posts as (
    select
        coalesce(parent_post_key, post_key) as thread_key,
        enrollment_key,
        max(posted_at) as last_posted_at
    from {{ ref('fct_post') }}
    group by coalesce(parent_post_key, post_key), enrollment_key
),

waiting as (
    select
        posts.post_key,
        posts.course_run_key
    from {{ ref('fct_post') }} as posts
    inner join course_runs
        on
            posts.course_run_key = course_runs.course_run_key
            and posts.posted_date > course_runs.before_date
    inner join scores
        on posts.post_key = scores.post_key
    left join last_posts
        on
            coalesce(posts.parent_post_key, posts.post_key) = last_posts.thread_key
            and posts.enrollment_key <> last_posts.enrollment_key
    where scores.score >= 0.5
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
