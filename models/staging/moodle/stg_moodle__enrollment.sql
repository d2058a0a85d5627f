{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__enrollment.sql: grain = course run x learner who came or left while the log was kept, or staff
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where delivery = 'first'
),

-- the learner is the one who was enrolled, whoever did it
changes as (
    select
        course_run_id,
        case when kind = 'completed' then user_id else affected_user_id end as learner_id,
        kind,
        occurred_at,
        event_date
    from events
    where kind in ('enrolled', 'unenrolled', 'completed') and course_run_id <> '(none)'
),

staff as (
    -- distinct: one row per run and person, however often they act
    select distinct
        course_run_id,
        user_id
    from events
    where actor = 'staff'
),

last_uses as (
    select
        course_run_id,
        max(activity_date) as last_used_date
    from {{ ref('stg_moodle__interaction') }}
    group by course_run_id
),

memberships as (
    select
        course_run_id,
        learner_id,
        min(event_date) filter (kind = 'enrolled') as registered_date,
        arg_max(kind, (occurred_at, kind)) filter (kind in ('enrolled', 'unenrolled')) as last_change,
        max(event_date) filter (kind = 'unenrolled') as unenrolled_date,
        min(event_date) filter (kind = 'completed') as completed_date
    from changes
    where learner_id is not null
    group by course_run_id, learner_id
),

-- unenrolled when nobody uses the course any more is not withdrawn: the course is cleared
enrolled as (
    select
        memberships.course_run_id,
        memberships.learner_id,
        memberships.registered_date,
        case
            when
                memberships.completed_date is null
                and memberships.last_change = 'unenrolled'
                and memberships.unenrolled_date < last_uses.last_used_date
                then memberships.unenrolled_date
        end as withdrawn_date,
        memberships.completed_date
    from memberships
    left join last_uses on memberships.course_run_id = last_uses.course_run_id
    anti join staff
        on
            memberships.course_run_id = staff.course_run_id
            and memberships.learner_id = staff.user_id
),

people as (
    select
        course_run_id,
        learner_id,
        false as is_staff,
        registered_date,
        withdrawn_date,
        completed_date
    from enrolled
    union all
    select
        course_run_id,
        user_id as learner_id,
        true as is_staff,
        null as registered_date,
        null as withdrawn_date,
        null as completed_date
    from staff
),

stg_moodle__enrollment as (
    select
        'moodle' as source_system,
        course_run_id,
        learner_id,
        is_staff,
        registered_date,
        withdrawn_date,
        completed_date,
        case when withdrawn_date is not null then 'withdrawn' end as final_result,
        cast(null as integer) as previous_attempt_count,
        cast(null as integer) as studied_credits,
        cast(null as varchar) as gender,
        cast(null as varchar) as age_band,
        cast(null as varchar) as region,
        cast(null as varchar) as highest_education,
        cast(null as varchar) as deprivation_band,
        cast(null as boolean) as has_disability
    from people
)

select * from stg_moodle__enrollment
