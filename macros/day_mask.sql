{#-
    Distinct weekdays in one pass: a date's bit (Monday = 1), joined by day_mask_union, counted by day_mask_size.
    Cheaper than count(distinct date), which needs a second aggregation.
-#}
{% macro day_mask(date) -%}
    {{ return(adapter.dispatch('day_mask', 'lernhaus')(date)) }}
{%- endmacro %}

{% macro default__day_mask(date) -%}
    shiftleft(1, {{ iso_day_of_week(date) }} - 1)
{%- endmacro %}

{% macro duckdb__day_mask(date) -%}
    (1 << ({{ iso_day_of_week(date) }} - 1))
{%- endmacro %}


{% macro day_mask_union(mask) -%}
    bit_or({{ mask }})
{%- endmacro %}


{% macro day_mask_size(mask) -%}
    cast(bit_count({{ mask }}) as integer)
{%- endmacro %}
