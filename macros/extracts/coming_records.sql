{#-
    Events dated later than tomorrow are in quarantine until their day comes; then a build lets them in, with other news or
    without, as a full refresh does. A base model of events has in its config `meta={'event_time': '<column>'}`, as the last
    branch of its check, so that nothing else is wrong with such a record,
        {{ when_coming('timestamp', 'occurred_at') }}
    and the post hook `admit_records_that_came` behind `record_loaded_files`. "Tomorrow" is that of the start of the
    command, in UTC: so it is the same for all of it, and today and tomorrow have room for all time zones.

    A delivery waits as a whole: where a source says `is_dated_by_folder` under `config.meta`, files in a folder
    `<system>/<yyyy-mm-dd>/` dated later than tomorrow are as if they were not there yet, and each build warns of them.
-#}

{#- The end of tomorrow as an SQL literal. -#}
{% macro end_of_tomorrow() -%}
    {{ return("timestamp '" ~ (run_started_at + modules.datetime.timedelta(days=2)).strftime('%Y-%m-%d') ~ "'") }}
{%- endmacro %}


{#- A branch of a case: the reason why an event cannot be meant yet. -#}
{% macro when_coming(field, time) -%}
    when {{ time }} >= {{ end_of_tomorrow() }} then '{{ field }} is later than tomorrow'
{%- endmacro %}


{#- A condition for listed files of an extract: in a folder that is dated later than tomorrow. -#}
{% macro is_in_coming_folder(extract) -%}
    {%- if not extract.config.meta.is_dated_by_folder -%} {{ return('false') }} {%- endif -%}
    {{ return(
        "coalesce(try_cast(regexp_extract(source_file, '^[^/]+/([0-9]{4}-[0-9]{2}-[0-9]{2})/', 1) as date) >= "
        ~ end_of_tomorrow() ~ ', false)'
    ) }}
{%- endmacro %}


{#- A sentence for each delivery of the extracts that is still to come. -#}
{% macro coming_folders(extracts) -%}
    {%- set queries, sentences = [], [] -%}
    {%- for extract in extracts -%}
        {%- do queries.append(
            "select regexp_extract(source_file, '^[^/]+/[^/]+') as folder from " ~ listed_files(extract, coming=true)
        ) -%}
    {%- endfor -%}
    {%- for row in run_query(queries | join(' union ') ~ ' order by folder').rows -%}
        {%- do sentences.append(
            'The folder ' ~ row[0] ~ ' is dated later than tomorrow: it waits, and is loaded when its day comes.'
        ) -%}
    {%- endfor -%}
    {{ return(sentences) }}
{%- endmacro %}


{#- A condition for rows of a base model: refused because of their time alone. -#}
{% macro is_coming() -%} quarantine_reason is not null and quarantine_reason like '% is later than tomorrow' {%- endmacro %}


{#- A condition for rows of the current base model of events: refused because of their time alone, which has come. -#}
{% macro has_come() -%}
    ({{ is_coming() }} and {{ model.config.meta.event_time }} < {{ end_of_tomorrow() }})
{%- endmacro %}


{#-
    Likewise, but the record itself is no more, since its file was past its time (see retention.sql): it has to be read
    again.
-#}
{% macro has_come_after_expiry() -%}
    (
        quarantine_reason is not null and raw_record is null and ({{ is_coming() }} or quarantine_reason = 'expired')
        and {{ model.config.meta.event_time }} < {{ end_of_tomorrow() }}
    )
{%- endmacro %}


{#- True where records of the current base model have come since the last build. -#}
{% macro records_have_come() -%}
    {%- if 'event_time' not in model.config.meta -%} {{ return(false) }} {%- endif -%}
    {{ return(run_query(
        'select 1 from ' ~ this ~ ' where ' ~ has_come() ~ ' or ' ~ has_come_after_expiry() ~ ' limit 1'
    ).rows | length > 0) }}
{%- endmacro %}


{#- Post hook: `raw_record` is what a good record has of its text. -#}
{% macro admit_records_that_came(raw_record='null') -%}
    {%- if reads_extracts() and is_incremental() and records_have_come() %}
    update {{ this }}
    set quarantine_reason = null, raw_record = {{ raw_record }}, load_id = {{ load_id() }}
    where {{ has_come() }};
    update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}
    {%- endif -%}
{%- endmacro %}
