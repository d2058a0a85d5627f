-- mood of the posts of a calendar week, from -1 to 1: the mean, and the middle half of the posts. In all courses
-- (course null), a course (course run null), a run. Weeks in which fewer than 5 learners wrote are left out
with

-- shared: runs

select
    runs.course,
    runs.course_run,
    cast(date_trunc('week', fct_post.posted_date) as date) as week_start_date,
    round(avg(nlp_post_features.sentiment_compound), 3) as mean_sentiment,
    round(quantile_cont(nlp_post_features.sentiment_compound, 0.25), 3) as lower_quartile_sentiment,
    round(quantile_cont(nlp_post_features.sentiment_compound, 0.75), 3) as upper_quartile_sentiment,
    count(*) as post_count,
    count(distinct fct_post.learner_key) as learner_count
from fct_post
inner join nlp_post_features using (post_key)
inner join runs using (course_run_key)
where nlp_post_features.sentiment_compound is not null
group by week_start_date, rollup(runs.course, runs.course_run)
having count(distinct fct_post.learner_key) >= 5
order by runs.course, runs.course_run, week_start_date
