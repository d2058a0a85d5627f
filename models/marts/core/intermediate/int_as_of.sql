-- int_as_of.sql: grain = the warehouse (one row)
with

seen as (
    select max(last_seen_date) as last_seen_date
    from {{ ref('int_enrollment_seen') }}
),

delivered as (
    select max(observed_date) as last_observed_date
    from {{ ref('learner_version') }}
),

int_as_of as (
    select
        {% if var('as_of_date') -%}
            cast('{{ var("as_of_date") }}' as date)
        {%- else -%}
            coalesce(seen.last_seen_date, delivered.last_observed_date)
        {%- endif %} as as_of_date
    from seen
    cross join delivered
)

select * from int_as_of
