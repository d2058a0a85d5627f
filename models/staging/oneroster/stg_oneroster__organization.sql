{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__organization.sql: grain = organization of the latest delivery
with

orgs as (
    select * from {{ ref('checked_oneroster__org') }}
),

stg_oneroster__organization as (
    select
        'oneroster' as source_system,
        organization_id,
        organization_name,
        lower(organization_type) as organization_type,
        parent_organization_id
    from orgs
    where is_current
)

select * from stg_oneroster__organization
