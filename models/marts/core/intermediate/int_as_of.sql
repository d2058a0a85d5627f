-- int_as_of.sql: grain = the warehouse (one row)
with

seen as (
    select max(last_seen_date) as last_seen_date
    from {{ ref('int_enrollment_seen') }}
),

int_as_of as (
    select
        {% if var('as_of_date') -%}
            cast('{{ var("as_of_date") }}' as date)
        {%- else -%}
            last_seen_date
        {%- endif %} as as_of_date
    from seen
)

select * from int_as_of
