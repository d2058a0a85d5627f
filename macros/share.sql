{#- One count as a share of another, as a double; NULL where there is nothing to take a share of. -#}
{% macro share(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}
