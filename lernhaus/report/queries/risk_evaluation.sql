-- how well models that had learned from earlier runs alone told who would fail or withdraw, with 95 % intervals;
-- figures of fewer than 5 learners are left out
select
    protocol,
    measure,
    as_of_day,
    round(measure_value, 3) as measure_value,
    round(lower_bound, 3) as lower_bound,
    round(upper_bound, 3) as upper_bound,
    enrollment_count as learner_count
from risk_evaluation
where grouped_by = 'all' and enrollment_count >= 5
order by protocol, measure, as_of_day
