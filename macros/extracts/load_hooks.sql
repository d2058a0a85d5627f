{#-
    The two hooks of every base model; they belong together and to the macros that read extracts.
        pre_hook="{{ forget_changed_files() }}"     removes what was loaded from files that have changed or gone
        post_hook="{{ record_loaded_files() }}"     adds the refused records and notes the files as loaded
    Both run in the transaction of the model: a failed load leaves nothing behind.
-#}

{% macro rejects_tables() -%}
    {{ return({'errors': this.identifier ~ '__rejects', 'scans': this.identifier ~ '__scans'}) }}
{%- endmacro %}


{#- Options of a scan that put the refused records into temporary tables of the connection. -#}
{% macro rejects_options() -%}
    {%- set tables = rejects_tables() -%}
    {{ return(
        "store_rejects = true, rejects_table = '" ~ tables.errors ~ "', rejects_scan = '" ~ tables.scans ~ "'"
    ) }}
{%- endmacro %}


{% macro forget_changed_files() -%}
    {%- if reads_extracts() -%}
        {%- set loaded_files = loaded_files_relation(this) -%}
        {%- set tables = rejects_tables() %}
        drop table if exists temp.{{ tables.errors }};
        drop table if exists temp.{{ tables.scans }};
        {%- if is_incremental() -%}
            {%- set unchanged = unchanged_files(extract_files(extract_source(*model.sources[0]))) -%}
            {%- set forgotten = run_query(
                'select source_file from ' ~ loaded_files ~ ' where not list_contains(' ~ sql_list(unchanged) ~ ', source_file)'
            ).columns[0].values() -%}
            {%- if forgotten %}
        delete from {{ this }} where list_contains({{ sql_list(forgotten) }}, source_file);
        delete from {{ loaded_files }} where list_contains({{ sql_list(forgotten) }}, source_file);
        update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}, remade_load_id = {{ load_id() }};
            {%- endif %}
        {%- else %}
        create or replace table {{ loaded_files }} (
            source_file varchar, size_bytes bigint, modified_at timestamp, record_count bigint
        );
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro record_loaded_files() -%}
    {%- if reads_extracts() -%}
        {%- set extract = extract_source(*model.sources[0]) -%}
        {%- set files = extract_files(extract) -%}
        {%- set new_files = files | rejectattr('source_file', 'in', unchanged_files(files)) | list -%}
        {%- if new_files -%}
            {%- do add_rejects() -%}
            {%- set loaded = {} -%}
            {%- set names = sql_list(new_files | map(attribute='source_file')) -%}
            {%- for row in run_query(
                'select source_file, count(*) from ' ~ this ~ ' where source_file in ' ~ names ~ ' group by source_file'
            ).rows -%}
                {%- do loaded.update({row[0]: row[1] | int}) -%}
            {%- endfor %}
        insert into {{ loaded_files_relation(this) }} values
            {%- for file in new_files %}
            (
                {{ sql_text(file.source_file) }}, {{ file.size_bytes }}, '{{ file.modified_at }}',
                {{ count_records(file, extract, loaded.get(file.source_file, 0)) }}
            ){{ "," if not loop.last else ";" }}
            {%- endfor %}
        {%- endif %}
        {%- if not is_incremental() %}
        {{ note_built_from(true) }}
        {%- elif new_files %}
        update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}


{#-
    Adds the records refused by the scans to the base model, and moves the numbers of the good records that stand behind
    them: row_number() does not see refused records. A reject that stands at `line` as the n-th one of its file has
    line - n numbered records before it, so it moves those whose number is greater.
-#}
{% macro add_rejects() -%}
    {%- set tables = rejects_tables() -%}
    {%- set rejects %}
        select
            scans.file_path[{{ extracts_folder() | length + 1 }}:] as source_file,
            cast(rejects.line as bigint) as record_number,
            string_agg(distinct rejects.error_message, '; ' order by rejects.error_message) as quarantine_reason,
            any_value(trim(rejects.csv_line, chr(10) || chr(13))) as raw_record
        from temp.{{ tables.errors }} as rejects
        inner join temp.{{ tables.scans }} as scans using (scan_id, file_id)
        group by all
    {%- endset -%}
    {%- if run_query('select count(*) from temp.' ~ tables.errors).rows[0][0] == 0 -%} {{ return('') }} {%- endif -%}
    {%- do run_query(
        'update ' ~ this ~ ' set record_number = record_number + moved.places from ('
        ~ 'select records.source_file, records.record_number as old_number, count(*) as places from ' ~ this ~ ' as records'
        ~ ' inner join (select source_file, record_number - row_number() over (partition by source_file order by record_number)'
        ~ ' as numbered_before from (' ~ rejects ~ ')) as rejected'
        ~ ' on records.source_file = rejected.source_file and records.record_number > rejected.numbered_before'
        ~ ' group by all) as moved where ' ~ this ~ '.source_file = moved.source_file'
        ~ ' and ' ~ this ~ '.record_number = moved.old_number'
    ) -%}
    {%- do run_query('insert into ' ~ this ~ ' by name ' ~ rejects) -%}
{%- endmacro %}


{#-
    Number of records in a file, counted without the typed scan. Mostly a record is a line (less one for the header of a
    CSV); only where that is not what was loaded, quoted line breaks are looked for: the line that ends a record is one
    up to which the file has an even number of quotes.
-#}
{% macro count_records(file, extract, loaded_count) -%}
    {%- set header_lines = 1 if extract.config.meta.format == 'csv' else 0 -%}
    {%- set line_count = run_query('select count(line) from ' ~ line_scan(file.path)).rows[0][0] | int - header_lines -%}
    {%- if line_count == loaded_count -%} {{ return(line_count) }} {%- endif -%}
    {%- set tables = {'errors': this.identifier ~ '__unreadable', 'scans': this.identifier ~ '__unreadable_scans'} -%}
    {%- for table in tables.values() -%} {%- do run_query('drop table if exists temp.' ~ table) -%} {%- endfor -%}
    {%- set lines = line_scan(
        file.path, "store_rejects = true, rejects_table = '" ~ tables.errors ~ "', rejects_scan = '" ~ tables.scans ~ "'"
    ) -%}
    {%- if header_lines -%}
        {%- set record_count = run_query(
            'with numbered as (select line, row_number() over () as line_number from ' ~ lines ~ '),'
            ~ " counted as (select line, line_number, sum(length(line) - length(replace(line, '\"', '')))"
            ~ ' over (order by line_number rows unbounded preceding) % 2 as open_quotes from numbered)'
            ~ ' select count(line) filter (open_quotes = 0) + coalesce(arg_max(open_quotes, line_number), 0) from counted'
        ).rows[0][0] | int - header_lines -%}
    {%- else -%}
        {%- set record_count = run_query('select count(*) from ' ~ lines ~ " where trim(line) <> ''").rows[0][0] | int -%}
    {%- endif -%}
    {#- lines that are not UTF-8 are records as well -#}
    {{ return(record_count + run_query('select count(distinct line) from temp.' ~ tables.errors).rows[0][0] | int) }}
{%- endmacro %}
