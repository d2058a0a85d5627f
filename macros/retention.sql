{#-
    How long raw events and texts are kept, by the vars `keep_events_days` and `keep_texts_days` (null: for ever): so many
    days before the latest event of the source system, from the first of that month on, so that the past is remade once a
    month and not each day. A record that is past it stays as a blank, with file, number and the reason `expired`; of one
    whose text alone is past it, the text goes. All that is made of events and texts goes with them. A refused record
    without a time, or with one after the latest event, is as old as the latest event of its file.
-#}

{#- Post hook of a base model of events, after `record_loaded_files`: `time` is the column of the event's time. -#}
{% macro expire_old_records(time, texts=[]) -%}
    {%- if reads_extracts() and (keep_days('events') is not none or (texts and keep_days('texts') is not none)) -%}
        {%- set latest = latest_event(time) -%}
        {%- set expired = [] -%}
        {%- if keep_days('events') is not none -%}
            {%- set blanks = ["quarantine_reason = 'expired'"] -%}
            {%- for name in model.columns if name not in ['source_file', 'record_number', 'load_id', 'quarantine_reason'] -%}
                {#- when its day comes, the record is read again #}
                {%- do blanks.append(name ~ ' = ' ~ ('if(' ~ is_coming() ~ ', ' ~ time ~ ', null)' if name == time else 'null')) -%}
            {%- endfor -%}
            {%- do expired.append((is_past(time, latest, keep_days('events')), blanks)) -%}
        {%- endif -%}
        {%- if texts and keep_days('texts') is not none -%}
            {%- set text_is_past = is_past(time, latest, keep_days('texts')) -%}
            {%- for name in texts -%}
                {%- do expired.append((name ~ ' is not null and ' ~ text_is_past, [name ~ ' = null'])) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- for condition, changes in expired %}
    update {{ side_table(this, 'built_from') }} set load_id = {{ load_id() }}, remade_load_id = {{ load_id() }}
    where exists (select 1 from {{ this }} where load_id < {{ load_id() }} and {{ condition }});
    update {{ this }} set {{ changes | join(', ') }} where {{ condition }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- The days in a var of retention, or none. Stops the build where it is no number of days. -#}
{% macro keep_days(kind) -%}
    {%- set days = var('keep_' ~ kind ~ '_days') -%}
    {%- if days is none or days == '' -%} {{ return(none) }} {%- endif -%}
    {%- if (days | string) != (days | int(-1) | string) or days | int < 1 -%}
        {%- do exceptions.raise_compiler_error(
            'The var keep_' ~ kind ~ "_days is '" ~ days ~ "', expected a number of days from 1 on, or null"
        ) -%}
    {%- endif -%}
    {{ return(days | int) }}
{%- endmacro %}


{#- SQL of the days that events, or texts, of a `source_system` are kept, or null; its base models say by post hook. -#}
{% macro keep_days_of(source_system, kind) -%}
    {%- set mark = {'events': 'expire_old_records(', 'texts': 'texts='}[kind] -%}
    {%- set expiring = [] -%}
    {%- for node in (graph.nodes if execute else {}).values() if node.name.startswith('base_') -%}
        {%- for hook in node.config['post-hook'] if 'expire_old_records(' in hook.sql and mark in hook.sql -%}
            {%- do expiring.append(node.name.removeprefix('base_').split('__')[0]) -%}
        {%- endfor -%}
    {%- endfor -%}
    cast(
        case {{ source_system }}
            {%- for system in source_systems() %}
            when '{{ system }}' then {{ (keep_days(kind) if system in expiring else none) or 'null' }}
            {%- endfor %}
        end as integer
    )
{%- endmacro %}


{#- SQL of the time of the latest event that the current base model has. -#}
{% macro latest_event(time) -%}
    {%- set latest = run_query('select max(' ~ time ~ ') from ' ~ this ~ ' where quarantine_reason is null').rows[0][0] -%}
    {{ return("timestamp '" ~ (latest or '0001-01-01') ~ "'") }}
{%- endmacro %}


{#- For rows of the current base model: a condition that they are more than so many days before the latest event. -#}
{% macro is_past(time, latest, days) -%}
    {%- set before = "date_trunc('month', " ~ latest ~ " - interval '" ~ days ~ " days')" -%}
    {{ return(
        '(' ~ time ~ ' < ' ~ before ~ " or quarantine_reason not in ('erased', 'expired') and coalesce(" ~ time ~ ' > '
        ~ latest ~ ', true) and source_file in (select source_file from ' ~ this ~ ' group by source_file having max('
        ~ time ~ ') filter (where ' ~ time ~ ' <= ' ~ latest ~ ') < ' ~ before ~ '))'
    ) }}
{%- endmacro %}
