-- int_enrollment_seen.sql: grain = source system x course run x learner
with

interactions as (
    select
        source_system,
        course_run_id,
        learner_id,
        first_active_date,
        last_active_date,
        interaction_count,
        first_active_date as first_seen_date,
        last_active_date as last_seen_date
    from {{ ref('int_enrollment_activity') }}
),

submissions as (
    select
        source_system,
        course_run_id,
        learner_id,
        cast(null as date) as first_active_date,
        cast(null as date) as last_active_date,
        cast(null as bigint) as interaction_count,
        min(case when record_type = 'attempt' and not is_banked then submitted_date end) as first_seen_date,
        max(case when record_type = 'attempt' and not is_banked then submitted_date end) as last_seen_date
    from {{ ref('submission') }}
    group by source_system, course_run_id, learner_id
),

posts as (
    select
        source_system,
        course_run_id,
        learner_id,
        cast(null as date) as first_active_date,
        cast(null as date) as last_active_date,
        cast(null as bigint) as interaction_count,
        min(posted_date) as first_seen_date,
        max(posted_date) as last_seen_date
    from {{ ref('post') }}
    group by source_system, course_run_id, learner_id
),

staff as (
    select
        source_system,
        course_run_id,
        learner_id
    from {{ ref('enrollment') }}
    where is_staff
),

sightings as (
    select * from interactions
    union all
    select * from submissions
    union all
    select * from posts
),

seen as (
    select
        source_system,
        course_run_id,
        learner_id,
        min(first_active_date) as first_active_date,
        max(last_active_date) as last_active_date,
        cast(coalesce(sum(interaction_count), 0) as bigint) as interaction_count,
        min(first_seen_date) as first_seen_date,
        max(last_seen_date) as last_seen_date
    from sightings
    group by source_system, course_run_id, learner_id
),

int_enrollment_seen as (
    select
        seen.source_system,
        seen.course_run_id,
        seen.learner_id,
        staff.learner_id is not null as is_staff,
        seen.first_active_date,
        seen.last_active_date,
        seen.interaction_count,
        seen.first_seen_date,
        seen.last_seen_date
    from seen
    left join staff
        on
            seen.source_system = staff.source_system
            and seen.course_run_id = staff.course_run_id
            and seen.learner_id = staff.learner_id
)

select * from int_enrollment_seen
