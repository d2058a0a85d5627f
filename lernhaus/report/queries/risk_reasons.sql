-- why learners are on the list of those to contact, this week: a learner may have several reasons. In all courses
-- (course null), a course (course run null), a run. Reasons of fewer than 5 learners are left out
with

-- shared: runs,

listed as (
    select
        runs.course,
        runs.course_run,
        attention.learner_key,
        unnest(string_split(attention.reason_codes, ' ')) as attention_reason
    from rpt_learner_attention as attention
    inner join runs using (course_run_key)
    where attention.needs_attention
)

select
    course,
    course_run,
    attention_reason,
    count(distinct learner_key) as learner_count
from listed
group by attention_reason, rollup(course, course_run)
having count(distinct learner_key) >= 5
order by course asc, course_run asc, learner_count desc, attention_reason asc
