{#-
    Seconds of an ISO 8601 duration such as PT4M12.5S or P1DT2H (or P2W), at most 1e15; null where it is none or has months
    or years.
-#}
{% macro iso_duration_seconds(duration) -%}
    case
        when regexp_full_match(
            {{ duration }}, 'P(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?(T(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?'
        )
            then cast(least(1e15, round(
                {%- for unit, seconds in [('W', 604800), ('D', 86400), ('H', 3600), ('M', 60), ('S', 1)] %}
                {{ seconds }} * coalesce(try_cast(regexp_extract({{ duration }}, '([\d.]+){{ unit }}', 1) as double), 0)
                {{- " +" if not loop.last }}
                {%- endfor %}
            )) as bigint)
    end
{%- endmacro %}


{#-
    The moment of an ISO 8601 time stamp as UTC `timestamp`; without an offset it is taken for UTC. Null where it is none,
    or names its zone in another way.
-#}
{% macro iso_timestamp_utc(text) -%}
    case
        when regexp_matches(
            {{ text }}, '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-](0\d|1[0-4])(:?[0-5]\d)?)$'
        )
            then try_cast(upper({{ text }}) as timestamptz) at time zone 'UTC'
        when regexp_matches({{ text }}, '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$')
            then try_cast(upper({{ text }}) as timestamp)
    end
{%- endmacro %}


{#- The calendar date of a UTC `timestamp` in the institution's time zone. -#}
{% macro local_date(utc) -%}
    cast(({{ utc }} at time zone 'UTC') at time zone '{{ var("time_zone") }}' as date)
{%- endmacro %}


{#- The activities of a part of xAPI's contextActivities (an object or an array of objects) as a list of id and type. -#}
{% macro context_activities(part) -%}
    list_transform(
        try(json_transform(
            case
                when not json_valid({{ part }}) then '[]'
                when json_type({{ part }}) = 'ARRAY' then {{ part }}
                when json_type({{ part }}) = 'OBJECT' then json_array(cast({{ part }} as json))
                else '[]'
            end,
            '[{"id": "VARCHAR", "definition": {"type": "VARCHAR"}}]'
        )),
        lambda activity: {'id': activity.id, 'type': activity.definition.type}
    )
{%- endmacro %}


{#- The first activity of a context whose type is among the types or whose IRI begins with one of the prefixes, or null. -#}
{% macro first_context_activity(activities, types, prefixes='[]') -%}
    list_filter(
        {{ activities }},
        lambda activity: list_contains({{ types }}, activity.type)
        or len(list_filter({{ prefixes }}, lambda prefix: starts_with(activity.id, prefix))) > 0
    )[1]
{%- endmacro %}


{#- Post hook of the statements: the past is remade where new ones change what earlier ones are. -#}
{% macro remake_on_news_of_the_past() -%}
    {{ remake_on_earlier_delivery() }};
    {{ remake_on_voiding() }}
{%- endmacro %}


{#-
    Where a new record sorts before one that was loaded earlier and holds the same statement, the statement's first delivery
    is now another one: the past is remade. New are those of new files, and those whose day has come.
-#}
{% macro remake_on_earlier_delivery() -%}
    {%- if reads_extracts() and is_incremental() %}
    {%- set first_new = run_query('select min(source_file) from ' ~ this ~ ' where load_id = ' ~ load_id()).rows[0][0] or '' -%}
    {%- set is_later = 'source_file >= ' ~ sql_text(first_new) -%}
    {#- as a rule the new files are the last ones, and no statement has to be looked at #}
    {%- if first_new and run_query('select 1 from ' ~ present_files() ~ " where state = 'unchanged' and " ~ is_later ~ ' limit 1').rows %}
    update {{ side_table(this, 'built_from') }} set remade_load_id = {{ load_id() }}
    where exists (
        select 1
        from {{ this }} as loaded
        inner join {{ this }} as added on loaded.statement_id = added.statement_id
        where
            loaded.load_id < {{ load_id() }}
            and added.load_id = {{ load_id() }}
            and loaded.{{ is_later }}
            and (loaded.source_file, loaded.record_number) > (added.source_file, added.record_number)
            and loaded.quarantine_reason is null
            and added.quarantine_reason is null
    )
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The verb of statements that take another one back: xAPI 1.0.3, part 2, 2.3.2. -#}
{% macro voiding_verb() -%} 'http://adlnet.gov/expapi/verbs/voided' {%- endmacro %}


{#- Where a new statement takes back one that was loaded earlier, the past is remade. -#}
{% macro remake_on_voiding() -%}
    {%- if reads_extracts() and is_incremental() %}
    {%- set is_new_voiding = 'load_id = ' ~ load_id() ~ ' and verb_id = ' ~ voiding_verb() ~ ' and quarantine_reason is null' -%}
    {#- as a rule there is none, and no earlier statement has to be looked at #}
    {%- if run_query('select 1 from ' ~ this ~ ' where ' ~ is_new_voiding ~ ' limit 1').rows %}
    update {{ side_table(this, 'built_from') }} set remade_load_id = {{ load_id() }}
    where exists (
        select 1
        from {{ this }}
        where
            load_id < {{ load_id() }}
            and quarantine_reason is null
            and statement_id in (select try_cast(object_id as uuid) from {{ this }} where {{ is_new_voiding }})
    )
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
