-- who was active in a week: new, there the week before, or back; and who fell silent.
-- 1 to 4 learners are withheld
with

parts as (
    select
        weeks.period_start_date as week_start_date,
        kinds.learner_change,
        kinds.learner_count,
        kinds.learner_count as person_count,
        kinds.learner_change = 'dormant' as is_gone
    from growth_accounting as weeks
    cross join (
        values
        ('retained', weeks.retained_learner_count),
        ('new', weeks.new_learner_count),
        ('resurrected', weeks.resurrected_learner_count),
        ('dormant', weeks.dormant_learner_count)
    ) as kinds (learner_change, learner_count)
    where
        weeks.period = 'week'
        and weeks.is_complete
        and weeks.active_learner_count + weeks.dormant_learner_count > 0
),

-- shared: told by week_start_date, is_gone

select
    week_start_date,
    learner_change,
    case when is_told then learner_count end as learner_count
from told
order by week_start_date, learner_change
