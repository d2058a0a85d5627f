{#- The columns of a conformed entity as its contract in models/conformed/<entity>.yml declares them. -#}
{% macro contract_columns(entity) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ entity].columns.values() | list) }}
{%- endmacro %}


{#- All rows of an entity, from every source system that is on, in the contract's columns and types. -#}
{% macro union_systems(entity) -%}
    {%- for system in var('source_systems') %}
        {%- set staged = ref('stg_' ~ system ~ '__' ~ entity) %}
select
        {%- if execute %}
            {%- for column in contract_columns(entity) %}
    cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
            {%- endfor %}
        {%- else %} *
        {%- endif %}
from {{ staged }}
        {%- if not loop.last %}
union all
        {%- endif %}
    {%- endfor %}
{%- endmacro %}


{#- The staging model of an entity that a source system does not have: the contract's columns, no rows. -#}
{% macro empty_entity(entity) -%}
select
    {%- if execute %}
        {%- for column in contract_columns(entity) %}
    cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
        {%- endfor %}
    {%- else %} 1 as parsed
    {%- endif %}
where false
{%- endmacro %}
