{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__reconciliation.sql: grain = file
{%- set staged = 'select source_file, count(*) as row_count from ' %}
{{ reconciliation('oulad', [
    {'base': 'base_oulad__course', 'staged': staged ~ ref('stg_oulad__course_run') ~ ' group by all'},
    {'base': 'base_oulad__assessment', 'staged': staged ~ ref('stg_oulad__assessment') ~ ' group by all'},
    {'base': 'base_oulad__vle', 'staged': staged ~ ref('stg_oulad__activity') ~ ' group by all'},
    {'base': 'base_oulad__student_info', 'staged': staged ~ ref('stg_oulad__enrollment') ~ ' group by all'},
    {
        'base': 'base_oulad__student_registration',
        'staged': 'select registration_source_file as source_file, count(*) as row_count from '
            ~ ref('stg_oulad__enrollment') ~ ' where registration_source_file is not null group by all',
    },
    {'base': 'base_oulad__student_assessment', 'staged': staged ~ ref('stg_oulad__submission') ~ ' group by all'},
    {
        'base': 'base_oulad__student_vle',
        'staged': arrived_clicks(),
        'is_erased': is_erased_click(),
    },
]) }}
