-- fct_post.sql: grain = post (transaction)
with

posts as (
    select
        *,
        {{ surrogate_key(['source_system', 'post_id']) }} as post_key
    from {{ ref('post') }}
),

enrollments as (
    select
        source_system,
        course_run_id,
        learner_id,
        enrollment_key,
        learner_key,
        demographics_key
    from {{ ref('int_enrollment') }}
),

course_runs as (
    select
        source_system,
        course_run_id,
        course_run_key,
        start_date
    from {{ ref('int_course_run') }}
),

activities as (
    select
        source_system,
        activity_id,
        activity_key
    from {{ ref('dim_activity') }}
),

fct_post as (
    select
        posts.post_key,
        posts.source_system,
        posts.post_id,
        coalesce(enrollments.enrollment_key, {{ unknown_key() }}) as enrollment_key,
        coalesce(enrollments.learner_key, {{ unknown_key() }}) as learner_key,
        course_runs.course_run_key,
        coalesce(enrollments.demographics_key, {{ unknown_key() }}) as demographics_key,
        coalesce(activities.activity_key, {{ unknown_key() }}) as activity_key,
        {{ date_key('posts.posted_date') }} as date_key,
        parents.post_key as parent_post_key,
        posts.posted_at,
        posts.posted_date,
        {{ days_between('course_runs.start_date', 'posts.posted_date') }} as course_day,
        posts.parent_post_id is not null as is_reply,
        enrollments.enrollment_key is null as is_staff,
        posts.text
    from posts
    inner join course_runs
        on
            posts.source_system = course_runs.source_system
            and posts.course_run_id = course_runs.course_run_id
    -- whoever has posted in a run has an enrollment there, but for its staff
    left join enrollments
        on
            posts.source_system = enrollments.source_system
            and posts.course_run_id = enrollments.course_run_id
            and posts.learner_id = enrollments.learner_id
    left join activities
        on
            posts.source_system = activities.source_system
            and posts.activity_id = activities.activity_id
    left join posts as parents
        on
            posts.source_system = parents.source_system
            and posts.parent_post_id = parents.post_id
)

select * from fct_post
order by enrollment_key, posted_at
