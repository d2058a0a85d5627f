{#-
    The source systems that are on: the var `source_systems`. Stops every command where it is no list of at least one name,
    each once. A name that has no folder in models/staging/ stops it too, in dbt's words: its models are not found.
-#}
{% macro source_systems() -%}
    {%- set systems = var('source_systems') -%}
    {%- set names = [] -%}
    {%- if systems is iterable and systems is not string and systems is not mapping -%}
        {%- for system in systems if system is string and modules.re.fullmatch('[a-z][a-z0-9_]*', system) and system not in names -%}
            {%- do names.append(system) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not names or names | length < systems | length -%}
        {%- do exceptions.raise_compiler_error(
            'The var source_systems is ' ~ tojson(systems, systems) ~ ', expected a list of the source systems that are on, '
            ~ 'each once, by the names of their folders in models/staging/, such as [oneroster, xapi]'
        ) -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}


{#- The columns of a conformed entity as its contract in models/conformed/<entity>.yml declares them. -#}
{% macro contract_columns(entity) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ entity].columns.values() | list) }}
{%- endmacro %}


{#- All rows of an entity, from every source system that is on, in the contract's columns and types. -#}
{% macro union_systems(entity) -%}
    {%- for system in source_systems() %}
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
