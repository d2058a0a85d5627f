{#-
    The columns identify a row: no two rows share them, and none of them is NULL. With `runs_with_news`, for facts that
    grow, rows of course runs without news are not counted again in the next build.
-#}
{% test grain(model, columns, runs_with_news=false) %}
{%- set grain_columns = columns | join(', ') %}
select
    {{ grain_columns }},
    count(*) as row_count
from {{ model }}
{%- if runs_with_news %}
where {{ course_run_has_news() }}
{%- endif %}
group by {{ grain_columns }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
