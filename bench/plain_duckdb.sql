-- The core tables of OULAD as one would write them by hand for DuckDB: no staging, no checks, no tests.
-- Runs in an empty database; the variables extracts, activity_types, hmac_inner and hmac_outer are set before.
-- The contents are those of the dbt project, table by table; bench/compare.py holds it.

create temp macro surrogate_key(parts) as
    cast(cast(cast('0x' || md5(array_to_string(
        [coalesce(replace(replace(part, '~', '~~'), '|', '~|'), '~n') for part in parts], '|'
    ))[:16] as ubigint) as bit) as bigint);

create temp macro pseudonym(learner_id) as
    sha256(getvariable('hmac_outer') || unhex(sha256(getvariable('hmac_inner') || encode('oulad|' || learner_id))));

create temp macro date_key(day) as
    cast(coalesce(year(day) * 10000 + month(day) * 100 + day(day), -1) as bigint);

create temp macro course_week(course_day) as cast(floor(course_day / 7.0) as integer);

create temp macro csv(file, column_types) as table
    from read_csv(
        getvariable('extracts') || '/' || file || '.csv', header = true, nullstr = ['', '?'], types = column_types
    );


-- what the dimensions and facts share, in temporary tables

create temp table course_runs as
select
    code_module as course_id,
    code_presentation as term_name,
    code_module || '-' || code_presentation as course_run_id,
    surrogate_key(['oulad', course_run_id]) as course_run_key,
    surrogate_key(['oulad', course_id]) as course_key,
    make_date(
        cast(term_name[:4] as integer), case term_name[5:] when 'B' then 2 when 'J' then 10 end, 1
    ) as start_date,
    start_date + cast(module_presentation_length as integer) as end_date
from csv('courses', {'module_presentation_length': 'integer'});

create temp table sites as
select
    id_site,
    surrogate_key(['oulad', id_site::varchar]) as activity_key,
    course_run_key,
    start_date,
    vle.activity_type as source_activity_type,
    coalesce(activity_types.activity_type, 'other') as activity_type,
    week_from,
    week_to
from csv('vle', {'id_site': 'integer', 'week_from': 'integer', 'week_to': 'integer'}) as vle
inner join course_runs on code_module = course_id and code_presentation = term_name
left join read_csv(getvariable('activity_types')) as activity_types
    on vle.activity_type = source_activity_type and source_system = 'oulad';

create temp table assessments as
select
    id_assessment,
    surrogate_key(['oulad', id_assessment::varchar]) as assessment_key,
    course_run_key,
    case assessment_type when 'TMA' then 'assignment' when 'CMA' then 'quiz' when 'Exam' then 'exam' else 'other' end
        as assessment_type,
    start_date + date as due_date,
    date as due_course_day,
    weight
from csv('assessments', {'id_assessment': 'integer', 'date': 'integer', 'weight': 'double'})
inner join course_runs on code_module = course_id and code_presentation = term_name;

-- the records, of which only what is needed is read; bench/plain_duckdb.py can have them kept in a table
create temp view clicks as
from csv('studentVle', {'id_student': 'integer', 'id_site': 'integer', 'date': 'smallint', 'sum_click': 'integer'});

create temp table daily_clicks as
select
    id_student,
    id_site,
    date as course_day,
    cast(sum(sum_click) as bigint) as interaction_count
from clicks
group by id_student, id_site, date;

create temp table activity_spans as
select
    id_student,
    course_run_key,
    min(course_day) as first_active_course_day,
    max(course_day) as last_active_course_day,
    sum(interaction_count) as interaction_count
from daily_clicks
inner join sites using (id_site)
group by id_student, course_run_key;

