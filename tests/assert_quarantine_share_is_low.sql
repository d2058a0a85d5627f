-- What: no more than the share max_quarantine_share of the records of a source entity is in quarantine.
-- When it fails: a few bad records are life, this many are a broken export, a changed format or a missing mapping.
-- How to resolve: mend the extract, see the reasons in meta_quarantine; or raise the var, if the loss is meant.
{%- set query %}
with

files as (
    select
        source_system,
        entity,
        sum(rows_in) as rows_in,
        sum(rows_quarantined) as rows_quarantined
    from {{ ref('meta_source_file') }}
    group by source_system, entity
),

reasons as (
    select
        source_system,
        entity,
        reason_kind,
        rows_quarantined,
        row_number() over (
            partition by source_system, entity
            order by rows_quarantined desc, reason_kind
        ) as place
    from {{ ref('meta_quarantine') }}
)

select
    files.source_system,
    files.entity,
    files.rows_in,
    files.rows_quarantined,
    reasons.reason_kind,
    reasons.rows_quarantined as rows_with_reason
from files
inner join reasons
    on
        files.source_system = reasons.source_system
        and files.entity = reasons.entity
        and reasons.place = 1
where files.rows_quarantined > {{ var('max_quarantine_share') }} * files.rows_in
{%- endset %}
{#- the message of a failed test tells no more than a number of rows, so the test speaks for itself #}
{%- if execute and flags.WHICH in ['build', 'test', 'retry'] %}
    {%- set faults = [] %}
    {%- for row in run_query(query).rows %}
        {%- do faults.append(
            '%s of %s records of %s %s are in quarantine: %.1f %%, where max_quarantine_share allows %.1f %%.'
            ' The most frequent reason, of %s of them: %s.' | format(
                row[3], row[2], row[0], row[1], 100 * row[3] / row[2], 100 * var('max_quarantine_share') | float,
                row[5], row[4]
            )
        ) %}
    {%- endfor %}
    {%- if faults %} {%- do exceptions.raise_compiler_error(faults | join('\n')) %} {%- endif %}
{%- endif %}
{{ query }}
