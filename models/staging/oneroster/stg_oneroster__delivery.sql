{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- stg_oneroster__delivery.sql: grain = delivery
{%- for table in [
    'org', 'academic_session', 'course', 'class', 'user', 'enrollment', 'demographic', 'line_item', 'result',
] %}
    {%- do ref('base_oneroster__' ~ table) %}
{%- endfor %}
{%- set deliveries = roster_deliveries() %}
with

stg_oneroster__delivery as (
    {%- for delivery in deliveries %}
    select
        {{ sql_text(delivery.delivery) }} as delivery,
        date '{{ delivery.delivered_date }}' as delivered_date,
        {{ 'true' if loop.last else 'false' }} as is_latest
    union all
    {%- endfor %}
    select
        cast(null as varchar) as delivery,
        cast(null as date) as delivered_date,
        cast(null as boolean) as is_latest
    where false
)

select * from stg_oneroster__delivery
