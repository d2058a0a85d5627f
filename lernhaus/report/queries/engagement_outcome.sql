-- of the learners of finished runs in a tenth of the engagement index at the end of a course week, the share who went on
-- to fail or withdraw, with 95 % intervals; tenths of fewer than 5 learners are left out
select
    course_week,
    cast(group_value as integer) as index_tenth,
    enrollment_count as learner_count,
    case
        when round(measure_value * enrollment_count) not between 1 and 4 then round(measure_value, 3)
    end as failure_share,
    case
        when round(measure_value * enrollment_count) not between 1 and 4 then round(lower_bound, 3)
    end as lower_share,
    case
        when round(measure_value * enrollment_count) not between 1 and 4 then round(upper_bound, 3)
    end as upper_share
from engagement_validation
where cohort = 'all' and measure = 'failure_share' and grouped_by = 'decile' and enrollment_count >= 5
order by course_week, index_tenth
