{{ config(
    materialized='incremental',
    enabled='xapi' in var('source_systems'),
    incremental_strategy='append',
    on_schema_change='fail',
) }}
-- int_xapi__statement.sql: grain = statement delivered in a good record
with

records as (
    select * from {{ ref('base_xapi__statement') }}
    where quarantine_reason is null and {{ newly_loaded() }}
),

{% if is_incremental() -%}
    known_statements as (
        select
            statement_id,
            content_hash
        from {{ this }}
        where delivery = 'first' and statement_id in (select records.statement_id from records)
    ),
{%- else -%}
    known_statements as (
        select
            statement_id,
            content_hash
        from records
        where false
    ),
{%- endif %}

-- the first delivery of a statement counts
deliveries as (
    select
        records.*,
        case
            when known_statements.statement_id is null and row_number() over deliveries_of_statement = 1 then 'first'
            when
                records.content_hash = coalesce(
                    known_statements.content_hash, first_value(records.content_hash) over deliveries_of_statement
                )
                then 'redelivered'
            else 'conflicting'
        end as delivery
    from records
    left join known_statements on records.statement_id = known_statements.statement_id
    window
        deliveries_of_statement as (
            partition by records.statement_id order by records.source_file, records.record_number
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

-- the context names courses and forums among other things: parents come before groupings
contexts as (
    select
        deliveries.*,
        coalesce(
            {{ first_context_activity(
                'deliveries.context_activities', 'known_iris.course_types', 'known_iris.course_run_prefixes'
            ) }}.id,
            case when list_contains(known_iris.course_types, deliveries.object_type) then deliveries.object_id end
        ) as course_iri,
        {{ first_context_activity('deliveries.context_activities', 'known_iris.forum_types') }} as forum
    from deliveries
    cross join known_iris
),

identified as (
    select
        contexts.*,
        coalesce(actors.source_system, 'xapi') as source_system,
        case
            when actors.source_system is not null then contexts.actor_account_name
            when contexts.actor_home_page is not null and contexts.actor_account_name is not null
                then contexts.actor_home_page || '|' || contexts.actor_account_name
            else coalesce(contexts.actor_mbox, contexts.actor_other_id)
        end as learner_id,
        coalesce(verbs.verb, lower(regexp_extract(contexts.verb_id, '([^/#:]+)[/#]?$', 1))) as verb,
        coalesce(verbs.is_post, false) as is_post,
        coalesce(verbs.is_submission, false) as is_submission
    from contexts
    left join iri_prefixes as actors
        on
            actors.kind = 'learner'
            and contexts.actor_home_page = actors.iri_prefix
            and contexts.actor_account_name is not null
    left join verbs on contexts.verb_id = verbs.verb_id
),

-- every IRI once: there are few, and matching prefixes is dear
iris as (
    select course_iri as iri from identified
    union
    select object_id as iri from identified
),

mapped_iris as (
    select
        iris.iri,
        iri_prefixes.source_system,
        iri_prefixes.kind,
        iris.iri[length(iri_prefixes.iri_prefix) + 1:] as id
    from iris
    inner join iri_prefixes on starts_with(iris.iri, iri_prefixes.iri_prefix)
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
