{{ config(
    materialized='incremental',
    enabled='xapi' in var('source_systems'),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook=["{{ record_loaded_files() }}", "{{ remake_on_earlier_delivery() }}"],
) }}
-- base_xapi__statement.sql: grain = line of a file of statements
with

lines as (
    {{ read_json_lines_extract('xapi', 'statement') }}
),

-- one pass over the text: members that are missing or of another type become null
parsed as (
    select
        source_file,
        record_number,
        load_id,
        line,
        case
            when json_valid(line) then case
                when json_type(line) = 'OBJECT' then json_transform(line, '{
                    "id": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "actor": {
                        "account": {"homePage": "VARCHAR", "name": "VARCHAR"},
                        "mbox": "VARCHAR", "mbox_sha1sum": "VARCHAR", "openid": "VARCHAR"
                    },
                    "verb": {"id": "VARCHAR"},
                    "object": {
                        "id": "VARCHAR",
                        "definition": {"type": "VARCHAR", "name": "MAP(VARCHAR, VARCHAR)"}
                    },
                    "result": {
                        "response": "VARCHAR", "duration": "VARCHAR",
                        "score": {"scaled": "DOUBLE", "raw": "DOUBLE", "min": "DOUBLE", "max": "DOUBLE"}
                    },
                    "context": {
                        "statement": {"id": "VARCHAR"},
                        "contextActivities": {"parent": "JSON", "grouping": "JSON"},
                        "extensions": {
                            "https://w3id.org/xapi/video/extensions/session-id": "VARCHAR",
                            "https://w3id.org/xapi/cmi5/context/extensions/sessionid": "VARCHAR"
                        }
                    }
                }')
            end
        end as members
    from lines
),

renamed as (
    select
        lower(parsed.members.id) as statement_id,
        nullif(parsed.members.actor.account.homepage, '') as actor_home_page,
        nullif(parsed.members.actor.account.name, '') as actor_account_name,
        nullif(parsed.members.actor.mbox, '') as actor_mbox,
        coalesce(nullif(parsed.members.actor.mbox_sha1sum, ''), nullif(parsed.members.actor.openid, ''))
            as actor_other_id,
        nullif(parsed.members.verb.id, '') as verb_id,
        nullif(parsed.members.object.id, '') as object_id,
        parsed.members.object.definition.type as object_type,
        map_values(parsed.members.object.definition.name)[1] as object_name,
        list_concat(
            {{ context_activities('parsed.members.context.contextactivities.parent') }},
            {{ context_activities('parsed.members.context.contextactivities.grouping') }}
        ) as context_activities,
        lower(parsed.members.context.statement.id) as answered_statement_id,
        coalesce(
            parsed.members.context.extensions."https://w3id.org/xapi/video/extensions/session-id",
            parsed.members.context.extensions."https://w3id.org/xapi/cmi5/context/extensions/sessionid"
        ) as session_id,
        {{ iso_timestamp_utc('parsed.members.timestamp') }} as occurred_at,
        {{ iso_duration_seconds('parsed.members.result.duration') }} as duration_seconds,
        coalesce(
            parsed.members.result.score.scaled,
            (parsed.members.result.score.raw - coalesce(parsed.members.result.score.min, 0))
            / nullif(parsed.members.result.score.max - coalesce(parsed.members.result.score.min, 0), 0)
        ) as scaled_score,
        parsed.members.result.response,
        md5_number_lower(cast(parsed.members as varchar)) as content_hash,
        parsed.line,
        parsed.source_file,
        parsed.record_number,
        parsed.load_id,
        parsed.members is null as is_no_object
    from parsed
),

checked as (
    select
        *,
        case
            when is_no_object then 'not a JSON object'
            when
                not coalesce(regexp_full_match(statement_id, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'), false)
                then 'statement id is missing or not a UUID'
            when
                (actor_home_page is null or actor_account_name is null)
                and actor_mbox is null and actor_other_id is null
                then 'actor has no identifier'
            when coalesce(position(':' in verb_id), 0) = 0 then 'verb id is missing or not an IRI'
            when object_id is null then 'object has no id'
            when occurred_at is null then 'timestamp is missing or not a date and time'
            when
                occurred_at not between timestamp '1990-01-01' and cast(current_date + 2 as timestamp)
                then 'timestamp is not between 1990 and tomorrow'
            when scaled_score not between -1 and 1 then 'score is outside its range'
        end as quarantine_reason
    from renamed
),

base_xapi__statement as (
    select
        try_cast(statement_id as uuid) as statement_id,
        actor_home_page,
        actor_account_name,
        actor_mbox,
        actor_other_id,
        verb_id,
        object_id,
        object_type,
        object_name,
        context_activities,
        answered_statement_id,
        session_id,
        occurred_at,
        duration_seconds,
        case when scaled_score < 0 then 0 else 100 * scaled_score end as score,
        response,
        content_hash,
        source_file,
        record_number,
        load_id,
        quarantine_reason,
        case when quarantine_reason is not null then line end as raw_record
    from checked
)

select * from base_xapi__statement
