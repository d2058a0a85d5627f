{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__quarantine.sql: grain = record that was not staged
with

refused as (
    select
        source_file,
        record_number,
        quarantine_reason,
        raw_record
    from {{ ref('base_moodle__log') }}
    where quarantine_reason not in ('erased', 'expired')
    union all
    select
        source_file,
        record_number,
        quarantine_reason,
        raw_record
    from {{ ref('int_moodle__event') }}
    where delivery = 'refused'
),

stg_moodle__quarantine as (
    select
        'moodle' as source_system,
        source_file,
        record_number,
        'log' as entity,
        quarantine_reason as reason,
        raw_record
    from refused
)

select * from stg_moodle__quarantine
