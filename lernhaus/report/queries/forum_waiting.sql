-- posts that wait for an answer, by the days that they have waited: in all courses (course null), a course (course run
-- null), a run. Groups of posts by fewer than 5 learners are left out
with

runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
),

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

groups as (
    select
        course,
        course_run,
        waiting_days,
        count(*) as post_count,
        count(distinct learner_key) as learner_count,
        round(avg(attention_score), 2) as mean_attention_score
    from waiting
    group by grouping sets ((waiting_days), (course, waiting_days), (course, course_run, waiting_days))
),

ranked as (
    select
        *,
        count(*) filter (where learner_count < 5) over (partition by course, course_run) as small_group_count,
        row_number() over (partition by course, course_run order by learner_count) as place
    from groups
)

select
    course,
    course_run,
    waiting_days,
    post_count,
    learner_count,
    mean_attention_score
from ranked
-- a group that alone is left out could be told from the others: the next one is left out with it
where learner_count >= 5 and not (small_group_count = 1 and place = 2)
order by course, course_run, array_position(['0_2', '3_7', '8_14', '15_more'], waiting_days)
