-- posts of learners by calendar week, new ones and answers: in all courses (course null), a course (course run null),
-- a run. Weeks in which fewer than 5 learners wrote are left out
with

-- shared: runs,

weeks as (
    select
        runs.course,
        runs.course_run,
        cast(date_trunc('week', fct_post.posted_date) as date) as week_start_date,
        count(*) filter (where not fct_post.is_reply) as opening_count,
        count(*) filter (where fct_post.is_reply) as reply_count,
        count(distinct fct_post.learner_key) as learner_count
    from fct_post
    inner join runs using (course_run_key)
    where not fct_post.is_staff
    group by week_start_date, rollup(runs.course, runs.course_run)
    having count(distinct fct_post.learner_key) >= 5
)

select
    weeks.course,
    weeks.course_run,
    weeks.week_start_date,
    kinds.post_kind,
    kinds.post_count,
    weeks.learner_count
from weeks
cross join (
    values
    (1, 'opening', weeks.opening_count),
    (2, 'reply', weeks.reply_count)
) as kinds (place, post_kind, post_count)
where kinds.post_count not between 1 and 4
order by weeks.course, weeks.course_run, weeks.week_start_date, kinds.place
