-- mean probability to fail or withdraw by what is known of the learners, on an as-of day: in all courses (course null)
-- and in a course, and the number of enrollments. Groups of fewer than 5 learners are withheld, as are shares at high
-- risk of 1 to 4 and of all but 1 to 4
with

-- shared: runs,

attributes as (
    select
        dim_demographics.demographics_key,
        known.attribute,
        coalesce(known.attribute_value, 'unknown') as attribute_value
    from dim_demographics
    cross join (
        values
        ('age_band', dim_demographics.age_band),
        ('gender', dim_demographics.gender),
        ('highest_education', dim_demographics.highest_education),
        ('deprivation_band', dim_demographics.deprivation_band),
        ('disability', dim_demographics.disability)
    ) as known (attribute, attribute_value)
),

parts as (
    select
        runs.course,
        attributes.attribute,
        attributes.attribute_value,
        risk_enrollment.as_of_day,
        avg(risk_enrollment.fail_or_withdraw_probability) as mean_probability,
        count(*) as learner_count,
        count(distinct fct_enrollment.learner_key) as person_count,
        count(*) filter (where risk_enrollment.risk_band = 'high') as high_risk_count
    from risk_enrollment
    inner join fct_enrollment using (enrollment_key)
    inner join runs using (course_run_key)
    inner join attributes using (demographics_key)
    group by attributes.attribute, attributes.attribute_value, risk_enrollment.as_of_day, rollup(runs.course)
),

-- shared: told by course, attribute, as_of_day

select
    course,
    attribute,
    attribute_value,
    as_of_day,
    case when is_told then round(mean_probability, 3) end as mean_fail_or_withdraw_probability,
    case when is_told then learner_count end as learner_count,
    case
        when is_told and high_risk_count not between 1 and 4 and learner_count - high_risk_count not between 1 and 4
            then round(high_risk_count / learner_count, 3)
    end as high_risk_share
from told
order by course, attribute, attribute_value, as_of_day
