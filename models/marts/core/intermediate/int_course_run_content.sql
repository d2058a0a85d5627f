{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='course_run_key',
    pre_hook="{{ forget_gone_runs() }}",
    on_schema_change='fail',
) }}
-- int_course_run_content.sql: grain = course run
{%- set is_over %}
    enrollments.run_end_date < as_of.as_of_date
    and greatest(enrollments.last_date, submissions.last_date, posts.last_date) < as_of.as_of_date
{%- endset %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

-- every use of an activity adds to the count of its enrollment, so the daily facts need no look
enrollments as (
    select
        course_run_key,
        max(run_end_date) as run_end_date,
        max(greatest(run_end_date, registered_date, withdrawn_date, completed_date, last_active_date)) as last_date,
        bit_xor({{ row_hash([
            'enrollment_key', 'demographics_key', 'run_start_date', 'run_end_date', 'registered_date',
            'withdrawn_date', 'completed_date', 'first_active_date', 'last_active_date', 'interaction_count',
            'final_result', 'previous_attempt_count', 'studied_credits',
        ]) }}) as content_hash
    from {{ ref('int_enrollment') }}
    group by course_run_key
),

submissions as (
    select
        course_run_key,
        max(greatest(submitted_date, scored_date)) as last_date,
        bit_xor({{ row_hash([
            'enrollment_key', 'assessment_key', 'attempt_number', 'submitted_date', 'submitted_at', 'is_late', 'due_date',
            'scored_date', 'score', 'is_banked', 'is_gradebook_only',
        ]) }}) as content_hash
    from {{ ref('fct_submission') }}
    group by course_run_key
),

posts as (
    select
        course_run_key,
        max(posted_date) as last_date,
        bit_xor({{ row_hash(['post_key', 'enrollment_key', 'posted_at']) }}) as content_hash
    from {{ ref('fct_post') }}
    group by course_run_key
),

assessments as (
    select
        course_run_key,
        bit_xor({{ row_hash(['assessment_key', 'due_date', 'assessment_type', 'weight']) }}) as content_hash
    from {{ ref('dim_assessment') }}
    group by course_run_key
),

activities as (
    select
        course_runs.course_run_key,
        bit_xor({{ row_hash(['activities.activity_key', 'activities.activity_type']) }}) as content_hash
    from {{ ref('int_activity_use') }} as uses
    inner join {{ ref('int_course_run') }} as course_runs
        on
            uses.source_system = course_runs.source_system
            and uses.course_run_id = course_runs.course_run_id
    inner join {{ ref('dim_activity') }} as activities
        on
            uses.source_system = activities.source_system
            and uses.activity_id = activities.activity_id
    group by course_runs.course_run_key
),

course_runs as (
    select
        course_run_key,
        course_key
    from {{ ref('int_course_run') }}
),

-- what is known of a run changes with the as-of date until the run is over, and the last score is known
contents as (
    select
        enrollments.course_run_key,
        {{ row_hash([
            'enrollments.content_hash', 'submissions.content_hash', 'posts.content_hash', 'assessments.content_hash',
            'activities.content_hash', 'course_runs.course_key',
            'case when ' ~ is_over ~ ' then null else as_of.as_of_date end',
        ]) }} as content_hash
    from enrollments
    inner join course_runs
        on enrollments.course_run_key = course_runs.course_run_key
    cross join as_of
    left join submissions
        on enrollments.course_run_key = submissions.course_run_key
    left join posts
        on enrollments.course_run_key = posts.course_run_key
    left join assessments
        on enrollments.course_run_key = assessments.course_run_key
    left join activities
        on enrollments.course_run_key = activities.course_run_key
),

int_course_run_content as (
    select
        contents.course_run_key,
        contents.content_hash,
        {{ load_id() }} as load_id
    from contents
    {%- if is_incremental() %}
    left join {{ this }} as known
        on
            contents.course_run_key = known.course_run_key
            and contents.content_hash = known.content_hash
    where known.course_run_key is null
    {%- endif %}
)

select * from int_course_run_content
