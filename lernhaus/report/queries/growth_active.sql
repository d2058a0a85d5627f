-- learners active on a day, and in the 7 and 28 days that end with it; 1 to 4 learners are withheld
select
    days.active_date,
    windows.day_window,
    case
        when windows.learner_count between 1 and 4 then null
        else windows.learner_count
    end as active_learner_count
from growth_active_learners as days
cross join lateral (
    values
    ('day', daily_active_learner_count),
    ('7_days', weekly_active_learner_count),
    ('28_days', monthly_active_learner_count)
) as windows (day_window, learner_count)
where days.active_date <= (select max(active_date) from growth_active_learners where daily_active_learner_count > 0)
order by days.active_date, windows.day_window
