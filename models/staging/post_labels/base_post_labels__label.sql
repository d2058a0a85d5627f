{{ config(
    materialized='incremental',
    enabled='post_labels' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_post_labels__label.sql: grain = record of a label file
with

records as (
    {{ read_csv_extract('post_labels', 'label', raw=true) }}
),

renamed as (
    select
        trim(source_system) as source_system,
        trim(post_id) as post_id,
        lower(trim(label_kind)) as label_kind,
        "value" as label_value,
        trim(rater) as rater,
        labelled_at,
        source_file,
        record_number,
        load_id,
        raw_record
    from records
),

checked as (
    select
        *,
        case
            when coalesce(source_system, '') = '' then 'source_system is missing'
            when coalesce(post_id, '') = '' then 'post_id is missing'
            when coalesce(label_kind, '') not in ('urgency', 'confusion')
                then 'label_kind is neither urgency nor confusion: ' || coalesce(label_kind, '')
            when label_value is null or not label_value between 1 and 7
                then 'value is not between 1 and 7: ' || coalesce(cast(label_value as varchar), '')
            when coalesce(rater, '') = '' then 'rater is missing'
        end as quarantine_reason
    from renamed
),

base_post_labels__label as (
    select
        source_system,
        post_id,
        label_kind,
        label_value,
        rater,
        labelled_at,
        source_file,
        record_number,
        load_id,
        quarantine_reason,
        case when quarantine_reason is not null then raw_record end as raw_record
    from checked
)

select * from base_post_labels__label
