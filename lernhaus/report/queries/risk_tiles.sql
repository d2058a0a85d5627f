-- the latest score of those who are enrolled in runs that go on or, where none does, who stayed to the end of those of
-- the past; numbers of learners below 5 are withheld
with

-- shared: enrolled,

latest as (
    select
        risk_enrollment.*,
        enrolled.learner_key,
        dim_course_run.is_finished,
        bool_and(dim_course_run.is_finished) over () as are_all_finished,
        row_number() over (partition by enrollment_key order by risk_enrollment.as_of_day desc) as place
    from risk_enrollment
    inner join enrolled using (enrollment_key)
    inner join dim_course_run using (course_run_key)
),

scored as (
    select * from latest
    where place = 1 and is_finished = are_all_finished
)

select
    case when count(distinct learner_key) >= 5 then count(*) end as scored_enrollment_count,
    case
        when
            count(distinct learner_key) filter (where risk_band = 'high') >= 5
            and count(distinct learner_key) filter (where risk_band <> 'high') not between 1 and 4
            then count(*) filter (where risk_band = 'high')
    end as high_risk_count,
    case
        when count(distinct learner_key) >= 5 then round(avg(fail_or_withdraw_probability), 3)
    end as mean_fail_or_withdraw_probability
from scored
