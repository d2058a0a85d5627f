{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    incremental_strategy='append',
    on_schema_change='fail',
) }}
-- int_xapi__statement.sql: grain = statement delivered in a good record
{%- set is_new_record = "quarantine_reason is null and " ~ newly_loaded() %}
with

records as (
    select * from {{ ref('base_xapi__statement') }}
    where {{ is_new_record }}
),

-- what is asked of many records, and so apart from them: the columns of all records are read once
record_ids as (
    select
        statement_id,
        content_hash,
        source_file,
        record_number
    from {{ ref('base_xapi__statement') }}
    where {{ is_new_record }}
),

record_contexts as (
    select
        context_parent,
        context_grouping
    from {{ ref('base_xapi__statement') }}
    where {{ is_new_record }}
    group by context_parent, context_grouping
),

record_objects as (
    select object_id
    from {{ ref('base_xapi__statement') }}
    where {{ is_new_record }}
    group by object_id
),

{% if is_incremental() -%}
    known_statements as (
        select
            statement_id,
            content_hash
        from {{ this }}
        where delivery in ('first', 'voided', 'voiding') and statement_id in (select record_ids.statement_id from record_ids)
    ),
{%- else -%}
    known_statements as (
        select
            statement_id,
            content_hash
        from record_ids
        where false
    ),
{%- endif %}

-- ids of the statements that are taken back, by whichever delivery
voided_statements as (
    select try_cast(object_id as uuid) as statement_id
    from {{ ref('base_xapi__statement') }}
    where quarantine_reason is null and verb_id = {{ voiding_verb() }}
    group by try_cast(object_id as uuid)
),

repeated_ids as (
    select statement_id
    from record_ids
    group by statement_id
    having count(*) > 1
    union
    select statement_id from known_statements
),

-- the first delivery of a statement counts; only where there are several have they to be compared
repeated_deliveries as (
    select
        record_ids.source_file,
        record_ids.record_number,
        case
            when known_statements.statement_id is null and row_number() over deliveries_of_statement = 1 then 'first'
            when
                record_ids.content_hash = coalesce(
                    known_statements.content_hash, first_value(record_ids.content_hash) over deliveries_of_statement
                )
                then 'redelivered'
            else 'conflicting'
        end as delivery
    from record_ids
    inner join repeated_ids on record_ids.statement_id = repeated_ids.statement_id
    left join known_statements on record_ids.statement_id = known_statements.statement_id
    window
        deliveries_of_statement as (
            partition by record_ids.statement_id order by record_ids.source_file, record_ids.record_number
        )
),

iri_prefixes as (
    select * from {{ ref('map_xapi_iri') }}
),

activity_types as (
    select
        source_activity_type,
        activity_type
    from {{ ref('map_activity_type') }}
    where source_system = 'xapi'
),

verbs as (
    select * from {{ ref('map_xapi_verb') }}
),

known_types as (
    select
        coalesce(list(source_activity_type) filter (activity_type = 'course_home'), []) as course_types,
        coalesce(list(source_activity_type) filter (activity_type = 'forum'), []) as forum_types
    from activity_types
),

known_prefixes as (
    select coalesce(list(iri_prefix) filter (kind = 'course_run'), []) as course_run_prefixes
    from iri_prefixes
),

known_iris as (
    select
        known_types.course_types,
        known_types.forum_types,
        known_prefixes.course_run_prefixes
    from known_types
    cross join known_prefixes
),

-- every context once, since the same come again and again
listed_contexts as (
    select
        record_contexts.context_parent,
        record_contexts.context_grouping,
        list_concat(
            {{ context_activities('record_contexts.context_parent') }},
            {{ context_activities('record_contexts.context_grouping') }}
        ) as context_activities
    from record_contexts
),

-- a context names courses and forums among other things: parents come before groupings
contexts as (
    select
        listed_contexts.context_parent,
        listed_contexts.context_grouping,
        {{ first_context_activity(
            'listed_contexts.context_activities', 'known_iris.course_types', 'known_iris.course_run_prefixes'
        ) }}.id as course_iri,
        {{ first_context_activity('listed_contexts.context_activities', 'known_iris.forum_types') }} as forum
    from listed_contexts
    cross join known_iris
),

