{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__learner.sql: grain = learner of the latest delivery
with

observations as (
    select * from {{ ref('stg_oneroster__learner_observation') }}
),

stg_oneroster__learner as (
    select
        'oneroster' as source_system,
        learner_id,
        organization_id,
        programme,
        is_active,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability,
        given_name,
        family_name,
        email,
        username
    from observations
    where is_current
)

select * from stg_oneroster__learner
