{{ config(enabled='post_labels' in source_systems()) }}
-- stg_post_labels__quarantine.sql: grain = record that was not staged
with

stg_post_labels__quarantine as (
    select
        'post_labels' as source_system,
        source_file,
        record_number,
        'label' as entity,
        quarantine_reason as reason,
        raw_record
    from {{ ref('base_post_labels__label') }}
    where quarantine_reason <> 'erased'
)

select * from stg_post_labels__quarantine
