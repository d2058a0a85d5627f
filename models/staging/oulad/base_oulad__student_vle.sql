{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__student_vle.sql: grain = record of studentVle.csv
with

extract as (
    {{ read_csv_extract('oulad', 'student_vle', numbered=false) }}
),

base_oulad__student_vle as (
    select
        code_module as course_id,
        code_presentation as term_name,
        id_student as learner_id,
        id_site as activity_id,
        date as course_day,
        sum_click as interaction_count
    from extract
)

{{ all_but_erased(
    [learner_in('oulad', 'learner_id')],
    marks={'interaction_count': erased_clicks()},
) }}
