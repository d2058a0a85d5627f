{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__course_run.sql: grain = course run
with

presentations as (
    select
        *,
        make_date(
            cast(term_name[:4] as integer),
            case term_name[5:] when 'B' then 2 when 'J' then 10 end,
            1
        ) as start_date
    from {{ ref('checked_oulad__course') }}
    where quarantine_reason is null
),

stg_oulad__course_run as (
    select
        'oulad' as source_system,
        course_id || '-' || term_name as course_run_id,
        course_id,
        cast(null as varchar) as course_run_title,
        term_name,
        start_date,
        start_date + length_in_days as end_date,
        true as is_nominal_calendar,
        length_in_days,
        source_file
    from presentations
)

select * from stg_oulad__course_run
