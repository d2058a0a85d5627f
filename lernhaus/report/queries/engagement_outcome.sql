-- of the learners of finished runs in a tenth of the engagement index at the end of a course week, the share who went
-- on to fail or withdraw, with 95 % intervals; tenths of fewer than 5 learners are left out, shares of 1 to 4 learners
-- and of all but 1 to 4 withheld
with

tenths as (
    select
        *,
        round(measure_value * enrollment_count) not between 1 and 4
        and round((1 - measure_value) * enrollment_count) not between 1 and 4 as is_told
    from engagement_validation
    where cohort = 'all' and measure = 'failure_share' and grouped_by = 'decile' and enrollment_count >= 5
)

select
    course_week,
    cast(group_value as integer) as index_tenth,
    enrollment_count as learner_count,
    case when is_told then round(measure_value, 3) end as failure_share,
    case when is_told then round(lower_bound, 3) end as lower_share,
    case when is_told then round(upper_bound, 3) end as upper_share
from tenths
order by course_week, index_tenth
