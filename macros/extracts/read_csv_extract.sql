{#-
    The records of a CSV extract that are still to be loaded, in the columns and types that its source declares.

    Usage, in a base model (see base_oulad__student_vle.sql):
        {{ config(
            materialized='incremental',
            on_schema_change='fail',
            pre_hook="{{ forget_changed_files() }}",
            post_hook="{{ record_loaded_files() }}",
        ) }}
        with vle as ({{ read_csv_extract('oulad', 'vle') }}), ...
    The base model selects from it renamed columns, `source_file`, `record_number`, and two more that are null for good
    records: `quarantine_reason varchar`, `raw_record varchar`. Records that cannot be parsed or typed are not in the
    result: the post hook adds them to the base model, with file, number, reason and raw text.

    Columns are found by the names in the header, in any order; unknown columns are ignored; a column declared with
    `config: {meta: {optional: true}}` may be absent and is then null. `?` and the empty field are null.
    `record_number` counts the records of the file, the header being 1. `numbered=false` leaves it out and reads twice as
    fast: for extracts of one file of many million records, whose base models have none of the last four columns (see
    load_hooks.sql). `raw=true` adds `raw_record` to the good records too: the text of the whole record, for models that
    may refuse it later.
-#}
{% macro read_csv_extract(system, table, numbered=true, raw=false) -%}
    {%- do source(system, table) -%}
    {%- if not execute -%} select 1 as parsed
    {%- else -%}
        {%- set extract = extract_source(system, table) -%}
        {%- for file in files_to_load(extract) %}
            {%- do check_header(file, extract) %}
            select
                {%- for column in extract.columns.values() %}
                {{ '"' ~ column.name ~ '"' if column.name in file.header
                    else 'cast(null as ' ~ column.data_type ~ ') as "' ~ column.name ~ '"' }},
                {%- endfor %}
                {{ sql_text(file.source_file) }} as source_file,
                {%- if numbered %}
                1 + row_number() over () as record_number,
                {%- endif %}
                {{ load_id() }} as load_id
                {%- if raw %},
                {{ csv_record(quoted_names(file.header)) }} as raw_record
                {%- endif %}
            from {{ csv_scan(file, extract) }}
            union all
        {%- endfor %}
            select
                {%- for column in extract.columns.values() %}
                cast(null as {{ column.data_type }}) as "{{ column.name }}",
                {%- endfor %}
                cast(null as varchar) as source_file,
                {%- if numbered %}
                cast(null as bigint) as record_number,
                {%- endif %}
                cast(null as bigint) as load_id
                {%- if raw %},
                cast(null as varchar) as raw_record
                {%- endif %}
            where false
    {%- endif -%}
{%- endmacro %}


{#- One typed scan of a CSV file; what does not fit goes to the temporary tables that rejects_options() names. -#}
{% macro csv_scan(file, extract) -%}
    read_csv(
        {{ sql_text(file.path) }},
        columns = {
            {%- for name in file.header %}
            {{ sql_text(name) }}: {{ sql_text(extract.columns[name].data_type if name in extract.columns else 'varchar') }}
            {{- "," if not loop.last }}
            {%- endfor %}
        },
        header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = ['', '?'],
        compression = {{ sql_text(file.compression) }},
        {{ rejects_options() }}
    )
{%- endmacro %}


{#- Stops the build where the header of a CSV file lacks a required column, or names one twice or not at all. -#}
{% macro check_header(file, extract) -%}
    {%- set missing = required_columns(extract) | reject('in', file.header) | list -%}
    {%- if missing or '' in file.header or (file.header | unique | list | length) != (file.header | length) -%}
        {%- do exceptions.raise_compiler_error(
            'Wrong header in extract ' ~ file.source_file ~ ': expected the columns ' ~ (required_columns(extract) | join(', '))
            ~ '; found ' ~ (file.header | join(',') or 'an empty file') ~ '; '
            ~ ('missing ' ~ (missing | join(', ')) if missing
                else 'a column has no name' if '' in file.header else 'a name occurs twice') ~ '.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Names of columns in quotes, whatever they hold. -#}
{% macro quoted_names(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%} {%- do quoted.append('"' ~ (name | replace('"', '""')) ~ '"') -%} {%- endfor -%}
    {{ return(quoted) }}
{%- endmacro %}


{#- The values of a record, in the file's order of columns, as one text: raw_record of a typed but refused record. -#}
{% macro csv_record(columns) -%}
    array_to_string([
        {%- for column in columns -%}
            {%- set value = 'cast(' ~ column ~ ' as varchar)' -%}
            case
                when regexp_matches({{ value }}, '[",\r\n]') then '"' || replace({{ value }}, '"', '""') || '"'
                else coalesce({{ value }}, '')
            end{{ ', ' if not loop.last }}
        {%- endfor -%}
    ], ',')
{%- endmacro %}
