-- how the engagement index changed from the week before: in all courses (course null), a course (course run null), a run.
-- Weeks of fewer than 5 learners are left out, kinds of 1 to 4 are withheld
with

runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
),

changes as (
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
        count(*) as learner_count
    from engagement_week
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    where engagement_week.index_change is not null
    group by grouping sets (
        (engagement_week.course_week, index_movement),
        (runs.course, engagement_week.course_week, index_movement),
        (runs.course, runs.course_run, engagement_week.course_week, index_movement)
    )
),

shares as (
    select
        *,
        sum(learner_count) over (partition by course, course_run, course_week) as week_learner_count,
        count(*) filter (where learner_count < 5) over (partition by course, course_run, course_week) as small_part_count,
        row_number() over (partition by course, course_run, course_week order by learner_count) as place
    from changes
),

told as (
    select
        *,
        -- a part that alone is withheld could be told from the others: the next one is withheld with it
        learner_count >= 5 and not (small_part_count = 1 and place = 2) as is_told
    from shares
)

select
    course,
    course_run,
    course_week,
    index_movement,
    case when is_told then learner_count end as learner_count,
    case when is_told then round(learner_count / week_learner_count, 3) end as learner_share
from told
where week_learner_count >= 5
order by course, course_run, course_week, index_movement
