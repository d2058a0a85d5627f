-- learners active on a day, and in the 7 and 28 days that end with it; 1 to 4 learners are withheld
with

days as (
    select
        *,
        max(case when daily_active_learner_count > 0 then active_date end) over () as last_active_date
    from growth_active_learners
)

select
    days.active_date,
    counts.day_window,
    case when counts.learner_count not between 1 and 4 then counts.learner_count end as active_learner_count
from days
cross join (
    values
    ('day', days.daily_active_learner_count),
    ('7_days', days.weekly_active_learner_count),
    ('28_days', days.monthly_active_learner_count)
) as counts (day_window, learner_count)
where days.active_date <= days.last_active_date
order by days.active_date, counts.day_window