create temp table infos as
select
    id_student,
    pseudonym(id_student::varchar) as learner_pseudonym,
    course_runs.course_run_id,
    course_runs.course_run_key,
    course_runs.start_date,
    course_runs.end_date,
    start_date + date_registration as registered_date,
    start_date + date_unregistration as withdrawn_date,
    date_registration as registered_course_day,
    date_unregistration as withdrawn_course_day,
    case when infos.final_result in ('Pass', 'Distinction') then end_date end as completed_date,
    lower(infos.final_result) as final_result,
    num_of_prev_attempts as previous_attempt_count,
    studied_credits,
    case when gender in ('F', 'M') then lower(gender) when gender <> '' then 'other' end as gender,
    age_band,
    region,
    highest_education,
    rtrim(imd_band, '%') || '%' as deprivation_band,
    disability = 'Y' as has_disability
from csv('studentInfo', {
    'id_student': 'integer', 'num_of_prev_attempts': 'integer', 'studied_credits': 'integer', 'disability': 'varchar'
}) as infos
inner join course_runs on code_module = course_id and code_presentation = term_name
left join csv('studentRegistration', {
    'id_student': 'integer', 'date_registration': 'integer', 'date_unregistration': 'integer'
}) using (code_module, code_presentation, id_student);

create temp table learners as
select
    id_student,
    learner_pseudonym,
    surrogate_key(['oulad', learner_pseudonym]) as learner_key,
    surrogate_key([learner_key::varchar, '1900-01-01']) as learner_version_key,
    gender,
    age_band,
    region,
    highest_education,
    deprivation_band,
    has_disability
from infos
qualify row_number() over (partition by id_student order by start_date desc, course_run_id asc) = 1;

create temp table enrollments as
select
    surrogate_key(['oulad', course_run_id, infos.learner_pseudonym]) as enrollment_key,
    learner_key,
    learner_version_key,
    case
        when coalesce(
            infos.gender,
            infos.age_band,
            infos.region,
            infos.highest_education,
            infos.deprivation_band,
            infos.has_disability::varchar
        ) is null then -1
        else surrogate_key([
            infos.gender,
            infos.age_band,
            infos.region,
            infos.highest_education,
            infos.deprivation_band,
            infos.has_disability::varchar
        ])
    end as demographics_key,
    infos.*,
    start_date + first_active_course_day as first_active_date,
    start_date + last_active_course_day as last_active_date,
    first_active_course_day,
    last_active_course_day,
    cast(coalesce(interaction_count, 0) as bigint) as interaction_count
from infos
inner join learners using (id_student)
left join activity_spans using (id_student, course_run_key);

create temp table submissions as
select
    enrollment_key,
    learner_key,
    enrollments.course_run_key,
    demographics_key,
    assessment_key,
    due_date,
    due_course_day,
    start_date + date_submitted as submitted_date,
    date_submitted as submitted_course_day,
    score,
    is_banked = 1 as is_banked
from csv('studentAssessment', {
    'id_assessment': 'integer',
    'id_student': 'integer',
    'date_submitted': 'integer',
    'is_banked': 'integer',
    'score': 'double'
})
inner join assessments using (id_assessment)
inner join enrollments using (id_student, course_run_key);

-- the warehouse looks at the data from the last day on which anybody did something
create temp table as_of as
select greatest(
    (select max(last_active_date) from enrollments),
    (select max(submitted_date) from submissions where not is_banked)
) as as_of_date;


-- dimensions and bridge, each with its unknown member

create table dim_organization as
select
    cast(-1 as bigint) as organization_key,
    'unknown' as source_system,
    'unknown' as organization_id,
    'unknown' as organization_name,
    'unknown' as organization_type,
    cast(-1 as bigint) as parent_organization_key,
    true as is_inferred;

create table bridge_organization as
select
    organization_key,
    organization_key as ancestor_organization_key,
    0 as level_count
from dim_organization;

create table dim_course as
select
    course_key,
    'oulad' as source_system,
    course_id,
    course_id as course_title,
    course_id as course_code,
    cast(null as varchar) as subject,
    cast(-1 as bigint) as organization_key,
    false as is_inferred
from course_runs
group by course_key, course_id
union all
values (-1, 'unknown', 'unknown', 'unknown', null, null, -1, true);

