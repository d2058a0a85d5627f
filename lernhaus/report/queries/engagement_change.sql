-- how the engagement index changed from the week before: in all courses (course null), a course (course run null), a
-- run. Weeks of fewer than 5 learners are left out, kinds of 1 to 4 are withheld
with

-- shared: runs,

parts as (
    select
        runs.course,
        runs.course_run,
        engagement_week.course_week,
        case
            when engagement_week.index_change <= -10 then 'fell_sharply'
            when engagement_week.index_change <= -3 then 'fell'
            when engagement_week.index_change < 3 then 'same'
            when engagement_week.index_change < 10 then 'rose'
            else 'rose_sharply'
        end as index_movement,
        count(*) as learner_count,
        count(distinct fct_enrollment.learner_key) as person_count
    from engagement_week
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    where engagement_week.index_change is not null
    group by engagement_week.course_week, index_movement, rollup(runs.course, runs.course_run)
),

-- shared: told by course, course_run, course_week

select
    course,
    course_run,
    course_week,
    index_movement,
    cast(whole_learner_count as bigint) as whole_learner_count,
    case when is_told then learner_count end as learner_count,
    case when is_told then round(learner_count / whole_learner_count, 3) end as learner_share
from told
where whole_learner_count >= 5
order by course, course_run, course_week, index_movement
