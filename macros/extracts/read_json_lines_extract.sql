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
        {%- for compression, alike in files_to_load(extract_source(system, table)) | groupby('compression') %}
        {#- a scan of many files reads one after the other; each holds buffers all the time, so there are few #}
        {%- for files in alike | slice(4) if files %}
            select
                {{ sql_list(files | map(attribute='source_file')) }}[cast(file_index as bigint) + 1] as source_file,
                place - first_place + 1 as record_number,
                {{ load_id() }} as load_id,
                line
            from ({{ numbered_lines(files | map(attribute='path'), compression) }})
            where line <> ''
            union all
        {%- endfor %}
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
    The lines of files as they follow one another: file_index, line (null for an empty one), place, first_place of the
    file. These windows have no partitions, so the engine streams through them.
-#}
{% macro numbered_lines(paths, compression) -%}
    select
        file_index,
        line,
        place,
        max(case when is_first then place end) over (rows unbounded preceding) as first_place
    from (
        select
            file_index,
            line,
            row_number() over () as place,
            file_index is distinct from lag(file_index) over () as is_first
        from {{ line_scan(paths, compression, rejects_options()) }}
    )
{%- endmacro %}


{#-
    The lines of files, unparsed: one column `line`, null for an empty line. Not in strict mode, which stops where line
    ends differ.
-#}
{% macro line_scan(paths, compression, options) -%}
    read_csv(
        {{ sql_list(paths) }}, columns = {'line': 'varchar'}, header = false, auto_detect = false,
        delim = chr(1), quote = '', escape = '', strict_mode = false,
        max_line_size = 16800000, buffer_size = 33600000, compression = {{ sql_text(compression) }}, {{ options }}
    )
{%- endmacro %}
