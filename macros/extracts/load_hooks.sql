{#-
    The two hooks of every base model; they belong together and to the macros that read extracts.
        pre_hook="{{ forget_changed_files() }}"     removes what was loaded from files that have changed or gone
        post_hook="{{ record_loaded_files() }}"     adds the refused records and notes the files as loaded
    Both run in the transaction of the model: a failed load leaves nothing behind.

    Refused records are rows of the base model itself, with number, reason and raw text. Where it has no column
    `record_number`, as one of many million records, they are in `<base model>__refused` beside it (source_file,
    record_number, quarantine_reason, raw_record) and cost the good ones no columns. Such a base model is of one file, and
    its rows do not name it.
-#}

{#- The table of a base model's refused records: the model itself, or the one beside it. -#}
{% macro refused_relation(base) -%}
    {%- set columns = graph.nodes['model.' ~ project_name ~ '.' ~ base.identifier].columns if execute else {} -%}
    {{ return(base if 'record_number' in columns else base.incorporate(path={'identifier': base.identifier ~ '__refused'})) }}
{%- endmacro %}


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
        {%- set refused = refused_relation(this) -%}
        {%- set tables = rejects_tables() -%}
        {%- do log_news() %}
        drop table if exists temp.{{ tables.errors }};
        drop table if exists temp.{{ tables.scans }};
        {%- if is_incremental() %}
            {%- if is_dated_by_change() %}
        update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}
        where exists (
            select 1
            from {{ loaded_files }} as loaded
            inner join {{ present_files() }} as present on loaded.source_file = present.source_file
            where
                loaded.source_file not like '%/%/%'
                and cast(loaded.modified_at as date) <> cast(present.modified_at as date)
        );
            {%- endif %}
        update {{ loaded_files }} set modified_at = present.modified_at
        from {{ present_files() }} as present
        where {{ loaded_files }}.source_file = present.source_file;
            {%- set forgotten = run_query(
                'select source_file from ' ~ loaded_files ~ ' where source_file not in (select source_file from '
                ~ present_files() ~ " where state = 'unchanged')"
            ).columns[0].values() -%}
            {%- if forgotten %}
                {%- if refused != this %}
        delete from {{ this }};
                {%- endif %}
                {%- for table in [refused, loaded_files] %}
        delete from {{ table }} where list_contains({{ sql_list(forgotten) }}, source_file);
                {%- endfor %}
        update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}, remade_load_id = {{ load_id() }};
            {%- endif %}
        {%- else %}
        create or replace table {{ loaded_files }} (
            source_file varchar, size_bytes bigint, modified_at timestamp, content_hash varchar, record_count bigint,
            loaded_at timestamp
        );
            {%- if refused != this %}
        create or replace table {{ refused }} (
            source_file varchar, record_number bigint, quarantine_reason varchar, raw_record varchar
        );
            {%- endif %}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
    True where files of the current base model that lie straight in the folder of their system are dated by their last
    change: the source says so under `config.meta` as `is_dated_by_change`. Another date is news, though nothing is loaded.
-#}
{% macro is_dated_by_change() -%}
    {%- set parts = this.identifier.removeprefix('base_').partition('__') -%}
    {{ return(extract_source(parts[0], parts[2]).config.meta.is_dated_by_change) }}
{%- endmacro %}


{#- Says in the log which files have changed or gone, and how many are new; nothing where there is no news. -#}
{% macro log_news() -%}
    {%- set query %}
        select state, source_file from {{ present_files() }} where state <> 'unchanged'
        {%- if is_incremental() %}
        union all
        select 'gone', source_file from {{ loaded_files_relation(this) }}
        where source_file not in (select source_file from {{ present_files() }})
        {%- endif %}
        order by all
    {%- endset -%}
    {%- set news = {} -%}
    {%- for row in run_query(query).rows -%} {%- do news.setdefault(row[0], []).append(row[1]) -%} {%- endfor -%}
    {%- set parts = [] -%}
    {%- for state, names in news.items() -%}
        {%- set count = names | length ~ (' file' if names | length == 1 else ' files') -%}
        {%- do parts.append(state ~ ': ' ~ (count if state == 'new' else names | join(', '))) -%}
    {%- endfor -%}
    {%- if parts -%} {%- do log(this.identifier ~ ': ' ~ parts | join('; '), info=true) -%} {%- endif -%}
{%- endmacro %}


{% macro record_loaded_files() -%}
    {%- if reads_extracts() -%}
        {%- set new = present_files() ~ " where state <> 'unchanged'" -%}
        {%- set new_count = run_query('select count(*) from ' ~ new).rows[0][0] -%}
        {%- if new_count -%}
            {%- do add_refused_records() %}
        insert into {{ loaded_files_relation(this) }}
        select
            source_file, size_bytes, modified_at, inspection.content_hash, inspection.record_count,
            timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'
        from {{ new }};
        {%- endif %}
        {%- if not is_incremental() %}
        {{ note_built_from(true) }}
        {%- elif new_count %}
        update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}


