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
