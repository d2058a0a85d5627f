-- how the engagement index is distributed at the end of a course week, in steps of 10: in all courses (course null), a
-- course (course run null), a run. Weeks of fewer than 5 learners are left out, steps of 1 to 4 are withheld
with

-- shared: runs,

parts as (
    select
        runs.course,
        runs.course_run,
        engagement_week.course_week,
        cast(least(floor(engagement_week.engagement_index / 10), 9) * 10 as integer) as index_from,
        count(*) as learner_count,
        count(distinct fct_enrollment.learner_key) as person_count
    from engagement_week
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    group by engagement_week.course_week, index_from, rollup(runs.course, runs.course_run)
),

-- shared: told by course, course_run, course_week

select
    course,
    course_run,
    course_week,
    index_from,
    cast(whole_learner_count as bigint) as whole_learner_count,
    case when is_told then learner_count end as learner_count,
    case when is_told then round(learner_count / whole_learner_count, 3) end as learner_share
from told
where whole_learner_count >= 5
order by course, course_run, course_week, index_from
