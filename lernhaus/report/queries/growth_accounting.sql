-- who was active in a week: new, there the week before, or back; and who fell silent.
-- 1 to 4 learners are withheld and, where they could be told from the others, the next smallest number
with

kinds as (
    select
        weeks.period_start_date as week_start_date,
        kinds.learner_change,
        kinds.learner_count,
        kinds.learner_change = 'dormant' as is_gone
    from growth_accounting as weeks
    cross join lateral (
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

parts as (
    select
        *,
        learner_count between 1 and 4 as is_small,
        count(*) filter (where learner_count between 1 and 4) over (partition by week_start_date, is_gone)
            as small_part_count
    from kinds
),

ranked as (
    select
        *,
        row_number() over (partition by week_start_date, is_gone, is_small order by learner_count) as place
    from parts
)

select
    week_start_date,
    learner_change,
    case when not is_small and not (small_part_count = 1 and place = 1) then learner_count end as learner_count
from ranked
order by week_start_date, learner_change
