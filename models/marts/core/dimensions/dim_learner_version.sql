-- dim_learner_version.sql: grain = learner x validity range
{%- set attributes = [
    'organization_id', 'programme', 'gender', 'age_band', 'region', 'highest_education', 'deprivation_band',
    'has_disability'
] %}
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

delivered as (
    select * from {{ ref('learner_version') }}
),

first_deliveries as (
    select
        source_system,
        min(observed_date) as first_observed_date
    from delivered
    group by source_system
),

-- the snapshot remembers versions from before the first delivery that is still in the extracts folder
remembered as (
    select snapshotted.*
    from {{ ref('snap_learner_version') }} as snapshotted
    left join first_deliveries
        on snapshotted.source_system = first_deliveries.source_system
    where
        snapshotted.dbt_valid_to is null
        and (
            first_deliveries.first_observed_date is null
            or snapshotted.observed_date < first_deliveries.first_observed_date
        )
),

observations as (
    select
        source_system,
        learner_id,
        observed_date,
        organization_id,
        programme,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from remembered

    union all

    select
        source_system,
        learner_id,
        observed_date,
        organization_id,
        programme,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from delivered
),

-- a learner without history has one version: the current attributes
current_only as (
    select learners.*
    from learners
    left join observations
        on
            learners.source_system = observations.source_system
            and learners.learner_id = observations.learner_id
    where observations.learner_id is null
),

all_observations as (
    select * from observations

    union all

    select
        source_system,
        learner_id,
        cast('1900-01-01' as date) as observed_date,
        organization_id,
        programme,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from current_only
),

-- a blank attribute was not delivered: the last known value holds
carried_forward as (
    select
        source_system,
        learner_id,
        observed_date,
        {{ last_known('organization_id', 'source_system, learner_id', 'observed_date') }} as organization_id,
        {{ last_known('programme', 'source_system, learner_id', 'observed_date') }} as programme,
        {{ last_known('gender', 'source_system, learner_id', 'observed_date') }} as gender,
        {{ last_known('age_band', 'source_system, learner_id', 'observed_date') }} as age_band,
        {{ last_known('region', 'source_system, learner_id', 'observed_date') }} as region,
        {{ last_known('highest_education', 'source_system, learner_id', 'observed_date') }} as highest_education,
        {{ last_known('deprivation_band', 'source_system, learner_id', 'observed_date') }} as deprivation_band,
        {{ last_known('has_disability', 'source_system, learner_id', 'observed_date') }} as has_disability
    from all_observations
),

compared as (
    select
        *,
        {{ surrogate_key(attributes) }} as attributes_hash,
        lag({{ surrogate_key(attributes) }}) over (
            partition by source_system, learner_id
            order by observed_date
        ) as previous_attributes_hash
    from carried_forward
),

changes as (
    select
        *,
        row_number() over (partition by source_system, learner_id order by observed_date) as version_number,
        lead(observed_date) over (partition by source_system, learner_id order by observed_date)
            as next_observed_date
    from compared
    where
        previous_attributes_hash is null
        or attributes_hash <> previous_attributes_hash
),

versions as (
    select
        learners.source_system,
        learners.learner_key,
        changes.version_number,
        case when changes.version_number = 1 then cast('1900-01-01' as date) else changes.observed_date end
            as valid_from_date,
        coalesce(changes.next_observed_date, cast('9999-12-31' as date)) as valid_to_date,
        changes.next_observed_date is null as is_current,
        changes.organization_id,
        changes.programme,
        changes.gender,
        changes.age_band,
        changes.region,
        changes.highest_education,
        changes.deprivation_band,
        changes.has_disability
    from learners
    inner join changes
        on
            learners.source_system = changes.source_system
            and learners.learner_id = changes.learner_id
),

dim_learner_version as (
    select
        {{ surrogate_key(['versions.learner_key', 'versions.valid_from_date']) }} as learner_version_key,
        versions.learner_key,
        cast(versions.version_number as integer) as version_number,
        versions.valid_from_date,
        versions.valid_to_date,
        versions.is_current,
        coalesce(organizations.organization_key, {{ unknown_key() }}) as organization_key,
        versions.programme,
        versions.gender,
        versions.age_band,
        versions.region,
        versions.highest_education,
        versions.deprivation_band,
        versions.has_disability
    from versions
    left join organizations
        on
            versions.source_system = organizations.source_system
            and versions.organization_id = organizations.organization_id

    union all

    select
        {{ unknown_key() }} as learner_version_key,
        {{ unknown_key() }} as learner_key,
        1 as version_number,
        cast('1900-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_to_date,
        true as is_current,
        {{ unknown_key() }} as organization_key,
        cast(null as {{ dbt.type_string() }}) as programme,
        cast(null as {{ dbt.type_string() }}) as gender,
        cast(null as {{ dbt.type_string() }}) as age_band,
        cast(null as {{ dbt.type_string() }}) as region,
        cast(null as {{ dbt.type_string() }}) as highest_education,
        cast(null as {{ dbt.type_string() }}) as deprivation_band,
        cast(null as boolean) as has_disability
)

select * from dim_learner_version
