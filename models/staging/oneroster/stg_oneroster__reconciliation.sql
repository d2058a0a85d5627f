{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__reconciliation.sql: grain = file
{%- set counts = [] %}
{%- for table in [
    'org', 'academic_session', 'course', 'class', 'user', 'enrollment', 'demographic', 'line_item', 'result',
] %}
    {%- do counts.append({
        'base': 'base_oneroster__' ~ table,
        'staged': 'select source_file, count(*) filter (not is_redelivered) as row_count, '
            ~ 'count(*) filter (is_redelivered) as redelivered_count from '
            ~ ref('checked_oneroster__' ~ table)
            ~ ' where quarantine_reason is null group by all',
        'redelivered': 'redelivered_count',
    }) %}
{%- endfor %}
{{ reconciliation('oneroster', counts) }}
