{#-
    Tables made of base models, which are made again only when something has changed. Usage, see int_oulad__daily_clicks:
        {{ config(
            materialized='incremental',
            on_schema_change='fail',
            pre_hook="{{ start_over_on_change() }}",
        ) }}
        ... where quarantine_reason is null {{ none_unless_changed() }}
    Nothing has changed while the loaded files, the code of the model and of all models and seeds above it, and the
    vars are those of the last build: then no row is read. Otherwise all rows are made again, so the result is always
    that of a full refresh. Changes of macros are not noticed: they need `--full-refresh`.
-#}

{#- A condition that keeps all rows away when the table is right as it is; goes behind another condition. -#}
{% macro none_unless_changed() -%}
    {%- if reads_extracts() and is_incremental() and built_from() == build_signature() -%} and false {%- endif -%}
{%- endmacro %}


{#- Empties the table when something has changed, and notes what it is built from. -#}
{% macro start_over_on_change() -%}
    {%- if reads_extracts() -%}
        {%- set signature = build_signature() -%}
        {%- if is_incremental() and built_from() != signature %}
        delete from {{ this }};
        {%- endif %}
        create or replace table {{ built_from_relation() }} as select '{{ signature }}' as signature;
    {%- endif -%}
{%- endmacro %}


{% macro built_from_relation() -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '__built_from'})) }}
{%- endmacro %}


{#- The signature noted by the last build, none where there is none. -#}
{% macro built_from() -%}
    {%- set noted = built_from_relation() -%}
    {%- if adapter.get_relation(noted.database, noted.schema, noted.identifier) is none -%} {{ return(none) }} {%- endif -%}
    {{ return(run_query('select signature from ' ~ noted).rows[0][0]) }}
{%- endmacro %}


{#- What the current model is built from, as one hash: code and loaded files of everything above it, and the vars. -#}
{% macro build_signature() -%}
    {%- set nodes = [model.unique_id] -%}
    {%- set parts = [var('time_zone')] -%}
    {%- for unique_id in nodes if unique_id in graph.nodes -%}
        {%- set node = graph.nodes[unique_id] -%}
        {%- do parts.append(unique_id ~ ' ' ~ node.checksum.checksum) -%}
        {%- if node.name.startswith('base_') -%}
            {%- set base = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
            {%- set files = run_query('select source_file, size_bytes, modified_at from ' ~ loaded_files_relation(base)) -%}
            {%- for file in files.rows -%} {%- do parts.append(file.values() | join(' ')) -%} {%- endfor -%}
        {%- endif -%}
        {%- for parent in (node.depends_on.nodes or []) if parent not in nodes -%} {%- do nodes.append(parent) -%} {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('\n'))) }}
{%- endmacro %}
