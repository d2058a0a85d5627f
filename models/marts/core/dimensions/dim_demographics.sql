-- dim_demographics.sql: grain = combination of demographic attributes
with

-- distinct: the combinations are what a mini-dimension holds
combinations as (
    select distinct
        demographics_key,
        gender,
        age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability
    from {{ ref('int_enrollment') }}
    where demographics_key <> {{ unknown_key() }}
),

dim_demographics as (
    select
        demographics_key,
        coalesce(gender, 'unknown') as gender,
        coalesce(age_band, 'unknown') as age_band,
        coalesce(region, 'unknown') as region,
        coalesce(highest_education, 'unknown') as highest_education,
        coalesce(deprivation_band, 'unknown') as deprivation_band,
        case
            when has_disability then 'yes'
            when not has_disability then 'no'
            else 'unknown'
        end as disability
    from combinations

    union all

    select
        {{ unknown_key() }} as demographics_key,
        'unknown' as gender,
        'unknown' as age_band,
        'unknown' as region,
        'unknown' as highest_education,
        'unknown' as deprivation_band,
        'unknown' as disability
)

select * from dim_demographics
