{#- The columns identify a row: no two rows share them, and none of them is NULL. -#}
{% test grain(model, columns) %}
{%- set grain_columns = columns | join(', ') %}
select
    {{ grain_columns }},
    count(*) as row_count
from {{ model }}
group by {{ grain_columns }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
