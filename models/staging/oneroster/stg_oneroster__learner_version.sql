{{ config(enabled='oneroster' in var('source_systems')) }}
-- stg_oneroster__learner_version.sql: grain = learner x delivery that showed a change
{%- set attributes = [
    'organization_id', 'programme', 'gender', 'age_band', 'region', 'highest_education', 'deprivation_band',
    'has_disability',
] %}
with

observations as (
    select * from {{ ref('stg_oneroster__learner_observation') }}
),

compared as (
    select
        *,
        row_number() over by_delivery as delivery_number,
    {%- for attribute in attributes %}
        lag({{ attribute }}) over by_delivery as previous_{{ attribute }}{{ "," if not loop.last }}
    
    {%- endfor %}
    from observations
    window by_delivery as (partition by learner_id order by delivered_date)
),

stg_oneroster__learner_version as (
    select
        'oneroster' as source_system,
        learner_id,
        delivered_date as observed_date,
        {{ attributes | join(',\n        ') }}
    from compared
    where
        delivery_number = 1
        {%- for attribute in attributes %}
            or {{ attribute }} is distinct from previous_{{ attribute }}
        {%- endfor %}
)

select * from stg_oneroster__learner_version
