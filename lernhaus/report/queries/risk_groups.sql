-- mean probability to fail or withdraw by what is known of the learners, on an as-of day: in all courses (course null)
-- and in a course. Groups of fewer than 5 learners are left out, numbers at high risk of 1 to 4 are withheld
with

runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
),

attributes as (
    select
        dim_demographics.demographics_key,
        attribute.attribute,
        coalesce(attribute.attribute_value, 'unknown') as attribute_value
    from dim_demographics
    cross join lateral (
        values
        ('age_band', age_band),
        ('gender', gender),
        ('highest_education', highest_education),
        ('deprivation_band', deprivation_band),
        ('disability', disability)
    ) as attribute (attribute, attribute_value)
),

groups as (
    select
        runs.course,
        attributes.attribute,
        attributes.attribute_value,
        risk_enrollment.as_of_day,
        avg(risk_enrollment.fail_or_withdraw_probability) as mean_probability,
        count(*) as learner_count,
        count(*) filter (where risk_enrollment.risk_band = 'high') as high_risk_count
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    inner join attributes using (demographics_key)
    group by grouping sets (
        (attributes.attribute, attributes.attribute_value, risk_enrollment.as_of_day),
        (runs.course, attributes.attribute, attributes.attribute_value, risk_enrollment.as_of_day)
    )
),

ranked as (
    select
        *,
        count(*) filter (where learner_count < 5) over (partition by course, attribute, as_of_day) as small_group_count,
        row_number() over (partition by course, attribute, as_of_day order by learner_count) as place
    from groups
)

select
    course,
    attribute,
    attribute_value,
    as_of_day,
    round(mean_probability, 3) as mean_fail_or_withdraw_probability,
    learner_count,
    case when high_risk_count not between 1 and 4 then round(high_risk_count / learner_count, 3) end as high_risk_share
from ranked
-- a group that alone is left out could be told from the others: the next one is left out with it
where learner_count >= 5 and not (small_group_count = 1 and place = 2)
order by course, attribute, attribute_value, as_of_day
