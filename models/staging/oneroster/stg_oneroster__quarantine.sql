{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__quarantine.sql: grain = record that was not staged
with

refused as (
    {%- for table in [
        'org', 'academic_session', 'course', 'class', 'user', 'enrollment', 'demographic', 'line_item', 'result'
    ] %}
        {%- if not loop.first %}
            union all
        {%- endif %}
        select
            source_file,
            record_number,
            '{{ table }}' as entity,
            quarantine_reason,
            raw_record
        from {{ ref('checked_oneroster__' ~ table) }}
        where quarantine_reason <> 'erased'
    {%- endfor %}
),

stg_oneroster__quarantine as (
    select
        'oneroster' as source_system,
        source_file,
        record_number,
        entity,
        quarantine_reason as reason,
        raw_record
    from refused
)

select * from stg_oneroster__quarantine
