{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__enrollment.sql: grain = record of enrollments.csv
with

records as (
    {{ read_csv_extract('oneroster', 'enrollment', raw=true) }}
),

renamed as (
    select
        "sourcedId" as enrollment_id,
        "classSourcedId" as course_run_id,
        "userSourcedId" as user_id,
        lower("role") as enrollment_role,
        "beginDate" as begin_date_text,
        {{ roster_date('"beginDate"') }} as begin_date,
        "endDate" as end_date_text,
        {{ roster_date('"endDate"') }} as end_date,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__enrollment as (
    select
        enrollment_id,
        course_run_id,
        user_id,
        enrollment_role,
        begin_date,
        end_date,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when enrollment_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
            {{ when_no_date('beginDate', 'begin_date') }}
            {{ when_no_date('endDate', 'end_date') }}
            {{ when_implausible('beginDate', 'begin_date') }}
            {{ when_implausible('endDate', 'end_date') }}
            when end_date < begin_date
                then 'endDate is before beginDate: ' || end_date || ', ' || begin_date
        end as quarantine_reason,
        raw_record
    from renamed
)

{{ all_but_erased([learner_in('oneroster', 'user_id')]) }}
