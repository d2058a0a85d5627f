-- dim_learner.sql: grain = learner
with

learners as (
    select * from {{ ref('int_learner') }}
),

organizations as (
    select
        source_system,
        organization_id,
        organization_key
    from {{ ref('dim_organization') }}
),

dim_learner as (
    select
        learners.learner_key,
        learners.learner_pseudonym,
        learners.source_system,
        coalesce(organizations.organization_key, {{ unknown_key() }}) as organization_key,
        learners.programme,
        learners.is_active,
        learners.gender,
        learners.age_band,
        learners.region,
        learners.highest_education,
        learners.deprivation_band,
        learners.has_disability,
        learners.is_inferred
    from learners
    left join organizations
        on
            learners.source_system = organizations.source_system
            and learners.organization_id = organizations.organization_id

    union all

    select
        {{ unknown_key() }} as learner_key,
        'unknown' as learner_pseudonym,
        'unknown' as source_system,
        {{ unknown_key() }} as organization_key,
        cast(null as {{ dbt.type_string() }}) as programme,
        cast(null as boolean) as is_active,
        cast(null as {{ dbt.type_string() }}) as gender,
        cast(null as {{ dbt.type_string() }}) as age_band,
        cast(null as {{ dbt.type_string() }}) as region,
        cast(null as {{ dbt.type_string() }}) as highest_education,
        cast(null as {{ dbt.type_string() }}) as deprivation_band,
        cast(null as boolean) as has_disability,
        true as is_inferred
)

select * from dim_learner
