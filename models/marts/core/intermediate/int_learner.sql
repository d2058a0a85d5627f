-- int_learner.sql: grain = source system x learner
with

roster as (
    select
        source_system,
        learner_id,
        organization_id,
        programme,
        is_active,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from {{ ref('learner') }}
),

-- union, not union all: one row per learner that anything names
named as (
    select
        source_system,
        learner_id
    from roster
    union
    select
        source_system,
        learner_id
    from {{ ref('enrollment') }}
    where not is_staff
    union
    select
        source_system,
        learner_id
    from {{ ref('int_enrollment_seen') }}
    where not is_staff
),

pseudonymous as (
    select
        named.source_system,
        named.learner_id,
        {{ pseudonym('named.source_system', 'named.learner_id') }} as learner_pseudonym,
        roster.organization_id,
        roster.programme,
        roster.is_active,
        roster.gender,
        roster.age_band,
        roster.region,
        roster.highest_education,
        roster.deprivation_band,
        roster.has_disability,
        roster.learner_id is null as is_inferred
    from named
    left join roster
        on
            named.source_system = roster.source_system
            and named.learner_id = roster.learner_id
),

int_learner as (
    select
        source_system,
        learner_id,
        learner_pseudonym,
        {{ surrogate_key(['source_system', 'learner_pseudonym']) }} as learner_key,
        organization_id,
        programme,
        is_active,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability,
        is_inferred
    from pseudonymous
)

select * from int_learner
