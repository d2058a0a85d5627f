-- int_enrollment.sql: grain = source system x course run x learner
with

roster as (
    select * from {{ ref('enrollment') }}
    where not is_staff
),

seen as (
    select * from {{ ref('int_enrollment_seen') }}
    where not is_staff
),

learners as (
    select
        source_system,
        learner_id,
        learner_pseudonym,
        learner_key
    from {{ ref('int_learner') }}
),

course_runs as (
    select
        source_system,
        course_run_id,
        course_run_key,
        start_date,
        end_date
    from {{ ref('int_course_run') }}
),

participations as (
    select
        coalesce(roster.source_system, seen.source_system) as source_system,
        coalesce(roster.course_run_id, seen.course_run_id) as course_run_id,
        coalesce(roster.learner_id, seen.learner_id) as learner_id,
        roster.learner_id is null as is_inferred,
        case when roster.learner_id is null then seen.first_seen_date else roster.registered_date end
            as registered_date,
        roster.withdrawn_date,
        roster.completed_date,
        seen.first_active_date,
        seen.last_active_date,
        coalesce(seen.interaction_count, 0) as interaction_count,
        roster.final_result,
        roster.previous_attempt_count,
        roster.studied_credits,
        roster.gender,
        roster.age_band,
        roster.region,
        roster.highest_education,
        roster.deprivation_band,
        roster.has_disability
    from roster
    full outer join seen
        on
            roster.source_system = seen.source_system
            and roster.course_run_id = seen.course_run_id
            and roster.learner_id = seen.learner_id
),

int_enrollment as (
    select
        participations.source_system,
        participations.course_run_id,
        participations.learner_id,
        {{ surrogate_key([
            'participations.source_system', 'participations.course_run_id', 'learners.learner_pseudonym'
        ]) }} as enrollment_key,
        learners.learner_key,
        course_runs.course_run_key,
        case
            when
                coalesce(
                    participations.gender,
                    participations.age_band,
                    participations.region,
                    participations.highest_education,
                    participations.deprivation_band,
                    cast(participations.has_disability as {{ dbt.type_string() }})
                ) is null
                then {{ unknown_key() }}
            else {{ surrogate_key([
                'participations.gender', 'participations.age_band', 'participations.region',
                'participations.highest_education', 'participations.deprivation_band',
                'participations.has_disability'
            ]) }}
        end as demographics_key,
        participations.is_inferred,
        course_runs.start_date as run_start_date,
        course_runs.end_date as run_end_date,
        participations.registered_date,
        participations.withdrawn_date,
        participations.completed_date,
        participations.first_active_date,
        participations.last_active_date,
        participations.interaction_count,
        participations.final_result,
        participations.previous_attempt_count,
        participations.studied_credits,
        participations.gender,
        participations.age_band,
        participations.region,
        participations.highest_education,
        participations.deprivation_band,
        participations.has_disability
    from participations
    inner join learners
        on
            participations.source_system = learners.source_system
            and participations.learner_id = learners.learner_id
    inner join course_runs
        on
            participations.source_system = course_runs.source_system
            and participations.course_run_id = course_runs.course_run_id
)

select * from int_enrollment
