-- the last week of those who are enrolled in runs that go on or, where none does, who stayed to the end of those of the
-- past; numbers of learners below 5 are withheld
with

-- shared: enrolled,

latest as (
    select
        engagement_week.*,
        enrolled.learner_key,
        dim_course_run.is_finished,
        bool_and(dim_course_run.is_finished) over () as are_all_finished,
        row_number() over (partition by enrollment_key order by engagement_week.course_week desc) as place
    from engagement_week
    inner join enrolled using (enrollment_key)
    inner join dim_course_run using (course_run_key)
)

select
    case when count(distinct learner_key) >= 5 then round(median(engagement_index), 1) end as median_engagement_index,
    case
        when
            count(distinct learner_key) filter (where engagement_band = 'low') >= 5
            and count(distinct learner_key) filter (where engagement_band <> 'low') not between 1 and 4
            then round(count(*) filter (where engagement_band = 'low') / count(*), 3)
    end as low_band_share,
    case
        when count(distinct learner_key) filter (where is_silent) >= 5
            then count(distinct learner_key) filter (where is_silent)
    end as silent_learner_count
from latest
where place = 1 and is_finished = are_all_finished
