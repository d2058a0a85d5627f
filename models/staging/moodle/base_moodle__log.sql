{{ config(
    materialized='incremental',
    enabled='moodle' in source_systems(),
    on_schema_change='fail',
    meta={'event_time': 'local_time', 'date_order': var('moodle_date_order', '')},
    pre_hook="{{ forget_changed_files() }}",
    post_hook=[
        "{{ record_loaded_files() }}",
        "{{ admit_records_that_came(raw_record='if(user_id is null, raw_record, null)') }}",
        "{{ expire_old_records('local_time') }}",
    ],
) }}
-- base_moodle__log.sql: grain = record of a log export
{%- set date_order = var('moodle_date_order', '') %}
{%- if date_order not in ['', 'dmy', 'mdy'] %}
    {%- do exceptions.raise_compiler_error("The var moodle_date_order is '" ~ date_order ~ "', expected dmy or mdy") %}
{%- endif %}
with

records as (
    {{ read_csv_extract('moodle', 'log', raw=true) }}
),

-- 13/3/24, 14:05:09 or 3/13/24, 2:05 PM or 13.03.2024, 14:05 or 2024-03-13 14:05
parsed as (
    select
        *,
        regexp_extract(
            "Time",
            '^(\d{1,4})([./-])(\d{1,2})[./-](\d{1,4}),?[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP])\.?M\.?)?$',
            ['first', 'separator', 'second', 'third', 'hour', 'minute', 'seconds', 'half'],
            'i'
        ) as parts
    from records
),

-- the date in each order, as year, month and day
dated as (
    select
        *,
        try_cast(parts['first'] as integer) as first_number,
        try_cast(parts['second'] as integer) as second_number,
        length(parts['first']) = 4 as is_year_first,
        parts['separator'] in ('/', '-') and length(parts['first']) < 4 as has_two_orders,
        concat_ws(' ', parts['first'], parts['second'], parts['third']) as ymd,
        concat_ws(' ', parts['third'], parts['second'], parts['first']) as dmy,
        concat_ws(' ', parts['third'], parts['first'], parts['second']) as mdy,
        concat_ws(
            ' ', parts['hour'], parts['minute'], coalesce(nullif(parts['seconds'], ''), '00'),
            nullif(parts['half'], '') || 'M'
        ) as clock
    from parsed
),

-- where day and month may stand in either order, a number above 12 tells it for its file
date_orders as (
    select
        source_file,
        case
            when '{{ date_order }}' <> '' then '{{ date_order }}'
            when count_if(first_number > 12) > count_if(second_number > 12) then 'dmy'
            when count_if(first_number > 12) < count_if(second_number > 12) then 'mdy'
            when bool_and(first_number = second_number) then 'dmy'
            else error(
                'Ambiguous dates in extract ' || source_file || ': ' || min("Time")
                || ' may be day/month or month/day; say which with the var moodle_date_order, dmy or mdy.'
            )
        end as date_order
    from dated
    where has_two_orders
    group by source_file
),

-- ids stand in the description: "The user with id '12' viewed the 'quiz' activity with course module id '345'."
renamed as (
    select
        dated.source_file,
        dated.record_number,
        dated.load_id,
        dated.raw_record,
        case
            when regexp_matches(dated.source_file, '^moodle/.+/')
                then regexp_extract(dated.source_file, '^moodle/(.+)/', 1)
            when regexp_matches(dated.source_file, '^moodle/logs_.+_\d{8}-\d{4}')
                then regexp_extract(dated.source_file, '^moodle/logs_(.+)_\d{8}-\d{4}', 1)
            when regexp_matches(dated.source_file, '^moodle/logs_\d{8}-\d{4}') then '(none)'
            else error(
                'Unknown course run of extract ' || dated.source_file || ': expected the name that Moodle gives, '
                || 'logs_<course>_<yyyymmdd>-<hhmm>.csv, or a folder of the course run, moodle/<course run>/.'
            )
        end as course_run_id,
        try_strptime(
            case
                when dated.is_year_first then dated.ymd
                when dated.has_two_orders and date_orders.date_order = 'mdy' then dated.mdy
                else dated.dmy
            end || ' ' || dated.clock,
            ['%y %m %d %H %M %S', '%Y %m %d %H %M %S', '%y %m %d %I %M %S %p', '%Y %m %d %I %M %S %p']
        ) as local_time,
        regexp_replace(dated."Event context", '^User: .*', 'User') as event_context,
        dated."Component" as component,
        dated."Event name" as event_name,
        dated."Description" as description,
        lower(dated."Origin") as origin,
        dated."IP address" as ip_address,
        coalesce(dated."User full name" like '% as %', false) as is_done_as_another
    from dated
    left join date_orders on dated.source_file = date_orders.source_file
),

identified as (
    select
        *,
        try_cast(coalesce(
            nullif(regexp_extract(description, ' by the user with (?:the )?id ''(-?\d+)''', 1), ''),
            nullif(regexp_extract(description, '^(?:The )?[Uu]ser (?:with (?:the )?id )?''?(-?\d+)', 1), '')
        ) as bigint) as user_id,
        try_cast(
            regexp_extract_all(description, 'user with (?:the )?id ''(-?\d+)''', 1)[2] as bigint
        ) as affected_user_id,
        nullif(regexp_extract(description, 'course module (?:with )?(?:the )?id ''(\d+)''', 1), '') as course_module_id,
        nullif(regexp_extract(description, 'post with (?:the )?id ''(\d+)''', 1), '') as forum_post_id,
        nullif(regexp_extract(description, 'discussion with (?:the )?id ''(\d+)''', 1), '') as discussion_id,
        md5(cast({
            'time': local_time,
            'component': component,
            'event': event_name,
            'description': description,
            'origin': origin,
            'address': ip_address
        } as varchar)) as content_hash
    from renamed
),

checked as (
    select
        *,
        case
            when local_time is null then 'Time is missing or not a date and time'
            when local_time < timestamp '1990-01-01' then 'Time is before 1990'
            when event_name is null then 'Event name is missing'
            {{ when_coming('Time', 'local_time') }}
        end as quarantine_reason
    from identified
),

base_moodle__log as (
    select
        course_run_id,
        local_time,
        event_context,
        event_name,
        origin,
        user_id,
        affected_user_id,
        course_module_id,
        forum_post_id,
        discussion_id,
        is_done_as_another,
        content_hash,
        source_file,
        record_number,
        load_id,
        quarantine_reason,
        -- where nobody is named it may still be refused, see int_moodle__event
        case when quarantine_reason is not null or user_id is null then raw_record end as raw_record
    from checked
)

{{ all_but_erased([learner_in('moodle', 'user_id'), learner_in('moodle', 'affected_user_id')]) }}
