{#-
    The records of an extract of JSON lines that are still to be loaded: source_file, record_number (line of the file),
    line (the text as it stands; empty lines are left out). Lines are not parsed here.

    Usage, in a base model configured as in read_csv_extract.sql (see base_xapi__statement.sql):
        with lines as ({{ read_json_lines_extract('xapi', 'statement') }}), ...
    Lines that are not UTF-8, hold control characters or are longer than 16 MB are not in the result: the post hook adds
    them to the base model.
-#}
{% macro read_json_lines_extract(system, table) -%}
    {%- do source(system, table) -%}
    {%- if not execute -%} select 1 as parsed
    {%- else -%}
        {%- for file in files_to_load(extract_source(system, table)) %}
            select
                {{ sql_text(file.source_file) }} as source_file,
                record_number,
                {{ load_id() }} as load_id,
                line
            from (select row_number() over () as record_number, line from {{ line_scan(file.path, rejects_options()) }})
            where line <> ''
            union all
        {%- endfor %}
            select
                cast(null as varchar) as source_file,
                cast(null as bigint) as record_number,
                cast(null as bigint) as load_id,
                cast(null as varchar) as line
            where false
    {%- endif -%}
{%- endmacro %}


{#-
    The lines of a file, unparsed: one column `line`, null for an empty line. Not in strict mode, which stops where line
    ends differ.
-#}
{% macro line_scan(path, options) -%}
    read_csv(
        {{ sql_text(path) }}, columns = {'line': 'varchar'}, header = false, auto_detect = false,
        delim = chr(1), quote = '', escape = '', strict_mode = false, max_line_size = 16800000, buffer_size = 33600000, {{ options }}
    )
{%- endmacro %}
