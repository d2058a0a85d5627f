{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__learner.sql: grain = learner
with

enrollments as (
    select * from {{ ref('stg_oulad__enrollment') }}
),

course_runs as (
    select
        course_run_id,
        start_date
    from {{ ref('stg_oulad__course_run') }}
),

latest_enrollments as (
    select enrollments.*
    from enrollments
    inner join course_runs using (course_run_id)
    qualify
        row_number() over (
            partition by enrollments.learner_id order by course_runs.start_date desc, enrollments.course_run_id asc
        ) = 1
),

stg_oulad__learner as (
    select
        source_system,
        learner_id,
        cast(null as varchar) as organization_id,
        cast(null as varchar) as programme,
        cast(null as boolean) as is_active,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability,
        cast(null as varchar) as given_name,
        cast(null as varchar) as family_name,
        cast(null as varchar) as email,
        cast(null as varchar) as username
    from latest_enrollments
)

select * from stg_oulad__learner
