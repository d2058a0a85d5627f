-- dim_topic.sql: grain = topic
with

topics as (
    select * from {{ ref('nlp_topic') }}
),

dim_topic as (
    select
        {{ surrogate_key(['topic_id']) }} as topic_key,
        topic_id,
        language as topic_language,
        topic_label,
        top_terms,
        coherence
    from topics

    union all

    select
        {{ unknown_key() }} as topic_key,
        'unknown' as topic_id,
        'und' as topic_language,
        'unknown' as topic_label,
        'unknown' as top_terms,
        cast(null as double) as coherence
)

select * from dim_topic
