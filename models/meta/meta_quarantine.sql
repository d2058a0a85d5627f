-- meta_quarantine.sql: grain = source system x entity x reason kind
with

refused as (
    {%- for system in source_systems() %}
        {%- if not loop.first %}
            union all
        {%- endif %}
        select
            source_system,
            entity,
            {{ dbt.split_part('reason', "':'", 1) }} as reason_kind,
            source_file,
            record_number
        from {{ ref('stg_' ~ system ~ '__quarantine') }}
    {%- endfor %}
),

numbered as (
    select
        source_system,
        entity,
        reason_kind,
        source_file,
        record_number,
        count(*) over (partition by source_system, entity, reason_kind) as rows_quarantined,
        row_number() over (
            partition by source_system, entity, reason_kind
            order by source_file, record_number
        ) as example_number
    from refused
),

meta_quarantine as (
    select
        source_system,
        entity,
        reason_kind,
        rows_quarantined,
        source_file as example_source_file,
        record_number as example_record_number
    from numbered
    where example_number = 1
)

select * from meta_quarantine
