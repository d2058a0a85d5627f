-- Question: does the use of the platform grow from month to month, and from year to year?
-- Kind: period over period, by calendar month.
-- Grain: calendar month.
-- Reading: growth is a ratio: 0.1 is ten per cent more than in the month before, or in the same month a year earlier,
--     which is the fairer comparison where terms rise and fall. Interactions are taken per day, as months differ in
--     length. A month in which the data begin or end is not whole: nothing is compared with it. Where
--     `course_run_count`, the runs used in the month, changes as well, it is the offer (or what the data hold of it)
--     that grew; `enrollment_growth` compares course by course.
--     Dates of runs with a nominal calendar (OULAD) are as good as that calendar.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set last_months = 36 %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

activity_use as (
    select
        fct_daily_activity.date_key,
        fct_daily_activity.activity_date,
        fct_daily_activity.course_run_key,
        fct_daily_activity.learner_key,
        sum(fct_daily_activity.interaction_count) as interaction_count
    from {{ ref('fct_daily_activity') }} as fct_daily_activity
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_daily_activity.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where '{{ course_id }}' in ('', dim_course.course_id)
    group by
        fct_daily_activity.date_key,
        fct_daily_activity.activity_date,
        fct_daily_activity.course_run_key,
        fct_daily_activity.learner_key
),

bounds as (
    select
        min(activity_date) as first_date,
        max(activity_date) as last_date
    from activity_use
),

calendar_months as (
    select
        month_start_date,
        year_number,
        month_number,
        max(date_day) as month_end_date,
        count(*) as day_count
    from {{ ref('dim_date') }}
    where date_day is not null
    group by month_start_date, year_number, month_number
),

used as (
    select
        dim_date.month_start_date,
        count(distinct activity_use.course_run_key) as course_run_count,
        count(distinct activity_use.learner_key) as learner_count,
        cast(sum(activity_use.interaction_count) as bigint) as interaction_count
    from activity_use
    inner join {{ ref('dim_date') }} as dim_date
        on activity_use.date_key = dim_date.date_key
    group by dim_date.month_start_date
),

measured as (
    select
        used.month_start_date,
        12 * calendar_months.year_number + calendar_months.month_number as month_serial,
        used.course_run_count,
        used.learner_count,
        used.interaction_count,
        1.0 * used.interaction_count / calendar_months.day_count as interactions_per_day,
        bounds.first_date <= calendar_months.month_start_date
        and bounds.last_date >= calendar_months.month_end_date as is_whole_month
    from used
    inner join calendar_months
        on used.month_start_date = calendar_months.month_start_date
    cross join bounds
    where used.learner_count >= {{ minimum_group_size }}
),

comparable as (
    select *
    from measured
    where is_whole_month
)

select
    measured.month_start_date,
    measured.is_whole_month,
    measured.course_run_count,
    measured.learner_count,
    measured.interaction_count,
    round(measured.interactions_per_day, 1) as interactions_per_day,
    round(1.0 * comparable.learner_count / month_before.learner_count - 1, 3) as learner_growth,
    round(comparable.interactions_per_day / month_before.interactions_per_day - 1, 3) as interaction_growth,
    round(1.0 * comparable.learner_count / year_before.learner_count - 1, 3) as learner_growth_year,
    round(comparable.interactions_per_day / year_before.interactions_per_day - 1, 3) as interaction_growth_year
from measured
left join comparable
    on measured.month_serial = comparable.month_serial
left join comparable as month_before
    on comparable.month_serial = month_before.month_serial + 1
left join comparable as year_before
    on comparable.month_serial = year_before.month_serial + 12
where measured.month_serial > (select max(last_month.month_serial) from measured as last_month) - {{ last_months }}
order by measured.month_start_date