{#-
    Adds the records refused by the scans and those left out of tidy copies to the refused ones of the base model, and
    moves the numbers, if any, of the good records that stand behind them: row_number() does not see what a scan refuses.
    A record refused at `line` as the n-th one of its file has line - n numbered records before it, so it moves those
    whose number is greater.
-#}
{% macro add_refused_records() -%}
    {%- set tables = rejects_tables() -%}
    {%- set refused = refused_relation(this) -%}
    {%- set left_out = 'temp.' ~ this.identifier ~ '__left_out' -%}
    {%- set refused_paths = [] -%}
    {%- for row in run_query(
        'select inspection.refused_path from ' ~ present_files() ~ ' where inspection.refused_path is not null'
    ).rows -%}
        {%- do refused_paths.append(literal_path(row[0])) -%}
    {%- endfor -%}
    {%- do run_query(
        'create or replace temporary table ' ~ left_out ~ ' as select present.source_file, refused.* exclude (filename)'
        ~ ' from ' ~ present_files() ~ ' as present inner join ' ~ refused_records(refused_paths) ~ ' as refused'
        ~ ' on present.inspection.refused_path = refused.filename'
    ) -%}
    {%- set rejects %}
        select
            present.source_file,
            cast(rejects.line as bigint) as record_number,
            {#- where the number of fields is wrong, those that do not fit their type tell nothing #}
            coalesce(
                string_agg(distinct {{ rejection() }}, '; ' order by {{ rejection() }}) filter (error_type <> 'CAST'),
                string_agg(distinct {{ rejection() }}, '; ' order by {{ rejection() }})
            ) as quarantine_reason,
            any_value(trim(rejects.csv_line, chr(10) || chr(13))) as raw_record
        from temp.{{ tables.errors }} as rejects
        inner join temp.{{ tables.scans }} as scans using (scan_id, file_id)
        inner join {{ present_files() }} as present on scans.file_path = present.inspection.read_path
        group by present.source_file, rejects.line
    {%- endset -%}
    {%- if run_query('select count(*) from temp.' ~ tables.errors).rows[0][0] -%}
        {%- if refused == this -%}
            {%- set move %}
                update {{ this }} as records set record_number = records.record_number + moved.places
                from (
                    select numbered.rowid as row_id, rejected.places
                    from {{ this }} as numbered
                    asof join (
                        select source_file, record_number - place as numbered_before, max(place) as places
                        from (
                            select *, row_number() over (partition by source_file order by record_number) as place
                            from ({{ rejects }})
                        )
                        group by all
                    ) as rejected
                        on numbered.source_file = rejected.source_file and numbered.record_number > rejected.numbered_before
                ) as moved
                where records.rowid = moved.row_id
            {%- endset -%}
            {%- do run_query(move) -%}
        {%- endif -%}
        {%- do run_query(
            'insert into ' ~ refused ~ ' by name ' ~ refused_but_erased(
                '(' ~ rejects ~ ') as rejects anti join ' ~ left_out ~ ' as left_out using (source_file, record_number)'
            )
        ) -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ refused ~ ' by name ' ~ refused_but_erased(left_out)) -%}
{%- endmacro %}


{#- The records left out of tidy copies, as a table: record_number, quarantine_reason, raw_record, filename. -#}
{% macro refused_records(paths) -%}
    {%- if paths -%}
    read_json(
        {{ sql_list(paths) }}, format = 'newline_delimited', filename = true, maximum_object_size = 100000000,
        columns = {'record_number': 'bigint', 'quarantine_reason': 'varchar', 'raw_record': 'varchar'}
    )
    {%- else -%}
    (select 0 as record_number, '' as quarantine_reason, '' as raw_record, '' as filename where false)
    {%- endif -%}
{%- endmacro %}


{#- Why a scan has refused a record, from the columns of its rejects: the same words for the same kind of fault. -#}
{% macro rejection() -%}
    case error_type
        when 'CAST' then column_name || ' is not of type ' || lower(regexp_extract(error_message, 'to ''(.*)''$', 1))
        when 'MISSING COLUMNS' then 'too few fields'
        when 'TOO MANY COLUMNS' then 'too many fields'
        when 'INVALID ENCODING' then 'not UTF-8'
        else lower(cast(error_type as varchar))
    end
{%- endmacro %}
