-- rpt_learner_attention.sql: grain = current enrollment
{#- a post that has waited so long for an answer counts; younger ones come and go -#}
{%- set waiting_days = 2 -%}
{%- set text = dbt.type_string() -%}
{%- set risk_words -%}
    last_weeks.risk_band || ' risk ('
    || cast(cast(round(100 * last_weeks.fail_or_withdraw_probability) as integer) as {{ text }}) || ' % to fail or withdraw)'
{%- endset -%}
{#- why a learner is listed: the code, when it holds, and in words -#}
{%- set reasons = [
    {'code': 'high_risk', 'holds': "last_weeks.risk_band = 'high'", 'words': risk_words},
    {'code': 'medium_risk', 'holds': "last_weeks.risk_band = 'medium'", 'words': risk_words},
    {
        'code': 'low_engagement', 'holds': "last_weeks.engagement_band = 'low'",
        'words': "'low engagement (index ' || cast(cast(round(last_weeks.engagement_index) as integer) as " ~ text ~ ") || ')'",
    },
    {
        'code': 'engagement_fell', 'holds': 'last_weeks.is_sharp_drop',
        'words': "'engagement fell by ' || cast(cast(round(-last_weeks.index_change) as integer) as " ~ text
            ~ ") || ' points in a week'",
    },
    {
        'code': 'silent', 'holds': 'last_weeks.is_silent',
        'words': "coalesce('not active for ' || cast(last_weeks.days_since_last_active as " ~ text ~ ") || ' days', "
            ~ "'not active so far')",
    },
    {
        'code': 'work_missing', 'holds': 'last_weeks.has_missed_work',
        'words': 'cast(last_weeks.missing_assessment_count as ' ~ text ~ ") || ' of ' || "
            ~ 'cast(last_weeks.assessment_due_count as ' ~ text ~ ") || ' pieces of work missing'",
    },
    {
        'code': 'post_waits', 'holds': 'waiting_posts.waiting_post_count is not null',
        'words': "'a post has waited for an answer for ' || cast(waiting_posts.longest_waiting_day_count as " ~ text
            ~ ") || ' days'",
    },
] -%}
{%- set words, codes = [], [] -%}
{%- for reason in reasons -%}
    {%- do words.append('case when ' ~ reason.holds ~ ' then ' ~ reason.words ~ ' end') -%}
    {%- do codes.append('case when ' ~ reason.holds ~ " then '" ~ reason.code ~ "' end") -%}
{%- endfor %}
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_runs as (
    select
        course_run_key,
        course_run_id,
        start_date
    from {{ ref('dim_course_run') }}
    where not is_finished
),

learners as (
    select
        learner_key,
        learner_pseudonym
    from {{ ref('dim_learner') }}
),

current_enrollments as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        course_runs.course_run_id,
        as_of.as_of_date
    from {{ ref('fct_enrollment') }} as enrollments
    inner join course_runs
        on enrollments.course_run_key = course_runs.course_run_key
    inner join as_of
        on
            course_runs.start_date <= as_of.as_of_date
            and coalesce(enrollments.registered_date <= as_of.as_of_date, true)
            -- some withdrawals have no date
            and coalesce(
                enrollments.withdrawn_date > as_of.as_of_date, enrollments.final_result <> 'withdrawn', true
            )
),

last_active as (
    select
        active_days.enrollment_key,
        max(active_days.activity_date) as last_active_date
    from {{ ref('int_enrollment_day') }} as active_days
    inner join current_enrollments
        on active_days.enrollment_key = current_enrollments.enrollment_key
    group by active_days.enrollment_key
),

weeks as (
    {{ attention_weeks('current_enrollments') }}
),

numbered_weeks as (
    select
        *,
        row_number() over (
            partition by enrollment_key
            order by course_week desc
        ) as number_from_last
    from weeks
),

last_weeks as (
    select * from numbered_weeks
    where number_from_last = 1
),

waiting_posts as (
    select
        enrollment_key,
        count(*) as waiting_post_count,
        max(waiting_day_count) as longest_waiting_day_count
    from {{ ref('rpt_forum_attention') }}
    where waiting_day_count >= {{ waiting_days }}
    group by enrollment_key
),

listed as (
    select
        current_enrollments.enrollment_key,
        current_enrollments.learner_key,
        current_enrollments.course_run_key,
        current_enrollments.course_run_id,
        current_enrollments.as_of_date,
        last_weeks.attention_since_week is not null or waiting_posts.waiting_post_count is not null
            as needs_attention,
        coalesce(last_weeks.attention_points, 0)
        + case when waiting_posts.waiting_post_count is not null then {{ attention_points().waiting_post }} else 0 end
            as attention_points,
        last_weeks.attention_since_week,
        last_weeks.course_week,
        last_weeks.engagement_index,
        last_weeks.index_change,
        last_weeks.engagement_band,
        last_weeks.risk_as_of_day,
        last_weeks.fail_or_withdraw_probability,
        last_weeks.withdraw_probability,
        last_weeks.fail_or_withdraw_change,
        last_weeks.risk_band,
        last_weeks.risk_reasons,
        coalesce(last_weeks.assessment_due_count, 0) as assessment_due_count,
        coalesce(last_weeks.submission_count, 0) as submission_count,
        coalesce(last_weeks.missing_assessment_count, 0) as missing_assessment_count,
        coalesce(waiting_posts.waiting_post_count, 0) as waiting_post_count,
        waiting_posts.longest_waiting_day_count,
        concat_ws('; ', {{ words | join(', ') }}) as reasons,
        concat_ws(' ', {{ codes | join(', ') }}) as reason_codes
    from current_enrollments
    left join last_weeks
        on current_enrollments.enrollment_key = last_weeks.enrollment_key
    left join waiting_posts
        on current_enrollments.enrollment_key = waiting_posts.enrollment_key
),

rpt_learner_attention as (
    select
        listed.enrollment_key,
        listed.learner_key,
        learners.learner_pseudonym,
        listed.course_run_key,
        listed.course_run_id,
        listed.needs_attention,
        case
            when listed.needs_attention then
                cast(row_number() over (
                    partition by listed.course_run_key, listed.needs_attention
                    order by
                        listed.attention_points desc,
                        coalesce(listed.fail_or_withdraw_probability, 0) desc,
                        coalesce(listed.engagement_index, 0) asc,
                        listed.enrollment_key asc
                ) as integer)
        end as attention_rank,
        cast(listed.attention_points as integer) as attention_points,
        case when listed.needs_attention then listed.reasons end as reasons,
        case when listed.needs_attention then listed.reason_codes end as reason_codes,
        listed.attention_since_week as attention_since_course_week,
        coalesce(listed.attention_since_week = listed.course_week, false) as is_new,
        listed.course_week,
        listed.engagement_index,
        listed.index_change as engagement_change,
        listed.engagement_band,
        listed.risk_as_of_day,
        listed.fail_or_withdraw_probability,
        listed.withdraw_probability,
        round(listed.fail_or_withdraw_change, 6) as fail_or_withdraw_change,
        listed.risk_band,
        listed.risk_reasons,
        cast(listed.assessment_due_count as integer) as assessment_due_count,
        cast(listed.submission_count as integer) as submission_count,
        cast(listed.missing_assessment_count as integer) as missing_assessment_count,
        cast(listed.waiting_post_count as integer) as waiting_post_count,
        cast(listed.longest_waiting_day_count as integer) as longest_waiting_day_count,
        last_active.last_active_date,
        {{ days_between('last_active.last_active_date', 'listed.as_of_date') }} as days_since_last_active
    from listed
    inner join learners
        on listed.learner_key = learners.learner_key
    left join last_active
        on listed.enrollment_key = last_active.enrollment_key
)

select * from rpt_learner_attention
order by course_run_key asc, needs_attention desc, attention_rank asc, enrollment_key asc
