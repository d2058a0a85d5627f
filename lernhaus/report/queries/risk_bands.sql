-- enrollments by band of risk on an as-of day: in all courses (course null), a course (course run null), a run. Days
-- with fewer than 5 learners are left out, bands of 1 to 4 are withheld
with

runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
),

bands as (
    select
        runs.course,
        runs.course_run,
        risk_enrollment.as_of_day,
        risk_enrollment.risk_band,
        count(*) as learner_count
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    group by grouping sets (
        (risk_enrollment.as_of_day, risk_enrollment.risk_band),
        (runs.course, risk_enrollment.as_of_day, risk_enrollment.risk_band),
        (runs.course, runs.course_run, risk_enrollment.as_of_day, risk_enrollment.risk_band)
    )
),

shares as (
    select
        *,
        sum(learner_count) over (partition by course, course_run, as_of_day) as day_learner_count,
        count(*) filter (where learner_count < 5) over (partition by course, course_run, as_of_day) as small_part_count,
        row_number() over (partition by course, course_run, as_of_day order by learner_count) as place
    from bands
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
    as_of_day,
    risk_band,
    case when is_told then learner_count end as learner_count,
    case when is_told then round(learner_count / day_learner_count, 3) end as learner_share
from told
where day_learner_count >= 5
order by course, course_run, as_of_day, risk_band
