{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__demographic.sql: grain = record of demographics.csv
with

records as (
    {{ read_csv_extract('oneroster', 'demographic', raw=true) }}
),

renamed as (
    select
        "sourcedId" as user_id,
        "birthDate" as birth_date_text,
        {{ roster_date('"birthDate"') }} as birth_date,
        lower("sex") as sex,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__demographic as (
    select
        user_id,
        birth_date,
        case sex when 'female' then 'f' when 'male' then 'm' when 'other' then 'other' end as gender,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when user_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
            {{ when_no_date('birthDate', 'birth_date') }}
            when birth_date not between date '1900-01-01' and date '2100-12-31'
                then 'birthDate is not between 1900 and 2100: ' || birth_date
            when sex not in ('female', 'male', 'other', 'unspecified')
                then 'sex is not in the vocabulary: ' || sex
        end as quarantine_reason,
        raw_record
    from renamed
)

{{ all_but_erased([learner_in('oneroster', 'user_id')]) }}
