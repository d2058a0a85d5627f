{{ config(enabled='xapi' in source_systems()) }}
-- stg_xapi__quarantine.sql: grain = record that was not staged
with

unusable as (
    select
        source_file,
        record_number,
        quarantine_reason as reason,
        raw_record
    from {{ ref('base_xapi__statement') }}
    where quarantine_reason not in ('erased', 'expired')
),

not_staged as (
    select
        source_file,
        record_number,
        case delivery
            when 'conflicting' then 'statement id already used with different content'
            when 'voided' then 'voided by another statement'
            when 'voiding' then 'voids another statement'
        end as reason,
        cast(to_json({
            'id': statement_id, 'actor': learner_id, 'verb': verb, 'object': activity_id, 'timestamp': occurred_at
        }) as varchar) as raw_record
    from {{ ref('int_xapi__statement') }}
    where delivery in ('conflicting', 'voided', 'voiding')
),

refused as (
    select * from unusable
    union all
    select * from not_staged
),

stg_xapi__quarantine as (
    select
        'xapi' as source_system,
        source_file,
        record_number,
        'statement' as entity,
        reason,
        raw_record
    from refused
)

select * from stg_xapi__quarantine
