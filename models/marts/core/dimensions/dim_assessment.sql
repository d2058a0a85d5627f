-- dim_assessment.sql: grain = assessment
with

assessments as (
    select * from {{ ref('assessment') }}
),

course_runs as (
    select
        source_system,
        course_run_id,
        course_run_key,
        start_date
    from {{ ref('int_course_run') }}
),

handed_in as (
    select
        source_system,
        assessment_id,
        min(course_run_id) as course_run_id
    from {{ ref('submission') }}
    group by source_system, assessment_id
),

described as (
    select
        coalesce(assessments.source_system, handed_in.source_system) as source_system,
        coalesce(assessments.assessment_id, handed_in.assessment_id) as assessment_id,
        coalesce(assessments.course_run_id, handed_in.course_run_id) as course_run_id,
        assessments.assessment_name,
        coalesce(assessments.assessment_type, 'other') as assessment_type,
        assessments.due_date,
        assessments.weight,
        assessments.assessment_id is null as is_inferred
    from assessments
    full outer join handed_in
        on
            assessments.source_system = handed_in.source_system
            and assessments.assessment_id = handed_in.assessment_id
),

dim_assessment as (
    select
        {{ surrogate_key(['described.source_system', 'described.assessment_id']) }} as assessment_key,
        described.source_system,
        described.assessment_id,
        course_runs.course_run_key,
        coalesce(described.assessment_name, described.assessment_id) as assessment_name,
        described.assessment_type,
        {{ date_key('described.due_date') }} as due_date_key,
        described.due_date,
        {{ days_between('course_runs.start_date', 'described.due_date') }} as due_course_day,
        described.weight,
        described.is_inferred
    from described
    inner join course_runs
        on
            described.source_system = course_runs.source_system
            and described.course_run_id = course_runs.course_run_id

    union all

    select
        {{ unknown_key() }} as assessment_key,
        'unknown' as source_system,
        'unknown' as assessment_id,
        {{ unknown_key() }} as course_run_key,
        'unknown' as assessment_name,
        'other' as assessment_type,
        {{ unknown_key() }} as due_date_key,
        cast(null as date) as due_date,
        cast(null as integer) as due_course_day,
        cast(null as double) as weight,
        true as is_inferred
)

select * from dim_assessment
