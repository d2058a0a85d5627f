-- posts that wait for an answer, by the days that they have waited: in all courses (course null), a course (course run
-- null), a run. Groups of posts by fewer than 5 learners are left out
with

-- shared: runs,

waiting as (
    select
        runs.course,
        runs.course_run,
        posts.learner_key,
        case
            when posts.waiting_day_count <= 2 then '0_2'
            when posts.waiting_day_count <= 7 then '3_7'
            when posts.waiting_day_count <= 14 then '8_14'
            else '15_more'
        end as waiting_days,
        posts.attention_score
    from rpt_forum_attention as posts
    inner join runs using (course_run_key)
),

parts as (
    select
        course,
        course_run,
        waiting_days,
        count(*) as post_count,
        count(distinct learner_key) as learner_count,
        count(distinct learner_key) as person_count,
        round(avg(attention_score), 2) as mean_attention_score
    from waiting
    group by waiting_days, rollup(course, course_run)
),

-- shared: told by course, course_run

select
    course,
    course_run,
    waiting_days,
    post_count,
    learner_count,
    mean_attention_score
from told
where is_told
order by course, course_run, array_position(['0_2', '3_7', '8_14', '15_more'], waiting_days)
