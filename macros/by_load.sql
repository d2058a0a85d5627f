{#-
    Tables that are remade only as far as what was loaded asks for. In this project
        table         is left alone while nothing has changed below it, else remade
        incremental   is left alone while nothing has changed below it; grows where rows were only added, by dbt's
                      incremental strategies; else remade. In the model, `is_incremental()` tells the second case, and
                      `newly_loaded()` which rows below are new: their `load_id` is greater than that of the last build.
    `--full-refresh` remakes all. A table with `meta: {is_kept: true}` is what others are measured by: once it has rows, it
    is left alone until a full refresh or other code, whatever is loaded.

    Beside each such table, `staging.<table>__built_from` says by which code it was built (its own and that of the views
    below it, sources, seeds as they were loaded, macros and library, versions of the engine and of what computes, vars
    and the pseudonym secret), in which load, and in which load its past was last remade: by other code, or because a file
    had changed or gone. It is written in the transaction of the table, so a failed or partial build leaves nothing out.
    Base models write it too. A table looks at what the tables below it say; what was loaded since it was built is added
    to it, and where their past was remade, its own is. So the result is that of a full refresh.
-#}

{#-
    On-run-start hook: the number of the load, which only ever grows, also where the clock was set back; and the table
    that notes the seeds, unless `dbt seed` has made it.
-#}
{% macro begin_load() -%}
    {%- if reads_extracts() %}
    create schema if not exists staging;
    create table if not exists staging.last_load as select cast(0 as bigint) as load_id;
    update staging.last_load set load_id = greatest(load_id + 1, {{ milliseconds_at_start() }});
    create table if not exists staging.loaded_seed (seed varchar, code varchar)
    {%- endif -%}
{%- endmacro %}


{#- Number of the load that this command does: milliseconds since 1970 at its start, or what comes after the last one. -#}
{% macro load_id() -%}
    {%- if not execute -%} {{ return('cast(0 as bigint)') }} {%- endif -%}
    {%- if 'load_id' not in known() -%}
        {%- do known().update({
            'load_id': run_query('select load_id from staging.last_load').rows[0][0] if reads_extracts()
                else milliseconds_at_start()
        }) -%}
    {%- endif -%}
    {{ return('cast(' ~ known().load_id ~ ' as bigint)') }}
{%- endmacro %}


{% macro milliseconds_at_start() -%}
    {{ return((run_started_at.timestamp() * 1000) | int) }}
{%- endmacro %}


{#- Post hook of a seed: which of its contents was loaded, since models may run before it is loaded again. -#}
{% macro note_seed() -%}
    create table if not exists staging.loaded_seed (seed varchar, code varchar);
    delete from staging.loaded_seed where seed = '{{ model.unique_id }}';
    insert into staging.loaded_seed values ('{{ model.unique_id }}', '{{ model.checksum.checksum }}')
{%- endmacro %}


{#- The contents of a seed as they were loaded, as a hash. -#}
{% macro loaded_seed(seed) -%}
    {%- if not reads_extracts() -%} {{ return(seed.checksum.checksum) }} {%- endif -%}
    {%- set noted = run_query("select code from staging.loaded_seed where seed = '" ~ seed.unique_id ~ "'").rows -%}
    {{ return(noted[0][0] if noted else '') }}
{%- endmacro %}


{#- A condition: the row is newer than the current table; every row where the table is made in full. -#}
{% macro newly_loaded(load_id='load_id') -%}
    {%- if not is_incremental() -%} {{ return('true') }} {%- endif -%}
    {{ return(load_id ~ ' > ' ~ this_built_from()[1]) }}
{%- endmacro %}


{#- A table for notes about a table; in `staging`, since people query `main`. -#}
{% macro side_table(table, name) -%}
    {{ return(table.incorporate(path={'schema': 'staging', 'identifier': table.identifier ~ '__' ~ name})) }}
{%- endmacro %}


{#-
    What this command knows already, so that it asks once: `graph` is one dictionary for all nodes of a command.
        built_from   by table: what it was built from
        lineage      by node: see lineage()
        passed       by test and code: see passed_in_load()
        passed_now   by test: the code with which it has passed in this command
-#}
{% macro known() -%}
    {%- if graph.get('lernhaus', {}).get('invocation_id') != invocation_id -%}
        {%- do graph.update({'lernhaus': {'invocation_id': invocation_id, 'built_from': {}, 'lineage': {}, 'passed_now': {}}}) -%}
    {%- endif -%}
    {{ return(graph['lernhaus']) }}
{%- endmacro %}


{#- What a table was built from: code, load_id, remade_load_id. -#}
{% macro built_from(table) -%}
    {%- set tables = known().built_from -%}
    {%- if table | string not in tables -%}
        {%- do tables.update({
            table | string: run_query('select code, load_id, remade_load_id from ' ~ side_table(table, 'built_from')).rows[0]
        }) -%}
    {%- endif -%}
    {{ return(tables[table | string]) }}
{%- endmacro %}


{#- What the current table was built from; none where it has to be built. -#}
{% macro this_built_from() -%}
    {%- if load_cached_relation(this) is none or load_cached_relation(side_table(this, 'built_from')) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(built_from(this)) }}
{%- endmacro %}


{#- The end of a materialization that may have changed what the current table is built from. -#}
{% macro built(result) -%}
    {%- do known().built_from.pop(this | string, none) -%}
    {{ return(result) }}
{%- endmacro %}


{#- The hash of the code between the current table and the tables of this kind below it, and these tables. -#}
{% macro lineage() -%}
    {%- set lineages = known().lineage -%}
    {%- if model.unique_id not in lineages -%} {%- do lineages.update({model.unique_id: find_lineage()}) -%} {%- endif -%}
    {{ return(lineages[model.unique_id]) }}
{%- endmacro %}


{% macro find_lineage() -%}
    {%- if 'code' not in known() -%}
        {%- do known().update({'code': run_query("select getvariable('lernhaus').code").rows[0][0]}) -%}
    {%- endif -%}
    {%- set parts = [known().code] -%}
    {%- set settings = ['source_systems', 'time_zone', 'as_of_date', 'keep_events_days', 'keep_texts_days'] -%}
    {#- limits that tests alone know -#}
    {%- if model.resource_type == 'test' -%} {%- do settings.extend(['max_quarantine_share', 'check_oulad_totals']) -%} {%- endif -%}
    {%- for name in settings -%} {%- do parts.append(var(name) | string) -%} {%- endfor -%}
    {#- what `--empty` makes is to be remade -#}
    {%- if flags.EMPTY -%} {%- do parts.append('empty') -%} {%- endif -%}
    {%- set ids = [model.unique_id] -%}
    {%- set seen = {} -%}
    {%- set tables = [] -%}
    {%- for unique_id in ids if unique_id in graph.nodes or unique_id in graph.sources -%}
        {%- set node = graph.nodes[unique_id] or graph.sources[unique_id] -%}
        {%- if not loop.first and node.resource_type == 'model' and node.config.materialized in ['table', 'incremental'] -%}
            {%- do tables.append(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
        {%- else -%}
            {%- set contents = loaded_seed(node) if node.resource_type == 'seed' else (node.checksum or {}).checksum -%}
            {%- do parts.append(unique_id ~ ' ' ~ contents ~ ' ' ~ node.config.meta) -%}
            {%- for column in node.columns.values() -%} {%- do parts.append(column.name ~ ' ' ~ column.data_type) -%} {%- endfor -%}
            {%- for parent in ((node.depends_on or {}).nodes or []) if parent not in seen -%}
                {%- do seen.update({parent: true}) -%}
                {%- do ids.append(parent) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'code': local_md5(parts | join('\n')), 'tables': tables}) }}
{%- endmacro %}


{% macro is_base(node) -%}
    {{ return(node.resource_type == 'model' and node.name.startswith('base_')) }}
{%- endmacro %}


{#- What has changed below the current table since it was built: nothing, added (rows), everything. -#}
{% macro change_since_built() -%}
    {%- if not reads_extracts() or flags.FULL_REFRESH -%} {{ return('everything') }} {%- endif -%}
    {%- set noted = this_built_from() -%}
    {%- if noted is none -%} {{ return('everything') }} {%- endif -%}
    {%- set lineage = lineage() -%}
    {%- if noted[0] != lineage.code -%} {{ return('everything') }} {%- endif -%}
    {%- if model.config.meta.get('is_kept') and run_query('select 1 from ' ~ this ~ ' limit 1').rows -%}
        {{ return('nothing') }}
    {%- endif -%}
    {{ return(change_since(noted[1], lineage.tables)) }}
{%- endmacro %}


{#- What has changed in tables since a load. -#}
{% macro change_since(load, tables) -%}
    {%- set changes = ['nothing'] -%}
    {%- for table in tables -%}
        {%- set noted = built_from(table) -%}
        {%- if noted[2] > load -%} {{ return('everything') }} {%- endif -%}
        {%- if noted[1] > load -%} {%- do changes.append('added') -%} {%- endif -%}
    {%- endfor -%}
    {{ return(changes | last) }}
{%- endmacro %}


{#- SQL that notes what the current table is built from, for its transaction. -#}
{% macro note_built_from(is_remade) -%}
    create or replace table {{ side_table(this, 'built_from') }} as
    select
        '{{ lineage().code }}' as code,
        {{ load_id() }} as load_id,
        {{ load_id() if is_remade else 'cast(' ~ this_built_from()[2] ~ ' as bigint)' }} as remade_load_id
{%- endmacro %}


{#- True where the model only adds rows to its table: for a base model as dbt has it, else see the head of this file. -#}
{% macro is_incremental() -%}
    {%- if not execute or model.resource_type != 'model' or model.config.materialized != 'incremental' -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(dbt.is_incremental() if is_base(model) else change_since_built() == 'added') }}
{%- endmacro %}


{#- As dbt's own; a base model is loaded afresh as well when its code has changed. -#}
{% macro should_full_refresh() -%}
    {%- if execute and is_base(model) and reads_extracts() -%}
        {%- set noted = this_built_from() -%}
        {%- if noted is none or noted[0] != lineage().code -%} {{ return(true) }} {%- endif -%}
    {%- endif -%}
    {{ return(dbt.should_full_refresh()) }}
{%- endmacro %}


{#- A table that stamps its rows with a load is a past made anew: none of them can be told from before. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- set change = change_since_built() -%}
    {%- if change == 'nothing' -%} {{ return(leave_alone()) }} {%- endif -%}
    {%- set is_remade = change == 'everything' or 'load_id' in model.columns -%}
    {%- do post_hooks.append({'sql': note_built_from(is_remade), 'transaction': true}) -%}
    {%- if model.language == 'sql' -%} {{ return(built(dbt.materialization_table_duckdb())) }} {%- endif -%}
    {%- set made = begin_python_table() -%}
    {%- call statement('main', language='python') -%}
        {{ create_table_as(False, made, compiled_code, 'python') }}
    {%- endcall -%}
    {{ return(built(finish_python_table(made, false))) }}
{%- endmaterialization %}


{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- if is_base(model) -%}
        {%- if is_incremental() and not files_have_changed() and not records_have_come() -%} {{ return(leave_alone()) }} {%- endif -%}
        {{ return(built(dbt.materialization_incremental_duckdb())) }}
    {%- endif -%}
    {%- set change = change_since_built() -%}
    {%- if change == 'nothing' -%} {{ return(leave_alone()) }} {%- endif -%}
    {%- do post_hooks.append({'sql': note_built_from(change == 'everything'), 'transaction': true}) -%}
    {%- if model.language == 'sql' -%}
        {%- if change == 'everything' -%} {{ return(built(dbt.materialization_table_duckdb())) }} {%- endif -%}
        {{ return(built(dbt.materialization_incremental_duckdb())) }}
    {%- endif -%}
    {%- set made = begin_python_table() -%}
    {%- call statement('main', language='python') -%}
        {{ create_table_as(False, made, compiled_code, 'python') }}
    {%- endcall -%}
    {{ return(built(finish_python_table(made, change == 'added'))) }}
{%- endmaterialization %}


{#-
    Python models have a way of their own: dbt runs Python only for the materialization that it called itself, and in a
    transaction apart. They are made in a table aside that takes the place of the old one, or whose rows are added to it.
    Their pre hooks run before the transaction, so that the model sees what they did.
-#}
{% macro begin_python_table() -%}
    {%- set made = make_intermediate_relation(this.incorporate(type='table')) -%}
    {%- do drop_relation_if_exists(load_cached_relation(made)) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ return(made) }}
{%- endmacro %}


{% macro finish_python_table(made, is_added) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- call statement('take_over') -%}
        {%- if is_added -%}
        insert into {{ target }} by name select * from {{ made }};
        drop table {{ made }};
        {%- else -%}
        drop table if exists {{ target }};
        alter table {{ made }} rename to {{ target.identifier }};
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{%- endmacro %}


{% macro leave_alone() -%}
    {%- do store_raw_result('main', message='UNCHANGED', code='UNCHANGED', rows_affected=0) -%}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmacro %}
