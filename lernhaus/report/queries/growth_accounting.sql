-- who was active in a week: new, there the week before, or back; and who fell silent.
-- 1 to 4 learners are withheld
with

kinds as (
    select
        weeks.period_start_date as week_start_date,
        kinds.learner_change,
        kinds.learner_count
    from growth_accounting as weeks
    cross join lateral (
        values
        ('retained', weeks.retained_learner_count),
        ('new', weeks.new_learner_count),
        ('resurrected', weeks.resurrected_learner_count),
        ('dormant', weeks.dormant_learner_count)
    ) as kinds (learner_change, learner_count)
    where weeks.period = 'week' and weeks.is_complete
        and weeks.active_learner_count + weeks.dormant_learner_count > 0
)

select
    week_start_date,
    learner_change,
    case when learner_count between 1 and 4 then null else learner_count end as learner_count
from kinds
order by week_start_date, learner_change
