-- what makes the risk: mean of what each kind of evidence adds to the log odds to fail or withdraw, by band of risk on
-- an as-of day, in all courses (course null) and in a course. Bands of fewer than 5 learners are withheld
with

-- shared: runs,

means as (
    select
        runs.course,
        risk_enrollment.as_of_day,
        risk_enrollment.risk_band,
        count(*) as learner_count,
        count(distinct fct_enrollment.learner_key) >= 5 as is_told,
        avg(risk_enrollment.background_log_odds) as background_log_odds,
        avg(risk_enrollment.course_run_log_odds) as course_run_log_odds,
        avg(risk_enrollment.volume_log_odds) as volume_log_odds,
        avg(risk_enrollment.regularity_log_odds) as regularity_log_odds,
        avg(risk_enrollment.work_log_odds) as work_log_odds,
        avg(risk_enrollment.scores_log_odds) as scores_log_odds
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    group by risk_enrollment.as_of_day, risk_enrollment.risk_band, rollup(runs.course)
)

select
    means.course,
    means.as_of_day,
    parts.evidence,
    means.risk_band,
    case when means.is_told then round(parts.mean_log_odds, 3) end as mean_log_odds,
    case when means.is_told then means.learner_count end as learner_count
from means
cross join (
    values
    (1, 'background', means.background_log_odds),
    (2, 'course_run', means.course_run_log_odds),
    (3, 'volume', means.volume_log_odds),
    (4, 'regularity', means.regularity_log_odds),
    (5, 'work', means.work_log_odds),
    (6, 'scores', means.scores_log_odds)
) as parts (place, evidence, mean_log_odds)
order by means.course, means.as_of_day, parts.place, means.risk_band
