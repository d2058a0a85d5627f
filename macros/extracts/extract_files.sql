{#-
    Which files an extract consists of, and which of them are still to be loaded.

    An *extract* is one file type of a source system, declared as a dbt source: its columns, and under `config.meta`
        format:   csv or json_lines
        files:    patterns below the extracts folder, e.g. [oneroster/*/users.csv]; .gz and .zst are looked for as well
        optional: true where the file type may be absent (else its absence stops the build)
    A *base model* loads one extract. What it has loaded is kept beside it in `<base model>__files` (source_file,
    size_bytes, modified_at, content_hash, record_count, loaded_at), so that a later run reads only new and changed files:
    a file of the same size and time is not opened, one of the same content is not loaded again.
-#}

{#- The declaration of an extract: the dbt source node. Only while executing. -#}
{% macro extract_source(system, table) -%}
    {{ return(graph.sources['source.' ~ project_name ~ '.' ~ system ~ '.' ~ table]) }}
{%- endmacro %}


{#- True when the command builds base models: parsing, compiling, linting and documenting touch no file. -#}
{% macro reads_extracts() -%}
    {{ return(execute and flags.WHICH in ['build', 'run', 'retry']) }}
{%- endmacro %}


{#- The extracts folder with a slash at the end. -#}
{% macro extracts_folder() -%}
    {%- set folder = (render(var('extracts_dir')) | trim).rstrip('/') ~ '/' -%}
    {{ return(env_var('HOME') ~ folder[1:] if folder.startswith('~/') else folder) }}
{%- endmacro %}


{#-
    The files of an extract as they lie there, as a table: path, source_file, size_bytes, modified_at, problem. Those of a
    delivery to come (see coming_records.sql) are as if they were not there yet; `coming=true` gives them instead.
-#}
{% macro listed_files(extract, coming=false) -%}
    (
        select *
        from (
            select unnest(
                lernhaus_list_files({{ sql_text(extracts_folder()) }}, {{ sql_list(extract.config.meta.files) }}),
                max_depth := 2
            )
        )
        where {{ '' if coming else 'not ' }}{{ is_in_coming_folder(extract) }}
    )
{%- endmacro %}


{#-
    The files of an extract in the order of their names, as a list of dicts source_file (path below the extracts folder)
    and modified_at (UTC, as text). Stops the build where a required extract has no file, where a file lies both plain and compressed,
    and where something that is no file has the name of one.
-#}
{% macro extract_files(extract) -%}
    {%- set files = [] -%}
    {%- set names = {} -%}
    {%- for row in run_query(
        "select source_file, strftime(modified_at, '%Y-%m-%d %H:%M:%S.%f'), problem from " ~ listed_files(extract)
    ).rows -%}
        {%- if row[2] -%} {%- do raise_unusable(row[0], row[2], extract) -%} {%- endif -%}
        {%- set plain = row[0] | replace('.gz', '') | replace('.zst', '') -%}
        {%- if plain in names -%}
            {%- do exceptions.raise_compiler_error(
                'Ambiguous extract: both ' ~ names[plain] ~ ' and ' ~ row[0] ~ ' are in the extracts folder; keep one.'
            ) -%}
        {%- endif -%}
        {%- do names.update({plain: row[0]}) -%}
        {%- do files.append({'source_file': row[0], 'modified_at': row[1]}) -%}
    {%- endfor -%}
    {%- if not files and not extract.config.meta.optional -%}
        {%- set expected = 'expected ' ~ expected_file(extract) ~ '.' -%}
        {%- do exceptions.raise_compiler_error(
            'Missing extract: no file ' ~ (extract.config.meta.files | join(' or ')) ~ '[.gz|.zst] in the extracts folder '
            ~ extracts_folder() ~ ', ' ~ ([expected] + coming_folders([extract])) | join(' ')
        ) -%}
    {%- endif -%}
    {{ return(files) }}
{%- endmacro %}


{#- The table beside a base model that remembers the files it has loaded. -#}
{% macro loaded_files_relation(base) -%}
    {{ return(base.incorporate(path={'identifier': base.identifier ~ '__files'})) }}
{%- endmacro %}


{#-
    Temporary table of the current base model, its files as they lie there now: source_file, size_bytes, modified_at,
    inspection (see lernhaus/extracts/inspect.py; null where the file was not opened), state (new, changed, unchanged).
-#}
{% macro present_files() -%}
    {{ return('temp.' ~ this.identifier ~ '__present') }}
{%- endmacro %}


{#- Looks at the files of the current base model: lists them, and opens those that are not as they were when loaded. -#}
{% macro look_at_files(extract) -%}
    {%- set look %}
        create or replace temporary table {{ present_files() }} as
        with

        loaded as (
            {%- if is_incremental() %}
            select
                source_file, size_bytes, modified_at,
                {%- if 'event_time' in model.config.meta %}
                if(
                    source_file in (select source_file from {{ this }} where {{ has_come_after_expiry() }}), '', content_hash
                ) as content_hash
                {%- else %}
                content_hash
                {%- endif %}
            from {{ loaded_files_relation(this) }}
            {%- else %}
            select '' as source_file, 0 as size_bytes, localtimestamp as modified_at, '' as content_hash where false
            {%- endif %}
        ),

        compared as (
            select
                listed.*,
                loaded.content_hash as loaded_hash,
                coalesce(
                    listed.size_bytes = loaded.size_bytes
                    and listed.modified_at = loaded.modified_at
                    and loaded.content_hash <> '',
                    false
                ) as is_untouched
            from {{ listed_files(extract) }} as listed
            left join loaded using (source_file)
        ),

        files_to_open as (
            select
                coalesce(list(path order by path), []) as paths,
                coalesce(cast(sum(size_bytes) as bigint), 0) as total_bytes
            from compared
            where not is_untouched
        ),

        opened as (
            select
                unnest(paths) as path,
                unnest(
                    lernhaus_inspect_files(
                        paths, total_bytes, {{ sql_text(extract.config.meta.format) }}, {{ integer_columns(extract) }}
                    )
                ) as inspection
            from files_to_open
        ),

        inspected as (
            select
                compared.*,
                opened.inspection
            from compared
            left join opened using (path)
        )

        select
            source_file,
            size_bytes,
            modified_at,
            inspection,
            case
                when is_untouched or inspection.content_hash = loaded_hash then 'unchanged'
                when loaded_hash is null then 'new'
                else 'changed'
            end as state
        from inspected
    {%- endset -%}
    {%- do run_query(look) -%}
{%- endmacro %}


{#- True where the files of the current base model are not as they were when loaded, be it only their time. -#}
{% macro files_have_changed() -%}
    {{ return(run_query(
        'select count(*) from ' ~ loaded_files_relation(this) ~ ' as loaded full join ' ~ present_files() ~ ' as present'
        ~ ' using (source_file) where loaded.source_file is null or present.source_file is null or present.inspection is not null'
    ).rows[0][0] > 0) }}
{%- endmacro %}


{#-
    The files that the current base model has still to load, in the order of their names, as a list of dicts
    path (as a pattern, for DuckDB to read), compression, source_file, header (names of the columns, of a CSV file). None
    unless the command builds. Stops the build where a file cannot be used.
-#}
{% macro files_to_load(extract) -%}
    {%- if not reads_extracts() -%} {{ return([]) }} {%- endif -%}
    {%- do extract_files(extract) -%}
    {%- do look_at_files(extract) -%}
    {%- set files = [] -%}
    {%- for row in run_query(
        'select source_file, inspection.read_path, inspection.problem, to_json(inspection.header) from ' ~ present_files()
        ~ " where state <> 'unchanged' order by source_file"
    ).rows -%}
        {%- if row[2] -%} {%- do raise_unusable(row[0], row[2], extract) -%} {%- endif -%}
        {%- do files.append({
            'source_file': row[0], 'path': literal_path(row[1]), 'compression': compression_of(row[1]),
            'header': fromjson(row[3]) if row[3] else none
        }) -%}
    {%- endfor -%}
    {{ return(files) }}
{%- endmacro %}


{#- What a file of an extract has to be, in words. -#}
{% macro expected_file(extract) -%}
    {{ return(
        'a CSV file with the columns ' ~ (required_columns(extract) | join(', ')) if extract.config.meta.format == 'csv'
        else 'JSON lines in UTF-8'
    ) }}
{%- endmacro %}


{#- Stops the build because of a file. -#}
{% macro raise_unusable(source_file, problem, extract) -%}
    {%- do exceptions.raise_compiler_error(
        'Unusable extract ' ~ source_file ~ ': ' ~ problem ~ '; expected ' ~ expected_file(extract) ~ '.'
    ) -%}
{%- endmacro %}


{#- Names of the columns that a file of the extract must have. -#}
{% macro required_columns(extract) -%}
    {%- set required = [] -%}
    {%- for column in extract.columns.values() if not column.config.meta.optional -%}
        {%- do required.append(column.name) -%}
    {%- endfor -%}
    {{ return(required) }}
{%- endmacro %}


{#- The columns of the extract that hold whole numbers, as an SQL map from name to type. -#}
{% macro integer_columns(extract) -%}
    {%- set columns = [] -%}
    {%- for column in extract.columns.values() if column.data_type in ['smallint', 'integer', 'bigint'] -%}
        {%- do columns.append(sql_text(column.name) ~ ': ' ~ sql_text(column.data_type)) -%}
    {%- endfor -%}
    {{ return('cast(map {' ~ columns | join(', ') ~ '} as map(varchar, varchar))') }}
{%- endmacro %}


{#- How a file is compressed: DuckDB takes what follows a question mark in a path for no part of the file's name. -#}
{% macro compression_of(path) -%}
    {{ return('gzip' if path.endswith('.gz') else 'zstd' if path.endswith('.zst') else 'none') }}
{%- endmacro %}


{#- A path as a pattern that matches nothing but itself: DuckDB takes each path that it reads for a pattern. -#}
{% macro literal_path(path) -%}
    {{ return(path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]')) }}
{%- endmacro %}


{#- A text as an SQL literal. -#}
{% macro sql_text(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}


{#- Texts as an SQL list literal. -#}
{% macro sql_list(texts) -%}
    {%- set literals = [] -%}
    {%- for text in texts -%} {%- do literals.append(sql_text(text)) -%} {%- endfor -%}
    {{ return('[' ~ literals | join(', ') ~ ']') }}
{%- endmacro %}
