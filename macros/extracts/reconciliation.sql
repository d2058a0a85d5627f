{#-
    Where every record of the extracts went: one row per file of the given base models, in the columns of
    stg_<system>__reconciliation. Usage:
        {{ reconciliation('oneroster', [
            {'base': 'base_oneroster__user', 'staged': 'select source_file, count(*) as row_count from ... group by all'},
        ]) }}
    `staged` counts what arrived in the staging models, not what remains of the base model; `redelivered` (optional) names
    its column that counts exact re-deliveries that were put aside, `is_erased` a condition on those records of a base model
    of a single file that were erased and have no `quarantine_reason` to say so.
-#}
{% macro reconciliation(system, counts) -%}
with

files as (
    {%- for count in counts %}
    {%- do ref(count.base) %}
    select
        '{{ count.base.partition('__')[2] }}' as entity,
        source_file,
        size_bytes,
        content_hash,
        loaded_at,
        record_count
    from {{ loaded_files_relation(ref(count.base)) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

staged as (
    {%- for count in counts %}
    select
        source_file,
        row_count,
        {{ count.get('redelivered', '0') }} as redelivered_count
    from ({{ count.staged }})
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

blanks as (
    {%- for count in counts %}
    select
        source_file,
        quarantine_reason,
        count(*) as row_count
    from {{ refused_relation(ref(count.base)) }}
    where quarantine_reason in ('erased', 'expired')
    group by source_file, quarantine_reason
    {%- if count.is_erased %}
    union all
    select
        files.source_file,
        'erased' as quarantine_reason,
        count(*) as row_count
    from {{ ref(count.base) }}
    cross join {{ loaded_files_relation(ref(count.base)) }} as files
    where {{ count.is_erased }}
    group by files.source_file
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

blanks_of_files as (
    select
        source_file,
        sum(case when quarantine_reason = 'erased' then row_count end) as erased_count,
        sum(case when quarantine_reason = 'expired' then row_count end) as expired_count
    from blanks
    group by source_file
),

quarantined as (
    select
        source_file,
        count(*) as row_count
    from {{ ref('stg_' ~ system ~ '__quarantine') }}
    group by source_file
),

stg_{{ system }}__reconciliation as (
    select
        '{{ system }}' as source_system,
        files.entity,
        files.source_file,
        files.size_bytes,
        files.content_hash,
        files.loaded_at,
        files.record_count as rows_in,
        cast(coalesce(staged.row_count, 0) as bigint) as rows_staged,
        cast(coalesce(quarantined.row_count, 0) as bigint) as rows_quarantined,
        cast(coalesce(staged.redelivered_count, 0) as bigint) as rows_redelivered,
        cast(coalesce(blanks_of_files.erased_count, 0) as bigint) as rows_erased,
        cast(coalesce(blanks_of_files.expired_count, 0) as bigint) as rows_expired
    from files
    left join staged on files.source_file = staged.source_file
    left join quarantined on files.source_file = quarantined.source_file
    left join blanks_of_files on files.source_file = blanks_of_files.source_file
)

select * from stg_{{ system }}__reconciliation
{%- endmacro %}
