{#-
    The promise of a contract for Python models, which dbt does not contract: the built table has exactly the
    columns that its YAML declares, with the declared types.
-#}
{% test python_schema(model) %}
{%- set columns = {'declared': [], 'built': []} -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == model.identifier -%}
        {%- do columns.update({'declared': node.columns.values() | list}) -%}
    {%- endfor -%}
    {%- do columns.update({'built': adapter.get_columns_in_relation(model)}) -%}
{%- endif %}
with

{% for side in ['declared', 'built'] %}
    {{ side }} as (
        {%- for column in columns[side] %}
            select
                '{{ column.name }}' as column_name,
                '{{ (column.dtype or column.data_type) | lower }}' as data_type
            union all
        {%- endfor %}
            select
                cast(null as {{ dbt.type_string() }}) as column_name,
                cast(null as {{ dbt.type_string() }}) as data_type
            where false
    ),
{% endfor %}

differences as (
    select
        declared.column_name as declared_column,
        declared.data_type as declared_type,
        built.column_name as built_column,
        built.data_type as built_type
    from declared
    full outer join built
        on declared.column_name = built.column_name
    where
        declared.column_name is null
        or built.column_name is null
        or declared.data_type <> built.data_type
)

select * from differences
{% endtest %}
