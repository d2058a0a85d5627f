-- What: the sums of rpt_course_week are those of fct_enrollment_week, run by run, and who is enrolled in a week was
-- enrolled at the end of the one before or is new; rpt_activity_type_week has the same interactions,
-- rpt_assessment the same work due; rpt_learner_timeline has the milestones, days and submissions of the facts.
-- When it fails: a report lost or multiplied rows of a fact.
-- How to resolve: the check named here says which measure of which course run is off.
{%- set measures = [
    'interaction_count', 'duration_seconds', 'active_day_count', 'post_count', 'assessment_due_count',
    'submission_count', 'on_time_submission_count', 'late_submission_count', 'scored_submission_count'
] %}
{%- set milestones = {
    'registered': 'registered_date', 'first_active': 'first_active_date', 'withdrawn': 'withdrawn_date',
    'completed': 'completed_date'
} %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_weeks as (
    select
        *,
        lag(enrolled_at_week_end_count, 1, 0) over (
            partition by course_run_key
            order by course_week
        ) as enrolled_before_count
    from {{ ref('rpt_course_week') }}
    where {{ course_run_has_news() }}
),

reported as (
    select
        course_run_key,
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        sum(enrollment_count) as enrollment_count
    from course_weeks
    group by course_run_key
),

snapshot_weeks as (
    select
        course_run_key,
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        count(*) as enrollment_count
    from {{ ref('fct_enrollment_week') }}
    where {{ course_run_has_news() }}
    group by course_run_key
),

types as (
    select
        course_run_key,
        sum(interaction_count) as interaction_count
    from {{ ref('rpt_activity_type_week') }}
    where {{ course_run_has_news() }}
    group by course_run_key
),

assessments as (
    select
        course_run_key,
        sum(due_count) as due_count
    from {{ ref('rpt_assessment') }}
    where {{ course_run_has_news() }}
    group by course_run_key
),

told as (
    select
        course_run_key,
        {%- for milestone in milestones %}
            count(case when item_kind = '{{ milestone }}' then 1 end) as {{ milestone }}_count,
        {%- endfor %}
        count(case when item_kind in ('submission', 'score') then 1 end) as submission_count,
        count(score) as score_count,
        coalesce(sum(interaction_count), 0) as interaction_count
    from {{ ref('rpt_learner_timeline') }}
    where {{ course_run_has_news() }}
    group by course_run_key
),

enrollments as (
    select
        {%- for milestone, date in milestones.items() %}
            count(case when fct_enrollment.{{ date }} <= as_of.as_of_date then 1 end) as {{ milestone }}_count,
        {%- endfor %}
        fct_enrollment.course_run_key
    from {{ ref('fct_enrollment') }} as fct_enrollment
    cross join as_of
    where {{ course_run_has_news('fct_enrollment.course_run_key') }}
    group by fct_enrollment.course_run_key
),

submissions as (
    select
        fct_submission.course_run_key,
        count(*) as submission_count,
        count(case when fct_submission.scored_date <= as_of.as_of_date then fct_submission.score end) as score_count
    from {{ ref('fct_submission') }} as fct_submission
    inner join as_of
        on
            case
                when fct_submission.is_banked or fct_submission.is_gradebook_only then fct_submission.scored_date
                else fct_submission.submitted_date
            end <= as_of.as_of_date
    where {{ course_run_has_news('fct_submission.course_run_key') }}
    group by fct_submission.course_run_key
),

daily_activity as (
    select
        fct_daily_activity.course_run_key,
        sum(fct_daily_activity.interaction_count) as interaction_count
    from {{ ref('fct_daily_activity') }} as fct_daily_activity
    inner join as_of
        on fct_daily_activity.activity_date <= as_of.as_of_date
    where {{ course_run_has_news('fct_daily_activity.course_run_key') }}
    group by fct_daily_activity.course_run_key
),

checks as (
    {%- for measure in measures + ['enrollment_count'] %}
        select
            'rpt_course_week: {{ measure }}' as check_name,
            course_run_key,
            coalesce(reported.{{ measure }}, 0) as actual,
            coalesce(snapshot_weeks.{{ measure }}, 0) as expected
        from reported
        full outer join snapshot_weeks
            using (course_run_key)
        union all
    {%- endfor %}
    {%- for milestone in milestones %}
        select
            'rpt_learner_timeline: {{ milestone }}' as check_name,
            course_run_key,
            coalesce(told.{{ milestone }}_count, 0) as actual,
            enrollments.{{ milestone }}_count as expected
        from enrollments
        left join told
            using (course_run_key)
        union all
    {%- endfor %}
    {%- for measure in ['submission_count', 'score_count'] %}
        select
            'rpt_learner_timeline: {{ measure }}' as check_name,
            course_run_key,
            coalesce(told.{{ measure }}, 0) as actual,
            coalesce(submissions.{{ measure }}, 0) as expected
        from told
        full outer join submissions
            using (course_run_key)
        union all
    {%- endfor %}
    select
        'rpt_learner_timeline: interactions' as check_name,
        course_run_key,
        coalesce(told.interaction_count, 0) as actual,
        coalesce(daily_activity.interaction_count, 0) as expected
    from told
    full outer join daily_activity
        using (course_run_key)

    union all

    select
        'rpt_course_week: enrolled before or new' as check_name,
        course_run_key,
        enrollment_count as actual,
        enrolled_before_count + registered_count as expected
    from course_weeks

    union all

    select
        'rpt_activity_type_week: interactions' as check_name,
        course_run_key,
        coalesce(types.interaction_count, 0) as actual,
        reported.interaction_count as expected
    from reported
    left join types
        using (course_run_key)

    union all

    select
        'rpt_assessment: work due' as check_name,
        course_run_key,
        coalesce(assessments.due_count, 0) as actual,
        reported.assessment_due_count as expected
    from reported
    left join assessments
        using (course_run_key)
)

select *
from checks
where actual <> expected
