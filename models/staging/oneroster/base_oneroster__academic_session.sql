{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__academic_session.sql: grain = record of academicSessions.csv
with

records as (
    {{ read_csv_extract('oneroster', 'academic_session', raw=true) }}
),

renamed as (
    select
        "sourcedId" as term_id,
        "title" as term_name,
        "type" as term_type,
        "startDate" as start_date_text,
        {{ roster_date('"startDate"') }} as start_date,
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

base_oneroster__academic_session as (
    select
        term_id,
        term_name,
        term_type,
        start_date,
        end_date,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when term_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
            {{ when_no_date('startDate', 'start_date') }}
            {{ when_no_date('endDate', 'end_date') }}
            when start_date is null or end_date is null then 'startDate or endDate is missing'
            {{ when_implausible('startDate', 'start_date') }}
            {{ when_implausible('endDate', 'end_date') }}
            when end_date <= start_date
                then 'endDate is not after startDate: ' || end_date || ', ' || start_date
        end as quarantine_reason,
        raw_record
    from renamed
)

select * from base_oneroster__academic_session
