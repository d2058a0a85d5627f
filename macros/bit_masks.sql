{#-
    Distinct values of few kinds in one pass: the bit of a value (weekday_bit, number_bit), joined by union_of_bits, counted
    by count_of_bits. Cheaper than count(distinct …), which needs a second aggregation.
-#}

{#- The bit of a date's weekday, Monday being the first. -#}
{% macro weekday_bit(date) -%}
    {{ return(number_bit(iso_day_of_week(date))) }}
{%- endmacro %}


{#- The bit of a whole number from 1 to 63. -#}
{% macro number_bit(number) -%}
    {{ return(adapter.dispatch('number_bit', 'lernhaus')(number)) }}
{%- endmacro %}

{% macro default__number_bit(number) -%}
    shiftleft(cast(1 as bigint), cast({{ number }} as integer) - 1)
{%- endmacro %}

{% macro duckdb__number_bit(number) -%}
    (cast(1 as bigint) << ({{ number }} - 1))
{%- endmacro %}


{% macro union_of_bits(bits) -%}
    bit_or({{ bits }})
{%- endmacro %}


{% macro count_of_bits(bits) -%}
    cast(bit_count({{ bits }}) as integer)
{%- endmacro %}
