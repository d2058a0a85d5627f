-- bridge_organization.sql: grain = organization x organization above it (itself included)
with recursive

organizations as (
    select
        organization_key,
        parent_organization_key
    from {{ ref('dim_organization') }}
),

climbed as (
    select
        organization_key,
        organization_key as ancestor_organization_key,
        0 as level_count
    from organizations

    union all

    -- 20 levels at most, so that organizations that stand above each other in a circle come to an end
    select
        climbed.organization_key,
        organizations.parent_organization_key as ancestor_organization_key,
        climbed.level_count + 1 as level_count
    from climbed
    inner join organizations
        on climbed.ancestor_organization_key = organizations.organization_key
    where
        organizations.parent_organization_key <> {{ unknown_key() }}
        and organizations.parent_organization_key <> climbed.organization_key
        and climbed.level_count < 20
),

bridge_organization as (
    select
        organization_key,
        ancestor_organization_key,
        cast(min(level_count) as integer) as level_count
    from climbed
    group by organization_key, ancestor_organization_key
)

select * from bridge_organization
