-- the 15 topics most written about, by month; a post counts for its topics in parts that add up to 1. In all courses
-- (course null), a course (course run null), a run. Months in which fewer than 5 learners wrote about a topic are left
-- out
with

-- shared: runs,

months as (
    select
        runs.course,
        runs.course_run,
        dim_topic.topic_id,
        dim_topic.topic_label as topic,
        cast(date_trunc('month', fct_post.posted_date) as date) as posted_month,
        sum(bridge_post_topic.weight) as weighted_post_count,
        count(distinct fct_post.learner_key) as learner_count
    from bridge_post_topic
    inner join dim_topic using (topic_key)
    inner join fct_post using (post_key)
    inner join runs using (course_run_key)
    where dim_topic.topic_language <> 'und'
    group by dim_topic.topic_id, dim_topic.topic_label, posted_month, rollup(runs.course, runs.course_run)
    having count(distinct fct_post.learner_key) >= 5
),

totals as (
    select
        *,
        sum(weighted_post_count) over (partition by course, course_run, topic_id) as topic_post_count
    from months
),

ranked as (
    select
        *,
        dense_rank() over (
            partition by course, course_run
            order by topic_post_count desc, topic_id asc
        ) as topic_rank
    from totals
)

select
    course,
    course_run,
    topic,
    posted_month,
    round(weighted_post_count, 1) as weighted_post_count,
    learner_count
from ranked
where topic_rank <= 15
order by course, course_run, topic_rank, posted_month
