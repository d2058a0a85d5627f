{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    on_schema_change='fail',
    meta={'event_time': 'occurred_at'},
    pre_hook=["set session preserve_insertion_order = false", "{{ forget_changed_files() }}"],
    post_hook=[
        "{{ record_loaded_files() }}",
        "{{ admit_records_that_came() }}",
        "{{ remake_on_news_of_the_past() }}",
        "{{ expire_old_records('occurred_at', texts=['response', 'raw_record']) }}",
        "reset session preserve_insertion_order",
    ],
) }}
-- base_xapi__statement.sql: grain = line of a file of statements
-- Lines are numbered in the order of their file, but stand in any order here, so that files are read side by side.
{%- set members = {
    'id': '$.id',
    'occurred_at': '$.timestamp',
    'actor_home_page': '$.actor.account.homePage',
    'actor_account_name': '$.actor.account.name',
    'actor_mbox': '$.actor.mbox',
    'actor_mbox_sha1sum': '$.actor.mbox_sha1sum',
    'actor_openid': '$.actor.openid',
    'verb_id': '$.verb.id',
    'object_id': '$.object.id',
    'object_type': '$.object.definition.type',
    'object_names': '$.object.definition.name',
    'response': '$.result.response',
    'duration': '$.result.duration',
    'score_scaled': '$.result.score.scaled',
    'score_raw': '$.result.score.raw',
    'score_min': '$.result.score.min',
    'score_max': '$.result.score.max',
    'answered_statement_id': '$.context.statement.id',
    'context_parent': '$.context.contextActivities.parent',
    'context_grouping': '$.context.contextActivities.grouping',
    'video_session_id': '$.context.extensions."https://w3id.org/xapi/video/extensions/session-id"',
    'cmi5_session_id': '$.context.extensions."https://w3id.org/xapi/cmi5/context/extensions/sessionid"',
} %}
with

lines as (
    {{ read_json_lines_extract('xapi', 'statement') }}
),

-- one pass over the text: members that are missing are null, the others are texts
parsed as (
    select
        source_file,
        record_number,
        load_id,
        line,
        try(json_extract_string(line, [{{ "'" ~ members.values() | join("', '") ~ "'" }}])) as members
    from lines
),

named as (
    select
        source_file,
        record_number,
        load_id,
        line,
        {% for name in members -%}
            members[{{ loop.index }}] as {{ name }},
        {% endfor -%}
        hash(members) as content_hash
    from parsed
),

renamed as (
    select
        try_cast(id as uuid) as statement_id,
        id as statement_id_text,
        nullif(actor_home_page, '') as actor_home_page,
        nullif(actor_account_name, '') as actor_account_name,
        nullif(actor_mbox, '') as actor_mbox,
        coalesce(nullif(actor_mbox_sha1sum, ''), nullif(actor_openid, '')) as actor_other_id,
        nullif(verb_id, '') as verb_id,
        nullif(object_id, '') as object_id,
        object_type,
        try(json_extract_string(object_names, '$.*')[1]) as object_name,
        context_parent,
        context_grouping,
        lower(answered_statement_id) as answered_statement_id,
        coalesce(video_session_id, cmi5_session_id) as session_id,
        {{ iso_timestamp_utc('occurred_at') }} as occurred_at,
        {{ iso_duration_seconds('duration') }} as duration_seconds,
        try_cast(score_scaled as double) as scaled_score,
        try_cast(score_raw as double) - coalesce(try_cast(score_min as double), 0) as points,
        try_cast(score_max as double) - coalesce(try_cast(score_min as double), 0) as most_points,
        greatest(
            {% for number in ['score_scaled', 'score_raw', 'score_min', 'score_max'] -%}
                coalesce(not isfinite(try_cast({{ number }} as double)), {{ number }} is not null)
                {{- ", " if not loop.last }}
            {% endfor -%}
        ) as has_unreadable_score,
        response,
        content_hash,
        line,
        source_file,
        record_number,
        load_id
    from named
),

checked as (
    select
        *,
        coalesce(scaled_score, points / nullif(most_points, 0)) as share_of_points,
        case
            when statement_id_text is null and coalesce(try(json_type(line)), '') <> 'OBJECT' then 'not a JSON object'
            when statement_id is null or cast(statement_id as varchar) <> lower(statement_id_text)
                then 'statement id is missing or not a UUID'
            when
                (actor_home_page is null or actor_account_name is null)
                and actor_mbox is null and actor_other_id is null
                then 'actor has no identifier'
            when coalesce(position(':' in verb_id), 0) = 0 then 'verb id is missing or not an IRI'
            when object_id is null then 'object has no id'
            when occurred_at is null then 'timestamp is missing or not a date and time'
            when occurred_at < timestamp '1990-01-01' then 'timestamp is before 1990'
            when has_unreadable_score then 'score is not a number'
            when
                scaled_score not between -1 and 1
                or (scaled_score is null and most_points <> 0 and points not between 0 and most_points)
                then 'score is outside its range'
            when duration_seconds > 366 * 86400 then 'duration is longer than a year'
            {{ when_coming('timestamp', 'occurred_at') }}
        end as quarantine_reason
    from renamed
),

base_xapi__statement as (
    select
        statement_id,
        actor_home_page,
        actor_account_name,
        actor_mbox,
        actor_other_id,
        verb_id,
        object_id,
        object_type,
        object_name,
        context_parent,
        context_grouping,
        answered_statement_id,
        session_id,
        occurred_at,
        duration_seconds,
        case when share_of_points < 0 then 0 else 100 * share_of_points end as score,
        response,
        content_hash,
        source_file,
        record_number,
        load_id,
        quarantine_reason,
        case when quarantine_reason is not null then line end as raw_record
    from checked
)

{{ all_but_erased([
    {
        'columns': ['actor_home_page', 'actor_account_name'],
        'is_erased': "lernhaus_is_erased('xapi', actor_home_page || '|' || actor_account_name) or exists("
            ~ "select 1 from " ~ ref('map_xapi_iri') ~ " as actors where actors.kind = 'learner' "
            ~ "and actors.iri_prefix = actor_home_page and lernhaus_is_erased(actors.source_system, actor_account_name))",
    },
    learner_in('xapi', 'actor_mbox'),
    learner_in('xapi', 'actor_other_id'),
]) }}
