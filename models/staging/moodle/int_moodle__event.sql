{{ config(materialized='table', enabled='moodle' in source_systems()) }}
-- int_moodle__event.sql: grain = record of a log export with a time
with

records as (
    select * from {{ ref('base_moodle__log') }}
    where quarantine_reason is null
),

event_kinds as (
    select * from {{ ref('map_moodle_event') }}
),

explained as (
    select
        records.*,
        coalesce(event_kinds.verb, 'interacted') as verb,
        coalesce(event_kinds.kind, 'act') as kind,
        case
            when records.user_id is null and coalesce(event_kinds.kind, 'act') <> 'notice'
                then 'Description names no user'
        end as refusal
    from records
    left join event_kinds on records.event_name = event_kinds.event_name
),

-- the log has no ids of events: equal records of a file are as many events
copies as (
    select
        *,
        row_number() over (partition by source_file, content_hash, refusal order by record_number) as copy_number
    from explained
),

-- an event in several exports of its course counts by the first of them
copies_of_run as (
    select
        *,
        row_number() over (
            partition by course_run_id, content_hash, copy_number, refusal order by source_file, record_number
        ) = 1 as is_first_of_run
    from copies
),

-- an export of the whole site repeats what the exports of courses hold
told_by_courses as (
    select
        content_hash,
        count(*) as copy_count
    from copies_of_run
    where course_run_id <> '(none)' and is_first_of_run and refusal is null
    group by content_hash
),

-- who teaches or administers is known by what they do, and is no learner outside of courses either
staff as (
    -- union, not union all: one row per run and person, however often they act
    select
        course_run_id,
        user_id
    from explained
    where kind = 'staff'
    union
    select
        '(none)' as course_run_id,
        user_id
    from explained
    where kind = 'staff'
),

-- an activity has the id of its course module; any other place is known by its name in its run
int_moodle__event as (
    select
        copies_of_run.course_run_id,
        -- keyed: users have small numbers, which anybody could find by hashing them all
        {{ pseudonym(
            'copies_of_run.course_run_id', "copies_of_run.content_hash || '|' || copies_of_run.copy_number"
        ) }} as event_id,
        cast(copies_of_run.user_id as varchar) as user_id,
        cast(copies_of_run.affected_user_id as varchar) as affected_user_id,
        coalesce(
            copies_of_run.course_module_id,
            copies_of_run.course_run_id || '#' || coalesce(copies_of_run.event_context, 'Other')
        ) as activity_id,
        nullif(regexp_replace(copies_of_run.event_context, '^[^:]*: ', ''), 'Other') as activity_name,
        nullif(split_part(copies_of_run.event_context, ': ', 1), 'Other') as source_activity_type,
        copies_of_run.forum_post_id,
        copies_of_run.discussion_id,
        copies_of_run.verb,
        copies_of_run.kind,
        -- 0 and below is nobody, 1 the guest account
        case
            when coalesce(copies_of_run.user_id, 0) <= 1 or copies_of_run.is_done_as_another then 'nobody'
            when staff.user_id is not null then 'staff'
            else 'learner'
        end as actor,
        coalesce(copies_of_run.origin in ('cli', 'restore'), false) as is_automatic,
        (copies_of_run.local_time at time zone '{{ var("time_zone") }}') at time zone 'UTC' as occurred_at,
        cast(copies_of_run.local_time as date) as event_date,
        case
            when copies_of_run.refusal is not null then 'refused'
            when not copies_of_run.is_first_of_run then 'redelivered'
            when
                copies_of_run.course_run_id = '(none)'
                and copies_of_run.copy_number <= told_by_courses.copy_count
                then 'redelivered'
            else 'first'
        end as delivery,
        copies_of_run.refusal as quarantine_reason,
        case when copies_of_run.refusal is not null then copies_of_run.raw_record end as raw_record,
        copies_of_run.source_file,
        copies_of_run.record_number,
        {{ load_id() }} as load_id
    from copies_of_run
    left join told_by_courses on copies_of_run.content_hash = told_by_courses.content_hash
    left join staff
        on
            copies_of_run.course_run_id = staff.course_run_id
            and copies_of_run.user_id = staff.user_id
)

select * from int_moodle__event
