-- growth_active_learners.sql: grain = date
{%- set trailing_days = {'weekly': 7, 'monthly': 28} %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

dates as (
    select
        date_key,
        date_day
    from {{ ref('dim_date') }}
),

learner_days as (
    select
        learner_key,
        activity_date
    from {{ ref('int_enrollment_day') }}
    group by learner_key, activity_date
),

distances as (
    select
        activity_date,
        {{ days_between(
            'lag(activity_date) over (partition by learner_key order by activity_date)', 'activity_date'
        ) }} as days_since_previous,
        {{ days_between(
            'activity_date', 'lead(activity_date) over (partition by learner_key order by activity_date)'
        ) }} as days_until_next
    from learner_days
),

-- an active day counts a learner in for n days; days less than n apart make one spell, which begins and ends once
spells as (
    select
        activity_date,
        {%- for name, n in trailing_days.items() %}
            count(case when coalesce(days_since_previous >= {{ n }}, true) then 1 end) as {{ name }}_begin_count,
            count(case when coalesce(days_until_next >= {{ n }}, true) then 1 end) as {{ name }}_end_count,
        {%- endfor %}
        count(*) as daily_active_learner_count
    from distances
    group by activity_date
),

first_day as (
    select min(activity_date) as first_date
    from spells
),

-- dense: the n-th row before is the n-th day before
dense_days as (
    select
        dates.date_key,
        dates.date_day as active_date,
        {%- for name in trailing_days %}
            coalesce(spells.{{ name }}_begin_count, 0) as {{ name }}_begin_count,
            coalesce(spells.{{ name }}_end_count, 0) as {{ name }}_end_count,
        {%- endfor %}
        coalesce(spells.daily_active_learner_count, 0) as daily_active_learner_count
    from dates
    inner join first_day
        on dates.date_day >= first_day.first_date
    inner join as_of
        on dates.date_day <= as_of.as_of_date
    left join spells
        on dates.date_day = spells.activity_date
),

changes as (
    select
        date_key,
        active_date,
        {%- for name, n in trailing_days.items() %}
            {{ name }}_begin_count
            - lag({{ name }}_end_count, {{ n }}, 0) over (order by active_date) as {{ name }}_change,
        {%- endfor %}
        daily_active_learner_count
    from dense_days
),

running as (
    select
        date_key,
        active_date,
        {%- for name in trailing_days %}
            cast(sum({{ name }}_change) over (
                order by active_date
                rows between unbounded preceding and current row
            ) as bigint) as {{ name }}_active_learner_count,
        {%- endfor %}
        daily_active_learner_count
    from changes
),

growth_active_learners as (
    select
        date_key,
        active_date,
        daily_active_learner_count,
        weekly_active_learner_count,
        monthly_active_learner_count,
        {{ share('daily_active_learner_count', 'monthly_active_learner_count') }} as stickiness
    from running
)

select * from growth_active_learners
order by active_date
