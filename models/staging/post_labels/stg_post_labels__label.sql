{{ config(enabled='post_labels' in source_systems()) }}
-- stg_post_labels__label.sql: grain = source_system x post_id x label_kind x rater
with

stg_post_labels__label as (
    select
        source_system,
        post_id,
        label_kind,
        label_value,
        rater,
        labelled_at
    from {{ ref('int_post_labels__label') }}
    where is_last_of_rater
)

select * from stg_post_labels__label
