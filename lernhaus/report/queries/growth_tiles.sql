-- the last day on which at least 5 learners were active
select
    active_date as latest_active_date,
    weekly_active_learner_count,
    monthly_active_learner_count,
    (
        select max(ever.monthly_active_learner_count)
        from growth_active_learners as ever
    ) as highest_monthly_active_learner_count
from growth_active_learners
where least(daily_active_learner_count, weekly_active_learner_count, monthly_active_learner_count) >= 5
order by active_date desc
limit 1