create table dim_course_run as
select
    course_run_key,
    course_key,
    'oulad' as source_system,
    course_run_id,
    course_run_id as course_run_title,
    term_name,
    start_date,
    end_date,
    cast(end_date - start_date + 1 as integer) as run_length_days,
    end_date < as_of_date as is_finished,
    true as is_nominal_calendar,
    false as is_inferred
from course_runs
cross join as_of
union all
values (-1, -1, 'unknown', 'unknown', 'unknown', null, null, null, null, false, false, true);

create table dim_activity as
select
    activity_key,
    'oulad' as source_system,
    id_site::varchar as activity_id,
    course_run_key,
    id_site::varchar as activity_name,
    activity_type,
    source_activity_type,
    week_from as available_from_course_week,
    week_to as available_to_course_week,
    false as is_inferred
from sites
union all
values (-1, 'unknown', 'unknown', -1, 'unknown', 'other', null, null, null, true);

create table dim_assessment as
select
    assessment_key,
    'oulad' as source_system,
    id_assessment::varchar as assessment_id,
    course_run_key,
    id_assessment::varchar as assessment_name,
    assessment_type,
    date_key(due_date) as due_date_key,
    due_date,
    due_course_day,
    weight,
    false as is_inferred
from assessments
union all
values (-1, 'unknown', 'unknown', -1, 'unknown', 'other', -1, null, null, null, true);

create table dim_learner as
select
    learner_key,
    learner_pseudonym,
    'oulad' as source_system,
    cast(-1 as bigint) as organization_key,
    cast(null as varchar) as programme,
    cast(null as boolean) as is_active,
    gender,
    age_band,
    region,
    highest_education,
    deprivation_band,
    has_disability,
    false as is_inferred
from learners
union all
values (-1, 'unknown', 'unknown', -1, null, null, null, null, null, null, null, null, true);

create table dim_learner_version as
select
    learner_version_key,
    learner_key,
    1 as version_number,
    date '1900-01-01' as valid_from_date,
    date '9999-12-31' as valid_to_date,
    true as is_current,
    cast(-1 as bigint) as organization_key,
    cast(null as varchar) as programme,
    gender,
    age_band,
    region,
    highest_education,
    deprivation_band,
    has_disability
from learners
union all
values (-1, -1, 1, date '1900-01-01', date '9999-12-31', true, -1, null, null, null, null, null, null, null);

create table dim_demographics as
select
    demographics_key,
    coalesce(any_value(gender), 'unknown') as gender,
    coalesce(any_value(age_band), 'unknown') as age_band,
    coalesce(any_value(region), 'unknown') as region,
    coalesce(any_value(highest_education), 'unknown') as highest_education,
    coalesce(any_value(deprivation_band), 'unknown') as deprivation_band,
    case any_value(has_disability) when true then 'yes' when false then 'no' else 'unknown' end as disability
