{#- The value of a column in this row or, where it is NULL, the last one before that is not. -#}
{% macro last_known(column, partition_by, order_by) -%}
    {{ return(adapter.dispatch('last_known', 'lernhaus')(column, partition_by, order_by)) }}
{%- endmacro %}

{% macro default__last_known(column, partition_by, order_by) -%}
    last_value({{ column }}) ignore nulls over (
        partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and current row
    )
{%- endmacro %}

{% macro duckdb__last_known(column, partition_by, order_by) -%}
    last_value({{ column }} ignore nulls) over (
        partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and current row
    )
{%- endmacro %}
