-- dim_organization.sql: grain = organization
with

organizations as (
    select * from {{ ref('organization') }}
),

-- union, not union all: one row per organization that anything names
named as (
    select
        source_system,
        organization_id
    from organizations
    union
    select
        source_system,
        parent_organization_id
    from organizations
    where parent_organization_id is not null
    union
    select
        source_system,
        organization_id
    from {{ ref('course') }}
    where organization_id is not null
    union
    select
        source_system,
        organization_id
    from {{ ref('learner_version') }}
    where organization_id is not null
    union
    select
        source_system,
        organization_id
    from {{ ref('snap_learner_version') }}
    where organization_id is not null
    union
    select
        source_system,
        organization_id
    from {{ ref('int_learner') }}
    where organization_id is not null
),

dim_organization as (
    select
        {{ surrogate_key(['named.source_system', 'named.organization_id']) }} as organization_key,
        named.source_system,
        named.organization_id,
        organizations.organization_name,
        organizations.organization_type,
        case
            when organizations.parent_organization_id is null then {{ unknown_key() }}
            else {{ surrogate_key(['named.source_system', 'organizations.parent_organization_id']) }}
        end as parent_organization_key,
        organizations.organization_id is null as is_inferred
    from named
    left join organizations
        on
            named.source_system = organizations.source_system
            and named.organization_id = organizations.organization_id

    union all

    select
        {{ unknown_key() }} as organization_key,
        'unknown' as source_system,
        'unknown' as organization_id,
        'unknown' as organization_name,
        'unknown' as organization_type,
        {{ unknown_key() }} as parent_organization_key,
        true as is_inferred
)

select * from dim_organization
