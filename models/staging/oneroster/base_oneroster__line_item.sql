{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__line_item.sql: grain = record of lineItems.csv
with

records as (
    {{ read_csv_extract('oneroster', 'line_item', raw=true) }}
),

renamed as (
    select
        "sourcedId" as assessment_id,
        "title" as assessment_name,
        "classSourcedId" as course_run_id,
        "categorySourcedId" as category_id,
        "dueDate" as due_date_text,
        {{ roster_date('"dueDate"') }} as due_date,
        coalesce("resultValueMin", 0) as lowest_score,
        "resultValueMax" as highest_score,
        "metadata.weight" as weight,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__line_item as (
    select
        assessment_id,
        assessment_name,
        course_run_id,
        category_id,
        due_date,
        lowest_score,
        highest_score,
        weight,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when assessment_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
            {{ when_no_date('dueDate', 'due_date') }}
            {{ when_implausible('dueDate', 'due_date') }}
            when not (isfinite(lowest_score) and isfinite(coalesce(highest_score, 1)) and isfinite(coalesce(weight, 1)))
                then 'resultValueMin, resultValueMax or metadata.weight is no number'
            when highest_score <= lowest_score
                then 'resultValueMax is not above resultValueMin: ' || highest_score || ', ' || lowest_score
            when weight < 0 then 'metadata.weight is negative: ' || weight
        end as quarantine_reason,
        raw_record
    from renamed
)

select * from base_oneroster__line_item
