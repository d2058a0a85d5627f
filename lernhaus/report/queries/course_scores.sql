-- mean score of the work whose first score became known in a course week: a line per course (course null), per run of a
-- course (course run null), or for one run. Means of fewer than 5 scores are left out
with

-- shared: runs,

weeks as (
    select
        runs.course,
        runs.course_run,
        rpt_course_week.course_week,
        rpt_course_week.scored_submission_count,
        rpt_course_week.mean_score
    from rpt_course_week
    inner join runs using (course_run_key)
    where rpt_course_week.course_week between 0 and 52 and rpt_course_week.scored_submission_count > 0
),

lines as (
    select
        null as course,
        null as course_run,
        course as series,
        *
        exclude (course, course_run)
    from weeks
    union all
    select
        course,
        null as course_run,
        course_run as series,
        *
        exclude (course, course_run)
    from weeks
    union all
    select
        course,
        course_run,
        course_run as series,
        *
        exclude (course, course_run)
    from weeks
)

select
    course,
    course_run,
    series,
    course_week,
    cast(sum(scored_submission_count) as bigint) as score_count,
    round(sum(mean_score * scored_submission_count) / sum(scored_submission_count), 1) as mean_score
from lines
group by course, course_run, series, course_week
having sum(scored_submission_count) >= 5
order by course, course_run, series, course_week
