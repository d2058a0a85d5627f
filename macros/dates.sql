{#- Key of a date in dim_date: yyyymmdd as a number, -1 for NULL. -#}
{% macro date_key(date) -%}
    cast(coalesce(
        extract(year from {{ date }}) * 10000 + extract(month from {{ date }}) * 100 + extract(day from {{ date }}), -1
    ) as bigint)
{%- endmacro %}


{#- Whole days from one date to another, negative when the other is earlier. -#}
{% macro days_between(from_date, to_date) -%}
    {{ return(adapter.dispatch('days_between', 'lernhaus')(from_date, to_date)) }}
{%- endmacro %}

{% macro default__days_between(from_date, to_date) -%}
    cast(datediff({{ to_date }}, {{ from_date }}) as integer)
{%- endmacro %}

{% macro duckdb__days_between(from_date, to_date) -%}
    cast(({{ to_date }} - {{ from_date }}) as integer)
{%- endmacro %}


{#- The date so many days after another. -#}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'lernhaus')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    cast({{ date }} + cast({{ days }} as integer) as date)
{%- endmacro %}


{#- Course week of a course day: floor(course_day / 7), also for days before the start. -#}
{% macro course_week(course_day) -%}
    cast(floor({{ course_day }} / 7.0) as integer)
{%- endmacro %}


{#- ISO day of the week, 1 = Monday to 7 = Sunday. -#}
{% macro iso_day_of_week(date) -%}
    {{ return(adapter.dispatch('iso_day_of_week', 'lernhaus')(date)) }}
{%- endmacro %}

{% macro default__iso_day_of_week(date) -%}
    cast(extract(dayofweek_iso from {{ date }}) as integer)
{%- endmacro %}

{% macro duckdb__iso_day_of_week(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}


{#- ISO year of a date (the year that its ISO week belongs to). -#}
{% macro iso_year(date) -%}
    {{ return(adapter.dispatch('iso_year', 'lernhaus')(date)) }}
{%- endmacro %}

{% macro default__iso_year(date) -%}
    cast(extract(yearofweek from {{ date }}) as integer)
{%- endmacro %}

{% macro duckdb__iso_year(date) -%}
    cast(extract(isoyear from {{ date }}) as integer)
{%- endmacro %}


{#- In a select list: one row for each whole number from one to another, both included. -#}
{% macro explode_numbers(first, last) -%}
    {{ return(adapter.dispatch('explode_numbers', 'lernhaus')(first, last)) }}
{%- endmacro %}

{% macro default__explode_numbers(first, last) -%}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}

{% macro duckdb__explode_numbers(first, last) -%}
    unnest(generate_series(cast({{ first }} as bigint), cast({{ last }} as bigint)))
{%- endmacro %}


{#- Monday of the ISO week of a date. -#}
{% macro week_start(date) -%}
    {{ add_days(date, '1 - ' ~ iso_day_of_week(date)) }}
{%- endmacro %}
