runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
)
