{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='enrollment_key',
    on_schema_change='fail',
) }}
-- int_enrollment_key.sql: grain = source system x course run x learner, or staff who was seen there
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
        run_start_date,
        false as is_staff
    from {{ ref('int_enrollment') }}

    union all

    -- kept under the key that they would have as learners, which they may have been or become
    select
        seen.source_system,
        seen.course_run_id,
        seen.learner_id,
        {{ surrogate_key([
            'seen.source_system', 'seen.course_run_id', pseudonym('seen.source_system', 'seen.learner_id')
        ]) }} as enrollment_key,
        {{ unknown_key() }} as learner_key,
        course_runs.course_run_key,
        {{ unknown_key() }} as demographics_key,
        course_runs.start_date as run_start_date,
        true as is_staff
    from {{ ref('int_enrollment_seen') }} as seen
    inner join {{ ref('int_course_run') }} as course_runs
        on
            seen.source_system = course_runs.source_system
            and seen.course_run_id = course_runs.course_run_id
    where seen.is_staff
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
            or known.is_staff <> enrollments.is_staff
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
