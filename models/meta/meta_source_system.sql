-- meta_source_system.sql: grain = source system
{%- set dated = [
    ('learning_event', 'event_date'), ('interaction', 'activity_date'), ('submission', 'submitted_date'),
    ('post', 'posted_date'), ('learner_version', 'observed_date'),
] %}
with

-- by the system that delivers, not by the one whose learners and courses a statement names
latest_dates as (
    {%- for system in source_systems() %}
        {%- for entity, date in dated %}
            select
                '{{ system }}' as source_system,
                cast(max({{ date }}) as date) as latest_date
            from {{ ref('stg_' ~ system ~ '__' ~ entity) }}
            {{ "union all" if not loop.last }}
        {%- endfor %}
        {#- a roster that shows no change is a fresh one all the same #}
        {%- if system == 'oneroster' %}
            union all
            select
                'oneroster' as source_system,
                max(delivered_date) as latest_date
            from {{ ref('stg_oneroster__delivery') }}
        {%- endif %}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

latest_date_of_systems as (
    select
        source_system,
        max(latest_date) as latest_date
    from latest_dates
    group by source_system
),

files as (
    select * from {{ ref('meta_source_file') }}
),

files_of_systems as (
    select
        source_system,
        count(*) as file_count,
        max(loaded_at) as loaded_at
    from files
    group by source_system
),

meta_source_system as (
    select
        latest_date_of_systems.source_system,
        coalesce(files_of_systems.file_count, 0) as file_count,
        files_of_systems.loaded_at,
        latest_date_of_systems.latest_date,
        {{ keep_days_of('latest_date_of_systems.source_system', 'events') }} as keep_events_days,
        {{ keep_days_of('latest_date_of_systems.source_system', 'texts') }} as keep_texts_days
    from latest_date_of_systems
    left join files_of_systems on latest_date_of_systems.source_system = files_of_systems.source_system
)

select * from meta_source_system
