-- dim_date.sql: grain = calendar date
with

enrollment_dates as (
    select
        least(min(registered_date), min(withdrawn_date), min(first_active_date), min(run_start_date)) as first_date,
        greatest(
            max(registered_date), max(withdrawn_date), max(completed_date), max(last_active_date), max(run_end_date)
        ) as last_date
    from {{ ref('int_enrollment') }}
),

seen_dates as (
    select
        min(first_seen_date) as first_date,
        max(last_seen_date) as last_date
    from {{ ref('int_enrollment_seen') }}
),

submission_dates as (
    select
        min(submitted_date) as first_date,
        max(submitted_date) as last_date
    from {{ ref('submission') }}
),

due_dates as (
    select
        min(due_date) as first_date,
        max(due_date) as last_date
    from {{ ref('assessment') }}
),

as_of as (
    select
        as_of_date as first_date,
        as_of_date as last_date
    from {{ ref('int_as_of') }}
),

-- a margin of a week on both sides, for the weeks that begin or end outside
named_dates as (
    select * from enrollment_dates
    union all
    select * from seen_dates
    union all
    select * from submission_dates
    union all
    select * from due_dates
    union all
    select * from as_of
),

bounds as (
    select
        {{ add_days('min(first_date)', -7) }} as first_date,
        {{ add_days('max(last_date)', 7) }} as last_date
    from named_dates
),

day_numbers as (
    select
        first_date,
        {{ explode_numbers('0', days_between('first_date', 'last_date')) }} as day_number
    from bounds
),

dates as (
    select {{ add_days('first_date', 'day_number') }} as date_day
    from day_numbers
),

parts as (
    select
        date_day,
        {{ iso_day_of_week('date_day') }} as day_of_week,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(week from date_day) as integer) as iso_week,
        {{ iso_year('date_day') }} as iso_year,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(year from date_day) as integer) as year_number
    from dates
),

dim_date as (
    select
        {{ date_key('date_day') }} as date_key,
        date_day,
        day_of_week,
        case day_of_week
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            when 7 then 'Sunday'
        end as day_name,
        day_of_week >= 6 as is_weekend,
        day_of_month,
        iso_week,
        iso_year,
        {{ add_days('date_day', '1 - day_of_week') }} as week_start_date,
        month_number,
        case month_number
            when 1 then 'January'
            when 2 then 'February'
            when 3 then 'March'
            when 4 then 'April'
            when 5 then 'May'
            when 6 then 'June'
            when 7 then 'July'
            when 8 then 'August'
            when 9 then 'September'
            when 10 then 'October'
            when 11 then 'November'
            when 12 then 'December'
        end as month_name,
        {{ add_days('date_day', '1 - day_of_month') }} as month_start_date,
        quarter_number,
        year_number
    from parts

    union all

    select
        {{ unknown_key() }} as date_key,
        cast(null as date) as date_day,
        cast(null as integer) as day_of_week,
        'unknown' as day_name,
        cast(null as boolean) as is_weekend,
        cast(null as integer) as day_of_month,
        cast(null as integer) as iso_week,
        cast(null as integer) as iso_year,
        cast(null as date) as week_start_date,
        cast(null as integer) as month_number,
        'unknown' as month_name,
        cast(null as date) as month_start_date,
        cast(null as integer) as quarter_number,
        cast(null as integer) as year_number
)

select * from dim_date
