{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='enrollment_key',
    on_schema_change='fail',
) }}
-- int_enrollment_key.sql: grain = source system x course run x learner
with

enrollments as (
    select
        source_system,
        course_run_id,
        learner_id,
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        run_start_date
    from {{ ref('int_enrollment') }}
),

{% if is_incremental() -%}
    known as (
        select * from {{ this }}
    ),

    int_enrollment_key as (
        select
            enrollments.*,
            {{ load_id() }} as load_id,
            coalesce(known.first_load_id, {{ load_id() }}) as first_load_id
        from enrollments
        left join known
            on enrollments.enrollment_key = known.enrollment_key
        where
            known.enrollment_key is null
            or known.demographics_key <> enrollments.demographics_key
            or coalesce(known.run_start_date, cast('1900-01-01' as date))
            <> coalesce(enrollments.run_start_date, cast('1900-01-01' as date))
    )
{%- else -%}
    int_enrollment_key as (
        select
            enrollments.*,
            {{ load_id() }} as load_id,
            {{ load_id() }} as first_load_id
        from enrollments
    )
{%- endif %}

select * from int_enrollment_key
