-- why learners are on the list of those to contact, this week: a learner may have several reasons. In all courses (course
-- null), a course (course run null), a run. Reasons of fewer than 5 learners are left out
with

-- shared: runs,

listed as (
    select
        runs.course,
        runs.course_run,
        attention.learner_key,
        unnest(string_split(attention.reasons, '; ')) as reason_text
    from rpt_learner_attention as attention
    inner join runs using (course_run_key)
    where attention.needs_attention
),

named as (
    select
        course,
        course_run,
        learner_key,
        case
            when reason_text like 'high risk%' then 'high_risk'
            when reason_text like 'medium risk%' then 'medium_risk'
            when reason_text like 'low engagement%' then 'low_engagement'
            when reason_text like 'engagement fell%' then 'engagement_fell'
            when reason_text like 'not active%' then 'silent'
            when reason_text like '%missing' then 'work_missing'
            when reason_text like 'a post has waited%' then 'post_waits'
            else 'other'
        end as attention_reason
    from listed
)

select
    course,
    course_run,
    attention_reason,
    count(distinct learner_key) as learner_count
from named
group by grouping sets ((attention_reason), (course, attention_reason), (course, course_run, attention_reason))
having count(distinct learner_key) >= 5
order by course, course_run, learner_count desc, attention_reason
