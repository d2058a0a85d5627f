-- growth_accounting.sql: grain = period (day or ISO week) x start of the period
{%- set periods = {
    'day': {'days': 1, 'start': 'activity_date'},
    'week': {'days': 7, 'start': week_start('activity_date')},
} %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

dates as (
    select
        date_key,
        date_day,
        day_of_week
    from {{ ref('dim_date') }}
),

active_days as (
    select
        learner_key,
        activity_date
    from {{ ref('int_enrollment_day') }}
),

{% for period, calendar in periods.items() %}
    -- a learner once for each {{ period }} with activity
    learner_{{ period }}s as (
        select
            learner_key,
            {{ calendar.start }} as period_start_date
        from active_days
        group by learner_key, {{ calendar.start }}
    ),

    {{ period }}_distances as (
        select
            period_start_date,
            {{ days_between(
                'lag(period_start_date) over (partition by learner_key order by period_start_date)',
                'period_start_date'
            ) }} as days_since_previous,
            {{ days_between(
                'period_start_date',
                'lead(period_start_date) over (partition by learner_key order by period_start_date)'
            ) }} as days_until_next
        from learner_{{ period }}s
    ),
{% endfor %}

counted as (
    {%- for period, calendar in periods.items() %}
        select
            '{{ period }}' as period,
            period_start_date,
            count(*) as active_learner_count,
            count(case when days_since_previous is null then 1 end) as new_learner_count,
            count(case when days_since_previous = {{ calendar.days }} then 1 end) as retained_learner_count,
            count(case when days_since_previous > {{ calendar.days }} then 1 end) as resurrected_learner_count,
            count(case when coalesce(days_until_next > {{ calendar.days }}, true) then 1 end) as leaving_learner_count
        from {{ period }}_distances
        group by period_start_date
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

first_periods as (
    select
        period,
        min(period_start_date) as first_start_date
    from counted
    group by period
),

calendar_periods as (
    {%- for period, calendar in periods.items() %}
        select
            '{{ period }}' as period,
            date_key,
            date_day as period_start_date,
            {{ add_days('date_day', calendar.days - 1) }} as period_end_date
        from dates
        {{ "where day_of_week = 1" if period == 'week' }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- dense: a period without activity is there as well
dense_periods as (
    select
        calendar_periods.period,
        calendar_periods.date_key,
        calendar_periods.period_start_date,
        calendar_periods.period_end_date,
        calendar_periods.period_end_date <= as_of.as_of_date as is_complete,
        coalesce(counted.active_learner_count, 0) as active_learner_count,
        coalesce(counted.new_learner_count, 0) as new_learner_count,
        coalesce(counted.retained_learner_count, 0) as retained_learner_count,
        coalesce(counted.resurrected_learner_count, 0) as resurrected_learner_count,
        coalesce(counted.leaving_learner_count, 0) as leaving_learner_count
    from calendar_periods
    inner join first_periods
        on
            calendar_periods.period = first_periods.period
            and calendar_periods.period_start_date >= first_periods.first_start_date
    inner join as_of
        on calendar_periods.period_start_date <= as_of.as_of_date
    left join counted
        on
            calendar_periods.period = counted.period
            and calendar_periods.period_start_date = counted.period_start_date
),

chained as (
    select
        *,
        lag(active_learner_count, 1, 0) over (
            partition by period
            order by period_start_date
        ) as previous_active_learner_count,
        lag(leaving_learner_count, 1, 0) over (
            partition by period
            order by period_start_date
        ) as dormant_learner_count
    from dense_periods
),

growth_accounting as (
    select
        period,
        date_key,
        period_start_date,
        period_end_date,
        is_complete,
        active_learner_count,
        new_learner_count,
        retained_learner_count,
        resurrected_learner_count,
        dormant_learner_count,
        previous_active_learner_count,
        {{ share('retained_learner_count', 'previous_active_learner_count') }} as retained_share,
        {{ share('new_learner_count + resurrected_learner_count', 'dormant_learner_count') }} as quick_ratio
    from chained
)

select * from growth_accounting
order by period, period_start_date
