-- courses and their runs with at least 5 learners, to choose from
select
    coalesce(dim_course.course_code, dim_course.course_id) as course,
    dim_course_run.course_run_id as course_run
from dim_course_run
inner join dim_course using (course_key)
inner join growth_enrollment_funnel using (course_run_key)
where growth_enrollment_funnel.stage_number = 1 and growth_enrollment_funnel.enrollment_count >= 5
order by course, course_run
