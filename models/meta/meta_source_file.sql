-- meta_source_file.sql: grain = source file
with

meta_source_file as (
    {%- for system in source_systems() %}
        {%- if not loop.first %}
            union all
        {%- endif %}
        select
            source_system,
            entity,
            source_file,
            size_bytes,
            content_hash,
            rows_in,
            rows_staged,
            rows_quarantined,
            rows_redelivered,
            rows_erased,
            rows_expired,
            loaded_at
        from {{ ref('stg_' ~ system ~ '__reconciliation') }}
    {%- endfor %}
)

select * from meta_source_file