identified as (
    select
        records.*,
        case
            when repeated_deliveries.delivery <> 'first' then repeated_deliveries.delivery
            when records.verb_id = {{ voiding_verb() }} then 'voiding'
            when voided_statements.statement_id is not null then 'voided'
            else 'first'
        end as delivery,
        coalesce(
            contexts.course_iri,
            case when list_contains(known_types.course_types, records.object_type) then records.object_id end
        ) as course_iri,
        contexts.forum,
        coalesce(actors.source_system, 'xapi') as source_system,
        case
            when actors.source_system is not null then records.actor_account_name
            when records.actor_home_page is not null and records.actor_account_name is not null
                then records.actor_home_page || '|' || records.actor_account_name
            else coalesce(records.actor_mbox, records.actor_other_id)
        end as learner_id,
        coalesce(verbs.verb, lower(regexp_extract(records.verb_id, '([^/#:]+)[/#]?$', 1))) as verb,
        coalesce(verbs.is_post, false) as is_post,
        coalesce(verbs.is_submission, false) as is_submission
    from records
    cross join known_types
    inner join contexts
        on
            records.context_parent is not distinct from contexts.context_parent
            and records.context_grouping is not distinct from contexts.context_grouping
    left join repeated_deliveries
        on
            records.source_file = repeated_deliveries.source_file
            and records.record_number = repeated_deliveries.record_number
    left join voided_statements on records.statement_id = voided_statements.statement_id
    left join iri_prefixes as actors
        on
            actors.kind = 'learner'
            and records.actor_home_page = actors.iri_prefix
            and records.actor_account_name is not null
    left join verbs on records.verb_id = verbs.verb_id
),

-- every IRI once: there are few, and matching prefixes is dear
iris as (
    select course_iri as iri from contexts
    union
    select object_id as iri from record_objects
),

mapped_iris as (
    select
        iris.iri,
        iri_prefixes.source_system,
        iri_prefixes.kind,
        iris.iri[length(iri_prefixes.iri_prefix) + 1:] as id
    from iris
    inner join iri_prefixes on starts_with(iris.iri, iri_prefixes.iri_prefix) and iris.iri <> iri_prefixes.iri_prefix
    qualify
        row_number() over (
            partition by iris.iri, iri_prefixes.source_system, iri_prefixes.kind
            order by length(iri_prefixes.iri_prefix) desc
        ) = 1
),

related as (
    select
        identified.*,
        coalesce(course_runs.id, identified.course_iri, '(none)') as course_run_id,
        coalesce(assessments.id, identified.object_id) as assessment_id,
        coalesce(activities.id, identified.object_id) as mapped_object_id
    from
        identified
    {%- for kind, alias, iri in [
        ('course_run', 'course_runs', 'course_iri'),
        ('assessment', 'assessments', 'object_id'),
        ('activity', 'activities', 'object_id'),
    ] %}
        left join mapped_iris as {{ alias }}
            on
                identified.{{ iri }} = {{ alias }}.iri
                and identified.source_system = {{ alias }}.source_system
                and {{ alias }}.kind = '{{ kind }}'
    {%- endfor %}
),

-- a post is used through its forum: the object of its statement is the post itself, unless it is a forum
int_xapi__statement as (
    select
        related.source_system,
        related.statement_id,
        related.learner_id,
        related.course_run_id,
        case
            when not related.is_post then related.mapped_object_id
            when related.forum is not null then related.forum.id
            when regexp_matches(related.object_type, '[/#:]forum$') then related.mapped_object_id
            else related.course_run_id || '#forum'
        end as activity_id,
        case
            when not related.is_post then related.object_name
            when related.forum is null and regexp_matches(related.object_type, '[/#:]forum$') then related.object_name
        end as activity_name,
        case
            when not related.is_post then related.object_type
            when related.forum is not null then related.forum.type
            when regexp_matches(related.object_type, '[/#:]forum$') then related.object_type
        end as source_activity_type,
        related.verb,
        related.is_post,
        related.is_submission,
        related.assessment_id,
        related.answered_statement_id,
        related.session_id,
        related.occurred_at,
        {{ local_date('related.occurred_at') }} as event_date,
        related.duration_seconds,
        related.score,
        related.response,
        related.actor_account_name,
        related.actor_mbox,
        related.content_hash,
        related.delivery,
        related.source_file,
        related.record_number,
        {{ load_id() }} as load_id
    from related
)

select * from int_xapi__statement
