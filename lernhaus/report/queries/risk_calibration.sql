-- what was foretold and what came of it, in finished runs whose scores were made by models that had learned from
-- earlier runs alone: enrollments by tenths of the probability to fail or withdraw, and the share that did, with a 95 %
-- interval (Wilson 1927). Groups of fewer than 5 learners are left out, shares of 1 to 4 and of all but 1 to 4 are left
-- out
with

tenths as (
    select
        risk_enrollment.as_of_day,
        least(floor(risk_enrollment.fail_or_withdraw_probability * 10), 9) as tenth,
        avg(risk_enrollment.fail_or_withdraw_probability) as mean_probability,
        count(*) as learner_count,
        count(*) filter (where fct_enrollment.final_result in ('fail', 'withdrawn')) as event_count
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join dim_course_run using (course_run_key)
    where
        not risk_enrollment.is_retrospective
        and dim_course_run.is_finished
        and fct_enrollment.final_result is not null
    group by risk_enrollment.as_of_day, tenth
    having count(distinct fct_enrollment.learner_key) >= 5
),

shares as (
    select
        *,
        event_count / learner_count as event_share,
        1.96 * 1.96 / learner_count as spread
    from tenths
    where event_count not between 1 and 4 and learner_count - event_count not between 1 and 4
)

select
    as_of_day,
    round(mean_probability, 3) as mean_fail_or_withdraw_probability,
    round(event_share, 3) as failure_share,
    round((event_share + spread / 2 - sqrt(spread * (event_share * (1 - event_share) + spread / 4))) / (1 + spread), 3)
        as lower_share,
    round((event_share + spread / 2 + sqrt(spread * (event_share * (1 - event_share) + spread / 4))) / (1 + spread), 3)
        as upper_share,
    learner_count
from shares
order by as_of_day, mean_fail_or_withdraw_probability
