{#-
    Every value of the column is one of the field of the other table: dbt's test, of distinct values, which on large
    facts takes a fraction of the time. With `runs_with_news`, for facts that grow, rows of course runs without news are
    not looked at again in the next build; a dimension cannot lose a member that they have unseen, since the enrollments
    and activities of a run are part of its content.
-#}
{% test relationships(model, column_name, to, field, runs_with_news=false) %}
with

children as (
    -- distinct: what is looked up in the other table is each value once
    select distinct {{ column_name }} as child_value
    from {{ model }}
    where
        {{ column_name }} is not null
        {%- if runs_with_news %}
        and {{ course_run_has_news() }}
        {%- endif %}
),

parents as (
    select {{ field }} as parent_value
    from {{ to }}
)

select children.child_value
from children
left join parents
    on children.child_value = parents.parent_value
where parents.parent_value is null
{% endtest %}
