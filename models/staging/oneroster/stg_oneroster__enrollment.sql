{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__enrollment.sql: grain = course run x learner of the latest delivery, or person known there as staff
with

records as (
    select * from {{ ref('checked_oneroster__enrollment') }}
    where quarantine_reason is null and not is_redelivered
),

enrollments as (
    select * from records
    where is_current and enrollment_role = 'student'
),

-- of any delivery: what somebody did in a run stays that of staff when the roster no longer shows them there
roles as (
    select
        course_run_id,
        user_id,
        bool_or(enrollment_role = 'student') as was_student,
        bool_or(enrollment_role in ('teacher', 'aide', 'proctor', 'administrator')) as was_staff
    from records
    group by course_run_id, user_id
),

-- who is only staff in a run; outside of course runs, who is only staff in all of them
staff as (
    select
        course_run_id,
        user_id
    from roles
    where was_staff and not was_student
    union all
    select
        '(none)' as course_run_id,
        user_id
    from roles
    group by user_id
    having bool_or(was_staff) and not bool_or(was_student)
),

course_runs as (
    select * from {{ ref('stg_oneroster__course_run') }}
),

observations as (
    select * from {{ ref('stg_oneroster__learner_observation') }}
),

line_items as (
    select * from {{ ref('checked_oneroster__line_item') }}
    where is_current
),

categories as (
    select * from {{ ref('map_oneroster_category') }}
),

results as (
    select * from {{ ref('checked_oneroster__result') }}
    where is_current
),

-- the grade of the whole run; the latest where a run was graded twice
final_grades as (
    select
        line_items.course_run_id,
        results.user_id,
        arg_max(
            results.text_score, (coalesce(results.score_date, date '1900-01-01'), results.result_id)
        ) as final_grade
    from results
    inner join line_items using (assessment_id)
    inner join categories using (category_id)
    where categories.is_final_grade and results.text_score in ('distinction', 'pass', 'fail')
    group by line_items.course_run_id, results.user_id
),

-- who left and came back has several records for one run: enrolled from the first begin to the last end
spans as (
    select
        course_run_id,
        user_id,
        min(begin_date) as begin_date,
        case when count(end_date) = count(*) then max(end_date) end as end_date
    from enrollments
    group by course_run_id, user_id
),

outcomes as (
    select
        spans.course_run_id,
        spans.user_id,
        spans.begin_date,
        final_grades.final_grade,
        -- an end before that of the term is a withdrawal, unless the learner has passed already
        case
            when final_grades.final_grade in ('distinction', 'pass') then null
            when spans.end_date <= course_runs.end_date then spans.end_date
        end as withdrawn_date,
        case
            when final_grades.final_grade in ('distinction', 'pass') then course_runs.end_date
        end as completed_date
    from spans
    left join course_runs using (course_run_id)
    left join final_grades using (course_run_id, user_id)
),

-- the learner as last observed before the registration, else as first observed after it
observed as (
    select
        outcomes.course_run_id,
        outcomes.user_id,
        observations.gender,
        observations.birth_date,
        coalesce(outcomes.begin_date, observations.delivered_date) as seen_date,
        observations.region,
        observations.highest_education,
        observations.deprivation_band,
        observations.has_disability
    from outcomes
    inner join observations on outcomes.user_id = observations.learner_id
    qualify row_number() over (
        partition by outcomes.course_run_id, outcomes.user_id
        order by
            observations.delivered_date > outcomes.begin_date,
            abs({{ days_between('outcomes.begin_date', 'observations.delivered_date') }}),
            observations.delivered_date
    ) = 1
),

people as (
    select
        course_run_id,
        user_id,
        false as is_staff,
        begin_date,
        withdrawn_date,
        completed_date,
        case when withdrawn_date is null then final_grade else 'withdrawn' end as final_result
    from outcomes
    union all
    select
        course_run_id,
        user_id,
        true as is_staff,
        null as begin_date,
        null as withdrawn_date,
        null as completed_date,
        null as final_result
    from staff
),

stg_oneroster__enrollment as (
    select
        'oneroster' as source_system,
        people.course_run_id,
        people.user_id as learner_id,
        people.is_staff,
        people.begin_date as registered_date,
        people.withdrawn_date,
        people.completed_date,
        people.final_result,
        cast(null as integer) as previous_attempt_count,
        cast(null as integer) as studied_credits,
        observed.gender,
        {{ age_band('observed.birth_date', 'observed.seen_date') }} as age_band,
        observed.region,
        observed.highest_education,
        observed.deprivation_band,
        observed.has_disability
    from people
    left join observed
        on
            people.course_run_id = observed.course_run_id
            and people.user_id = observed.user_id
            and not people.is_staff
)

select * from stg_oneroster__enrollment
