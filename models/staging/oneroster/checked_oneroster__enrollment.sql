{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__enrollment.sql: grain = record of enrollments.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__enrollment') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

classes as (
    select
        delivery,
        course_run_id
    from {{ ref('checked_oneroster__class') }}
    where quarantine_reason is null and not is_redelivered
),

users as (
    select
        delivery,
        user_id
    from {{ ref('checked_oneroster__user') }}
    where quarantine_reason is null and not is_redelivered
),

checked as (
    select
        records.enrollment_id,
        records.course_run_id,
        records.user_id,
        records.enrollment_role,
        records.begin_date,
        records.end_date,
        coalesce(records.is_deleted, false) as is_deleted,
        records.delivery,
        deliveries.delivered_date,
        deliveries.is_latest,
        records.source_file,
        records.record_number,
        coalesce(records.is_redelivered, false) as is_redelivered,
        coalesce(
            records.quarantine_reason,
            case
                when classes.course_run_id is null
                    then 'class is unknown: ' || coalesce(records.course_run_id, '(none)')
                when users.user_id is null
                    then 'user is unknown: ' || coalesce(records.user_id, '(none)')
            end
        ) as quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
    left join classes
        on records.delivery = classes.delivery and records.course_run_id = classes.course_run_id
    left join users
        on records.delivery = users.delivery and records.user_id = users.user_id
),

checked_oneroster__enrollment as (
    select
        enrollment_id,
        course_run_id,
        user_id,
        enrollment_role,
        begin_date,
        end_date,
        is_deleted,
        delivery,
        delivered_date,
        source_file,
        record_number,
        is_redelivered,
        quarantine_reason is null and not is_redelivered and is_latest and not is_deleted as is_current,
        quarantine_reason,
        case when quarantine_reason is not null then raw_record end as raw_record
    from checked
)

select * from checked_oneroster__enrollment
