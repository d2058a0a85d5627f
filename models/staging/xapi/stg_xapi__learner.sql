{{ config(enabled='xapi' in var('source_systems')) }}
-- stg_xapi__learner.sql: grain = actor that no roster describes
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where delivery = 'first' and source_system = 'xapi'
),

stg_xapi__learner as (
    select
        source_system,
        learner_id,
        cast(null as varchar) as organization_id,
        cast(null as varchar) as programme,
        cast(null as boolean) as is_active,
        cast(null as varchar) as gender,
        cast(null as varchar) as age_band,
        cast(null as varchar) as region,
        cast(null as varchar) as highest_education,
        cast(null as varchar) as deprivation_band,
        cast(null as boolean) as has_disability,
        cast(null as varchar) as given_name,
        cast(null as varchar) as family_name,
        replace(min(actor_mbox), 'mailto:', '') as email,
        min(actor_account_name) as username
    from statements
    group by source_system, learner_id
)

select * from stg_xapi__learner
