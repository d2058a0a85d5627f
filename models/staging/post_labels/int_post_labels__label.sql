{{ config(materialized='table', enabled='post_labels' in source_systems()) }}
-- int_post_labels__label.sql: grain = good record of a label file
with

records as (
    select * from {{ ref('base_post_labels__label') }}
    where quarantine_reason is null
),

-- the same label again, as in the next export of the same spreadsheet
numbered as (
    select
        *,
        row_number() over (
            partition by source_system, post_id, label_kind, rater, label_value, labelled_at
            order by source_file, record_number
        ) as delivery_number
    from records
),

int_post_labels__label as (
    select
        source_system,
        post_id,
        label_kind,
        label_value,
        rater,
        labelled_at,
        case when delivery_number = 1 then 'first' else 'redelivered' end as delivery,
        case
            when delivery_number = 1
                then row_number() over (
                    partition by source_system, post_id, label_kind, rater, delivery_number
                    order by labelled_at desc nulls last, source_file desc, record_number desc
                ) = 1
            else false
        end as is_last_of_rater,
        source_file,
        record_number
    from numbered
)

select * from int_post_labels__label
