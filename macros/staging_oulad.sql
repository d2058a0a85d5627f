{#- A branch of a case: the reason why a number cannot be meant. -#}
{% macro when_not_between(field, value, low, high) -%}
    when {{ value }} not between {{ low }} and {{ high }} then '{{ field }} is not between {{ low }} and {{ high }}'
{%- endmacro %}


{#- A branch of a case: a course day more than a thousand days from the start of its run is a slip. -#}
{% macro when_implausible_day(field, course_day) -%}
    {{ when_not_between(field, course_day, -1000, 1000) }}
{%- endmacro %}


{#- The number of clicks that an erased record of clicks has instead of a reason: no record has it and no learner. -#}
{% macro erased_clicks() -%} -2147483648 {%- endmacro %}


{% macro is_erased_click() -%} (learner_id is null and interaction_count = {{ erased_clicks() }}) {%- endmacro %}


{#-
    For the reconciliation: how many records of clicks are staged. What is staged are sums by day, so the records that were
    not refused count where all their clicks have arrived: each has one or more, so none can be missing unseen.
-#}
{% macro arrived_clicks() -%}
select
    files.source_file,
    kept.row_count
from {{ loaded_files_relation(ref('base_oulad__student_vle')) }} as files
cross join (
    select
        count(*) as row_count,
        sum(interaction_count) as interaction_count
    from {{ ref('int_oulad__click') }}
    where quarantine_reason is null
) as kept
inner join (
    select sum(interaction_count) as interaction_count
    from {{ ref('stg_oulad__interaction') }}
) as arrived
    on kept.interaction_count = arrived.interaction_count
{%- endmacro %}
