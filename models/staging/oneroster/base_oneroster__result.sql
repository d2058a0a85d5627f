{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__result.sql: grain = record of results.csv
with

records as (
    {{ read_csv_extract('oneroster', 'result', raw=true) }}
),

renamed as (
    select
        "sourcedId" as result_id,
        "lineItemSourcedId" as assessment_id,
        "studentSourcedId" as user_id,
        lower("scoreStatus") as score_status,
        "score" as score,
        "scoreDate" as score_date_text,
        {{ roster_date('"scoreDate"') }} as score_date,
        lower("textScore") as text_score,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__result as (
    select
        result_id,
        assessment_id,
        user_id,
        score_status,
        score,
        score_date,
        text_score,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when result_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
            {{ when_no_date('scoreDate', 'score_date') }}
            {{ when_implausible('scoreDate', 'score_date') }}
        end as quarantine_reason,
        raw_record
    from renamed
)

{{ all_but_erased([learner_in('oneroster', 'user_id')]) }}
