-- What: the periods of growth_accounting follow each other without gaps and count the learners of int_enrollment_day
-- (which assert_days_and_weeks_agree_with_daily_activity compares with the fact);
-- the trailing counts of growth_active_learners are those of a plain count, tried on the first day of each month.
-- When it fails: a learner is counted twice or not at all, or a period is missing.
-- How to resolve: the check named here says which count of which period is off.
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

learner_days as (
    select
        learner_key,
        activity_date
    from {{ ref('int_enrollment_day') }}
    group by learner_key, activity_date
),

periods as (
    select
        *,
        lag(period_end_date) over (partition by period order by period_start_date) as previous_end_date,
        lag(active_learner_count) over (partition by period order by period_start_date) as active_before_count
    from {{ ref('growth_accounting') }}
),

active_learners as (
    select * from {{ ref('growth_active_learners') }}
),

month_starts as (
    select active_learners.*
    from active_learners
    inner join {{ ref('dim_date') }} as dates
        on active_learners.date_key = dates.date_key
    where dates.day_of_month = 1
),

trailing_learners as (
    select
        month_starts.active_date,
        learner_days.learner_key,
        max(learner_days.activity_date) as last_active_date
    from month_starts
    inner join learner_days
        on
            month_starts.active_date >= learner_days.activity_date
            and month_starts.active_date < {{ add_days('learner_days.activity_date', 28) }}
    group by month_starts.active_date, learner_days.learner_key
),

trailing_counts as (
    select
        active_date,
        count(case when last_active_date > {{ add_days('active_date', -7) }} then 1 end) as weekly_count,
        count(*) as monthly_count
    from trailing_learners
    group by active_date
),

checks as (
    select
        'periods follow each other: ' || period as check_name,
        period_start_date as checked_date,
        {{ days_between('previous_end_date', 'period_start_date') }} as actual,
        1 as expected
    from periods
    where previous_end_date is not null

    union all

    select
        'active before: ' || period as check_name,
        period_start_date as checked_date,
        previous_active_learner_count as actual,
        coalesce(active_before_count, 0) as expected
    from periods

    union all

    select
        'last period: ' || periods.period as check_name,
        as_of.as_of_date as checked_date,
        count(case when as_of.as_of_date between periods.period_start_date and periods.period_end_date then 1 end)
            as actual,
        1 as expected
    from periods
    cross join as_of
    group by periods.period, as_of.as_of_date

    union all

    select
        'new learners: ' || period as check_name,
        min(period_start_date) as checked_date,
        sum(new_learner_count) as actual,
        (select count(distinct learner_days.learner_key) from learner_days) as expected
    from periods
    group by period

    union all

    select
        'learner days' as check_name,
        min(period_start_date) as checked_date,
        coalesce(sum(active_learner_count), 0) as actual,
        (select count(*) from learner_days) as expected
    from periods
    where period = 'day'

    union all

    select
        'daily active learners' as check_name,
        active_learners.active_date as checked_date,
        active_learners.daily_active_learner_count as actual,
        periods.active_learner_count as expected
    from active_learners
    left join periods
        on
            active_learners.active_date = periods.period_start_date
            and periods.period = 'day'

    union all

    select
        'weekly active learners' as check_name,
        month_starts.active_date as checked_date,
        month_starts.weekly_active_learner_count as actual,
        coalesce(trailing_counts.weekly_count, 0) as expected
    from month_starts
    left join trailing_counts
        on month_starts.active_date = trailing_counts.active_date

    union all

    select
        'monthly active learners' as check_name,
        month_starts.active_date as checked_date,
        month_starts.monthly_active_learner_count as actual,
        coalesce(trailing_counts.monthly_count, 0) as expected
    from month_starts
    left join trailing_counts
        on month_starts.active_date = trailing_counts.active_date
)

select *
from checks
where coalesce(actual <> expected, true)
