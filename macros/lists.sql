{#- One row per element of a list, in a select list; a row whose list is empty or null gives none. -#}
{% macro explode_list(list) -%}
    {{ return(adapter.dispatch('explode_list', 'lernhaus')(list)) }}
{%- endmacro %}

{% macro default__explode_list(list) -%}
    explode({{ list }})
{%- endmacro %}

{% macro duckdb__explode_list(list) -%}
    unnest({{ list }})
{%- endmacro %}