from enrollments
where demographics_key <> -1
group by demographics_key
union all
values (-1, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown');

create table dim_date as
with
named_dates as (
    select unnest([
        registered_date, withdrawn_date, completed_date, first_active_date, last_active_date, start_date, end_date
    ]) as date_day
    from enrollments
    union all
    select unnest([submitted_date, due_date]) from submissions
    union all
    select due_date from assessments
),

days as (
    select cast(unnest(generate_series(min(date_day) - 7, max(date_day) + 7, interval 1 day)) as date) as date_day
    from named_dates
)

select
    date_key(date_day) as date_key,
    date_day,
    cast(isodow(date_day) as integer) as day_of_week,
    dayname(date_day) as day_name,
    isodow(date_day) >= 6 as is_weekend,
    cast(day(date_day) as integer) as day_of_month,
    cast(week(date_day) as integer) as iso_week,
    cast(isoyear(date_day) as integer) as iso_year,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(month(date_day) as integer) as month_number,
    monthname(date_day) as month_name,
    cast(date_trunc('month', date_day) as date) as month_start_date,
    cast(quarter(date_day) as integer) as quarter_number,
    cast(year(date_day) as integer) as year_number
from days
union all
values (-1, null, null, 'unknown', null, null, null, null, null, null, 'unknown', null, null, null);


-- facts, in the order of course runs and enrollments

create table fct_enrollment as
select
    enrollment_key,
    learner_key,
    learner_version_key,
    course_run_key,
    demographics_key,
    date_key(registered_date) as registered_date_key,
    date_key(first_active_date) as first_active_date_key,
    date_key(last_active_date) as last_active_date_key,
    date_key(withdrawn_date) as withdrawn_date_key,
    date_key(completed_date) as completed_date_key,
    registered_date,
    first_active_date,
    last_active_date,
    withdrawn_date,
    completed_date,
    registered_course_day,
    cast(first_active_course_day as integer) as first_active_course_day,
    cast(last_active_course_day as integer) as last_active_course_day,
    withdrawn_course_day,
    cast(first_active_date - registered_date as integer) as registered_to_first_active_days,
    final_result,
    interaction_count,
    previous_attempt_count,
    studied_credits,
    false as is_inferred
from enrollments
order by course_run_key, enrollment_key;

create table fct_daily_activity as
select
    enrollment_key,
    learner_key,
    enrollments.course_run_key,
    demographics_key,
    activity_key,
    date_key(enrollments.start_date + course_day) as date_key,
    enrollments.start_date + course_day as activity_date,
    cast(course_day as integer) as course_day,
    course_week(course_day) as course_week,
    daily_clicks.interaction_count,
    cast(null as bigint) as duration_seconds
from daily_clicks
inner join sites using (id_site)
inner join enrollments using (id_student, course_run_key)
order by course_run_key, enrollment_key, activity_date;

create table fct_submission as
select
    enrollment_key,
    learner_key,
    course_run_key,
    demographics_key,
    assessment_key,
    date_key(submitted_date) as submitted_date_key,
    date_key(due_date) as due_date_key,
    1 as attempt_number,
    cast(null as timestamp) as submitted_at,
    submitted_date,
    due_date,
    submitted_course_day,
    case when score is not null then submitted_date end as scored_date,
    case when score is not null then submitted_course_day end as scored_course_day,
    cast(due_date - submitted_date as integer) as days_before_due,
    case when not is_banked then submitted_date > due_date end as is_late,
    score,
    is_banked,
    false as is_gradebook_only
from submissions
order by enrollment_key, assessment_key;

create table fct_enrollment_week as
with
numbered_weeks as (
    select
        enrollments.*,
        as_of.as_of_date,
        unnest(generate_series(
            course_week(coalesce(registered_course_day, 0)),
            course_week(least(end_date, withdrawn_date, as_of.as_of_date) - start_date)
        )) as number
    from enrollments
    cross join as_of
),

weeks as (
    select
        *,
        cast(number as integer) as course_week,
        cast(start_date + 7 * course_week as date) as week_start_date,
        week_start_date + 6 as week_end_date
    from numbered_weeks
),

-- days of a week as bits: counting them needs no second aggregation
site_weeks as (
    select
        enrollment_key,
        course_week,
        activity_key,
        sum(interaction_count) as interaction_count,
        bit_or(1 << (isodow(activity_date) - 1)) as day_mask,
        max(activity_date) as last_active_date
    from fct_daily_activity
    group by enrollment_key, course_week, activity_key
),

use_by_week as (
    select
        enrollment_key,
        course_week,
        sum(interaction_count) as interaction_count,
        bit_count(bit_or(day_mask)) as active_day_count,
        count(*) as activity_count,
        count(distinct activity_type) as activity_type_count,
        max(last_active_date) as last_active_date
    from site_weeks
    inner join sites using (activity_key)
    group by enrollment_key, course_week
),

-- what is due, and since when: assessments that somebody handed in; exams are sat in a hall
due_assessments as (
    select
        course_run_key,
        assessment_key,
        course_week(greatest(any_value(due_course_day), min(submitted_course_day))) as due_course_week
    from submissions
    where not is_banked
    group by course_run_key, assessment_key
    having any_value(due_course_day) is not null
),

first_weeks as (
    select
        enrollment_key,
        course_week(coalesce(registered_course_day, 0)) as first_course_week
    from enrollments
),

submissions_by_week as (
    select
        enrollment_key,
        course_week(submitted_course_day) as course_week,
        count(*) as submission_count,
        count(*) filter (not submitted_date > due_date) as on_time_submission_count,
        count(*) filter (submitted_date > due_date) as late_submission_count,
        count(*) filter (submitted_date > due_date and due_course_week >= first_course_week) as due_late_count,
        sum(least(due_date - submitted_date, 7)) filter (not submitted_date > due_date) as early_day_count,
        sum(score) as score_sum,
        count(score) as scored_submission_count
    from submissions
    left join due_assessments using (course_run_key, assessment_key)
    left join first_weeks using (enrollment_key)
    where not is_banked
    group by enrollment_key, course_week
),

due_by_week as (
    select
        course_run_key,
        due_course_week as course_week,
        count(*) as assessment_count
    from due_assessments
    group by course_run_key, course_week
),

done_by_due_week as (
    select
        enrollment_key,
        due_course_week as course_week,
        count(*) filter (is_banked) as banked_count,
        count(*) filter (not is_banked and not submitted_date > due_date) as on_time_count
    from submissions
    inner join due_assessments using (course_run_key, assessment_key)
    group by enrollment_key, course_week
)

select
    enrollment_key,
    learner_key,
    course_run_key,
    demographics_key,
    date_key(week_start_date) as date_key,
    course_week,
    week_start_date,
    coalesce(withdrawn_date > week_end_date, true) as is_enrolled_at_week_end,
    cast(coalesce(use_by_week.interaction_count, 0) as bigint) as interaction_count,
    cast(null as bigint) as duration_seconds,
    cast(coalesce(active_day_count, 0) as integer) as active_day_count,
    cast(coalesce(activity_count, 0) as integer) as activity_count,
    cast(coalesce(activity_type_count, 0) as integer) as activity_type_count,
    0 as post_count,
    cast(coalesce(due_by_week.assessment_count, 0) - coalesce(banked_count, 0) as integer) as assessment_due_count,
    cast(coalesce(on_time_count, 0) as integer) as due_on_time_count,
    cast(coalesce(submission_count, 0) as integer) as submission_count,
    cast(coalesce(on_time_submission_count, 0) as integer) as on_time_submission_count,
    cast(coalesce(late_submission_count, 0) as integer) as late_submission_count,
    cast(coalesce(due_late_count, 0) as integer) as due_late_count,
    cast(coalesce(early_day_count, 0) as integer) as early_day_count,
    score_sum,
    cast(coalesce(scored_submission_count, 0) as integer) as scored_submission_count,
    cast(week_end_date - max(use_by_week.last_active_date) over (
        partition by enrollment_key order by course_week
    ) as integer) as days_since_last_active
from weeks
left join use_by_week using (enrollment_key, course_week)
left join submissions_by_week using (enrollment_key, course_week)
left join due_by_week using (course_run_key, course_week)
left join done_by_due_week using (enrollment_key, course_week)
where least(week_end_date, end_date) <= as_of_date
order by course_run_key, enrollment_key, course_week;

-- OULAD has neither single events nor texts

create table fct_learning_event (
    source_system varchar,
    event_id varchar,
    enrollment_key bigint,
    learner_key bigint,
    course_run_key bigint,
    demographics_key bigint,
    activity_key bigint,
    date_key bigint,
    event_date date,
    occurred_at timestamp,
    course_day integer,
    verb varchar,
    session_id varchar,
    duration_seconds bigint
);

create table fct_post (
    post_key bigint,
    source_system varchar,
    post_id varchar,
    enrollment_key bigint,
    learner_key bigint,
    course_run_key bigint,
    demographics_key bigint,
    activity_key bigint,
    date_key bigint,
    parent_post_key bigint,
    posted_at timestamp,
    posted_date date,
    course_day integer,
    is_reply boolean,
    is_staff boolean,
    text varchar
);
