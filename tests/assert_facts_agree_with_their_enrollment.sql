-- What: the learner, course run and demographics on a fact are those of its enrollment (posts by staff have none).
-- When it fails: drill-across by enrollment and slicing by dimension would give different answers.
-- How to resolve: the fact named here does not take its keys from int_enrollment.
{%- set facts = ['fct_daily_activity', 'fct_learning_event', 'fct_submission', 'fct_post', 'fct_enrollment_week'] %}
with

enrollments as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key
    from {{ ref('fct_enrollment') }}
),

{% for fact in facts %}
    {{ fact }}_keys as (
        -- distinct: one row per combination of keys is enough to compare
        select distinct
            '{{ fact }}' as fact,
            enrollment_key,
            learner_key,
            course_run_key,
            demographics_key
        from {{ ref(fact) }}
        where {{ course_run_has_news() }}{{ ' and not is_staff' if fact == 'fct_post' }}
    ),
{% endfor %}

fact_keys as (
    {%- for fact in facts %}
        select * from {{ fact }}_keys
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select fact_keys.*
from fact_keys
left join enrollments
    on
        fact_keys.enrollment_key = enrollments.enrollment_key
        and fact_keys.learner_key = enrollments.learner_key
        and fact_keys.course_run_key = enrollments.course_run_key
        and fact_keys.demographics_key = enrollments.demographics_key
where enrollments.enrollment_key is null
