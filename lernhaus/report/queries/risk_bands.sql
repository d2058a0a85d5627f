-- enrollments by band of risk on an as-of day: in all courses (course null), a course (course run null), a run. Days
-- with fewer than 5 learners are left out, bands of 1 to 4 are withheld
with

-- shared: runs,

parts as (
    select
        runs.course,
        runs.course_run,
        risk_enrollment.as_of_day,
        risk_enrollment.risk_band,
        count(*) as learner_count,
        count(distinct fct_enrollment.learner_key) as person_count
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    group by risk_enrollment.as_of_day, risk_enrollment.risk_band, rollup(runs.course, runs.course_run)
),

-- shared: told by course, course_run, as_of_day

select
    course,
    course_run,
    as_of_day,
    risk_band,
    cast(whole_learner_count as bigint) as whole_learner_count,
    case when is_told then learner_count end as learner_count,
    case when is_told then round(learner_count / whole_learner_count, 3) end as learner_share
from told
where whole_learner_count >= 5
order by course, course_run, as_of_day, risk_band
