{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__learner_version.sql: grain = learner x delivery that showed a change
with

observations as (
    select
        *,
        row(
            organization_id,
            programme,
            gender,
            age_band,
            region,
            highest_education,
            deprivation_band,
            has_disability
        ) as attributes
    from {{ ref('stg_oneroster__learner_observation') }}
),

compared as (
    select
        *,
        lag(attributes) over (partition by learner_id order by delivered_date) as previous_attributes
    from observations
),

stg_oneroster__learner_version as (
    select
        'oneroster' as source_system,
        learner_id,
        delivered_date as observed_date,
        organization_id,
        programme,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from compared
    where
        previous_attributes is null
        or attributes is distinct from previous_attributes
)

select * from stg_oneroster__learner_version
