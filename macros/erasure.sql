{#-
    Learners who are to be erased (see lernhaus/publish/erasures.py). Their records are blanked while they are read: the
    base models keep file and number of a record, with the reason `erased`, and nothing else of it. Whoever is on the list
    is part of the code of all tables, so that a longer list remakes them.
-#}

{#- True where somebody is to be erased. -#}
{% macro has_erasures() -%}
    {%- if not reads_extracts() -%} {{ return(false) }} {%- endif -%}
    {%- if 'erasure_count' not in known() -%}
        {%- do known().update({'erasure_count': run_query("select getvariable('lernhaus').erasure_count").rows[0][0]}) -%}
    {%- endif -%}
    {{ return(known().erasure_count > 0) }}
{%- endmacro %}


{#-
    The last lines of a base model: all rows of its last CTE, those of erased learners as blanks. `learners` is a list of
    dicts `columns` (that name a learner; each combination is looked up once) and `is_erased` (a condition on them).
    A refused record that names an erased learner anywhere in its raw text is blanked too; of another record that does,
    the raw text is, as it is of one that is only refused until its day comes (see coming_records.sql). `marks` says of
    models without a `quarantine_reason` what an erased record has in which column.
-#}
{% macro all_but_erased(learners, marks={'quarantine_reason': "'erased'"}) -%}
    {%- if not has_erasures() -%}
select * from {{ this.identifier }}
    {%- else -%}
        {%- set kept = ['source_file', 'record_number', 'load_id'] -%}
        {%- set names = model.columns.keys() | list -%}
select
        {%- for name in names %}
            {%- if name in kept %}
    {{ name }}
            {%- elif name == 'raw_record' %}
    case when not is_erased then if(is_named, '(withheld: names an erased learner)', raw_record) end as raw_record
            {%- else %}
    case when is_erased then {{ marks.get(name, 'null') }} else {{ name }} end as {{ name }}
            {%- endif %}
            {{- "," if not loop.last }}
        {%- endfor %}
from (
    select
        *,
        {%- for learner in learners %}
        {{ holds_for(learner.columns, learner.is_erased) }} or
        {%- endfor %} {{ 'is_named and quarantine_reason is not null and not (' ~ is_coming() ~ ')' if 'raw_record' in names else 'false' }} as is_erased
    from (
        select
            *,
            {{ holds_for(['raw_record'], 'lernhaus_names_erased(raw_record)') if 'raw_record' in names else 'false' }} as is_named
        from {{ this.identifier }}
    )
)
    {%- endif -%}
{%- endmacro %}


{#-
    For `all_but_erased`: true where a condition holds for the columns of a row. Each combination is tried once: the
    condition is a column first, since DuckDB moves a filter below `distinct`, where it is tried on each row.
-#}
{% macro holds_for(columns, condition) -%}
    {%- set names = columns | join(', ') -%}
        coalesce(
            ({{ names }}) in (
                select ({{ names }})
                from (
                    select {{ names }}, {{ condition }} as is_so
                    from (select distinct {{ names }} from {{ this.identifier }})
                )
                where is_so
            ),
            false
        )
{%- endmacro %}


{#- A select of refused records from what stands behind `from`: those that name an erased learner as blanks. -#}
{% macro refused_but_erased(records) -%}
    {%- if not has_erasures() -%} {{ return('select * from ' ~ records) }} {%- endif -%}
    {{ return(
        "select source_file, record_number, if(is_named, 'erased', quarantine_reason) as quarantine_reason, "
        ~ 'case when not is_named then raw_record end as raw_record '
        ~ 'from (select *, coalesce(lernhaus_names_erased(raw_record), false) as is_named from ' ~ records ~ ')'
    ) }}
{%- endmacro %}


{#- For `all_but_erased`: a column that holds the ids of a source system's learners. -#}
{% macro learner_in(source_system, column) -%}
    {{ return({
        'columns': [column],
        'is_erased': "lernhaus_is_erased('" ~ source_system ~ "', cast(" ~ column ~ " as varchar))",
    }) }}
{%- endmacro %}


{#- Pre hook of a snapshot, which remembers what no extract holds any more. -#}
{% macro forget_erased_learners() -%}
    {%- if has_erasures() and load_cached_relation(this) is not none -%}
    delete from {{ this }} where lernhaus_is_erased(source_system, learner_id)
    {%- endif -%}
{%- endmacro %}
