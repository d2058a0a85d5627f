{#-
    Which files an extract consists of, and which of them are still to be loaded.

    An *extract* is one file type of a source system, declared as a dbt source: its columns, and under `config.meta`
        format:   csv or json_lines
        files:    patterns below the extracts folder, e.g. [oneroster/*/users.csv]; .gz and .zst are looked for as well
        optional: true where the file type may be absent (else its absence stops the build)
    A *base model* loads one extract. What it has loaded is kept beside it in `<base model>__files`
    (source_file, size_bytes, modified_at, record_count), so that a later run reads only new and changed files.
-#}

{#- The declaration of an extract: the dbt source node. Only while executing. -#}
{% macro extract_source(system, table) -%}
    {{ return(graph.sources['source.' ~ project_name ~ '.' ~ system ~ '.' ~ table]) }}
{%- endmacro %}


{#- True when the command builds base models: parsing, compiling, linting and documenting touch no file. -#}
{% macro reads_extracts() -%}
    {{ return(execute and flags.WHICH in ['build', 'run', 'retry']) }}
{%- endmacro %}


{#- The extracts folder with a slash at the end, written as the engine writes the paths that it finds below it. -#}
{% macro extracts_folder() -%}
    {%- set folder = (render(var('extracts_dir')) | trim).rstrip('/') ~ '/' -%}
    {%- if '://' in folder -%} {{ return(folder) }} {%- endif -%}
    {%- if folder.startswith('~/') -%} {%- set folder = env_var('HOME') ~ folder[1:] -%} {%- endif -%}
    {{ return(modules.re.sub('(^|/)([.]/)+', '\\1', modules.re.sub('/+', '/', folder))) }}
{%- endmacro %}


{#-
    The files of an extract in the order of their names, as a list of dicts
    path (as a pattern, for DuckDB to read), source_file (path below the extracts folder), size_bytes, modified_at.
    Stops the build where a required extract has no file, and where a file lies both plain and compressed.
-#}
{% macro extract_files(extract) -%}
    {%- set folder = extracts_folder() -%}
    {%- set globs = [] -%}
    {%- for pattern in extract.config.meta.files -%}
        {%- for suffix in ['', '.gz', '.zst'] -%}
            {%- do globs.append(literal_path(folder) ~ pattern ~ suffix) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set paths = run_query('select distinct file from glob(' ~ sql_list(globs) ~ ') order by file').columns[0].values() -%}
    {%- if not paths -%}
        {%- if extract.config.meta.optional -%} {{ return([]) }} {%- endif -%}
        {%- do exceptions.raise_compiler_error(
            'Missing extract: no file ' ~ (extract.config.meta.files | join(' or ')) ~ '[.gz|.zst] in the extracts folder '
            ~ folder ~ ', expected one with the columns ' ~ (required_columns(extract) | join(', ')) ~ '.'
        ) -%}
    {%- endif -%}
    {%- set literal_paths = [] -%}
    {%- for path in paths -%} {%- do literal_paths.append(literal_path(path)) -%} {%- endfor -%}
    {%- set found = run_query(
        "select filename, size, strftime(last_modified, '%Y-%m-%d %H:%M:%S.%f') from read_blob(" ~ sql_list(literal_paths)
        ~ ') order by filename'
    ) -%}
    {%- set files = [] -%}
    {%- set names = {} -%}
    {%- for row in found.rows -%}
        {%- set source_file = row[0][folder | length:] -%}
        {%- set plain = source_file | replace('.gz', '') | replace('.zst', '') -%}
        {%- if plain in names -%}
            {%- do exceptions.raise_compiler_error(
                'Ambiguous extract: both ' ~ names[plain] ~ ' and ' ~ source_file ~ ' are in the extracts folder; keep one.'
            ) -%}
        {%- endif -%}
        {%- do names.update({plain: source_file}) -%}
        {%- do files.append({
            'path': literal_path(row[0]), 'source_file': source_file, 'size_bytes': row[1] | int, 'modified_at': row[2]
        }) -%}
    {%- endfor -%}
    {{ return(files) }}
{%- endmacro %}


{#- The table beside a base model that remembers the files it has loaded. -#}
{% macro loaded_files_relation(base) -%}
    {{ return(base.incorporate(path={'identifier': base.identifier ~ '__files'})) }}
{%- endmacro %}


{#- Names of the files that the current base model has loaded exactly as they lie there now. -#}
{% macro unchanged_files(files) -%}
    {%- set loaded = {} -%}
    {%- set recorded = run_query(
        "select source_file, size_bytes, strftime(modified_at, '%Y-%m-%d %H:%M:%S.%f') from " ~ loaded_files_relation(this)
    ) -%}
    {%- for row in recorded.rows -%}
        {%- do loaded.update({row[0]: (row[1] | int) ~ ' ' ~ row[2]}) -%}
    {%- endfor -%}
    {%- set unchanged = [] -%}
    {%- for file in files if loaded.get(file.source_file) == file.size_bytes ~ ' ' ~ file.modified_at -%}
        {%- do unchanged.append(file.source_file) -%}
    {%- endfor -%}
    {{ return(unchanged) }}
{%- endmacro %}


{#- True where the files of the current base model are not exactly those that it has loaded. -#}
{% macro files_have_changed() -%}
    {%- set files = extract_files(extract_source(*model.sources[0])) -%}
    {%- set loaded_count = run_query('select count(*) from ' ~ loaded_files_relation(this)).rows[0][0] -%}
    {{ return(unchanged_files(files) | length < [files | length, loaded_count] | max) }}
{%- endmacro %}


{#- The files that the current base model has still to load; none unless the command builds. -#}
{% macro files_to_load(extract) -%}
    {%- if not reads_extracts() -%} {{ return([]) }} {%- endif -%}
    {%- set files = extract_files(extract) -%}
    {%- if not is_incremental() -%} {{ return(files) }} {%- endif -%}
    {%- set unchanged = unchanged_files(files) -%}
    {{ return(files | rejectattr('source_file', 'in', unchanged) | list) }}
{%- endmacro %}


{#- Names of the columns that a file of the extract must have. -#}
{% macro required_columns(extract) -%}
    {%- set required = [] -%}
    {%- for column in extract.columns.values() if not column.config.meta.optional -%}
        {%- do required.append(column.name) -%}
    {%- endfor -%}
    {{ return(required) }}
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
