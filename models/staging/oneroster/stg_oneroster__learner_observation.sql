{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- stg_oneroster__learner_observation.sql: grain = learner x delivery
with

users as (
    select * from {{ ref('checked_oneroster__user') }}
    where quarantine_reason is null and not is_redelivered and not is_deleted
),

demographics as (
    select * from {{ ref('checked_oneroster__demographic') }}
    where quarantine_reason is null and not is_redelivered
),

enrollments as (
    select * from {{ ref('checked_oneroster__enrollment') }}
    where quarantine_reason is null and not is_redelivered
),

-- who has ever been enrolled, and whether as a student
enrolled as (
    select
        user_id,
        bool_or(enrollment_role = 'student') as is_student
    from enrollments
    group by user_id
),

-- a user is a learner unless known in other roles only
deliveries as (
    select
        users.*,
        demographics.birth_date,
        demographics.gender
    from users
    left join enrolled on users.user_id = enrolled.user_id
    left join demographics
        on users.user_id = demographics.user_id and users.delivered_date = demographics.delivered_date
    where coalesce(enrolled.is_student, true)
),

-- a blank attribute is one that was not delivered: the last known value holds on
carried_forward as (
    select
        user_id as learner_id,
        delivered_date,
        is_current,
        is_active,
        given_name,
        family_name,
        email,
        username,
        {%- for attribute in [
            'organization_id', 'programme', 'birth_date', 'gender', 'region', 'highest_education',
            'deprivation_band', 'has_disability',
        ] %}
        last_value({{ attribute }} ignore nulls) over deliveries_so_far as {{ attribute }}
        {{- "," if not loop.last }}
    {%- endfor %}
    from deliveries
    window deliveries_so_far as (
        partition by user_id order by delivered_date
        rows between unbounded preceding and current row
    )
),

stg_oneroster__learner_observation as (
    select
        learner_id,
        delivered_date,
        is_current,
        is_active,
        organization_id,
        programme,
        birth_date,
        gender,
        {{ age_band('birth_date', 'delivered_date') }} as age_band,
        region,
        highest_education,
        deprivation_band,
        has_disability,
        given_name,
        family_name,
        email,
        username
    from carried_forward
)

select * from stg_oneroster__learner_observation
