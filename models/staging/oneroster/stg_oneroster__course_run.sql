{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__course_run.sql: grain = class of the latest delivery
with

classes as (
    select * from {{ ref('checked_oneroster__class') }}
    where is_current
),

terms as (
    select * from {{ ref('checked_oneroster__academic_session') }}
    where is_current
),

stg_oneroster__course_run as (
    select
        'oneroster' as source_system,
        classes.course_run_id,
        classes.course_id,
        classes.course_run_title,
        terms.term_name,
        terms.start_date,
        -- the end of an academic session is the first day after it
        {{ add_days('terms.end_date', -1) }} as end_date,
        false as is_nominal_calendar
    from classes
    left join terms on classes.first_term_id = terms.term_id
)

select * from stg_oneroster__course_run
