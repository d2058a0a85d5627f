-- int_post_label.sql: grain = source_system x post_id x label_kind
{%- if 'post_labels' in source_systems() %}
    with

    labels as (
        select * from {{ ref('stg_post_labels__label') }}
    ),

    int_post_label as (
        select
            source_system,
            post_id,
            label_kind,
            round(avg(label_value), 6) as label_value,
            count(*) as rater_count,
            cast(max(labelled_at) as date) as last_labelled_date
        from labels
        group by source_system, post_id, label_kind
    )
{%- else %}
    with

    int_post_label as (
        select
            cast(null as {{ dbt.type_string() }}) as source_system,
            cast(null as {{ dbt.type_string() }}) as post_id,
            cast(null as {{ dbt.type_string() }}) as label_kind,
            cast(null as double) as label_value,
            cast(null as bigint) as rater_count,
            cast(null as date) as last_labelled_date
        where false
    )
{%- endif %}

select * from int_post_label
