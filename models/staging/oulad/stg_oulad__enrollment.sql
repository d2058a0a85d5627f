{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__enrollment.sql: grain = course run x learner
with

infos as (
    select * from {{ ref('checked_oulad__student_info') }}
    where quarantine_reason is null
),

registrations as (
    select * from {{ ref('checked_oulad__student_registration') }}
    where quarantine_reason is null
),

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

stg_oulad__enrollment as (
    select
        'oulad' as source_system,
        course_runs.course_run_id,
        cast(infos.learner_id as varchar) as learner_id,
        false as is_staff,
        course_runs.start_date + registrations.registered_course_day as registered_date,
        course_runs.start_date + registrations.unregistered_course_day as withdrawn_date,
        case when infos.source_final_result in ('Pass', 'Distinction') then course_runs.end_date end as completed_date,
        lower(infos.source_final_result) as final_result,
        infos.previous_attempt_count,
        infos.studied_credits,
        case
            when infos.gender_code in ('F', 'M') then lower(infos.gender_code)
            when infos.gender_code <> '' then 'other'
        end as gender,
        infos.age_band,
        infos.region,
        infos.highest_education,
        rtrim(infos.deprivation_band, '%') || '%' as deprivation_band,
        infos.disability_code = 'Y' as has_disability,
        infos.source_file,
        registrations.source_file as registration_source_file
    from infos
    inner join course_runs using (course_id, term_name)
    left join registrations using (course_id, term_name, learner_id)
)

select * from stg_oulad__enrollment
