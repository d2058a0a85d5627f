-- rpt_forum_attention.sql: grain = post that waits for an answer
{#- how far back posts are looked at, and after how many days waiting counts in full -#}
{%- set recent_days = 28 -%}
{%- set patience_days = 14 -%}
{#- from which score on a post asks for somebody -#}
{%- set least_score = 0.5 -%}
{#- what cues of nlp_post_features say in plain words, the most telling first -#}
{%- set reasons = {
    'has a technical problem': ['urgency:technical_problem'],
    'reports a mistake in the material': ['urgency:content_error'],
    'says it is pressing': ['urgency:pressing'],
    'has had no answer': ['urgency:no_answer'],
    'asks for help': ['urgency:help_request'],
    'speaks of a deadline': ['urgency:deadline'],
    'speaks of grading': ['urgency:grading'],
    'does not understand something': [
        'confusion:not_understand', 'confusion:confused', 'confusion:no_sense', 'confusion:unclear',
        'confusion:struggle', 'confusion:own_doubt',
    ],
    'turns to the staff': ['urgency:staff'],
    'asks a question': ['question:mark', 'question:phrase', 'question:opening', 'question:told'],
} %}
with recursive

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_runs as (
    select
        course_runs.course_run_key,
        course_runs.course_run_id,
        as_of.as_of_date
    from {{ ref('dim_course_run') }} as course_runs
    inner join as_of
        on course_runs.start_date <= as_of.as_of_date
    where not course_runs.is_finished
),

known_posts as (
    select
        posts.*,
        course_runs.course_run_id,
        {{ days_between('posts.posted_date', 'course_runs.as_of_date') }} as waiting_day_count
    from {{ ref('fct_post') }} as posts
    inner join course_runs
        on posts.course_run_key = course_runs.course_run_key
    where posts.posted_date <= course_runs.as_of_date
),

-- from the first post of a thread to the answers, to the answers to these, and so on
threads as (
    select
        known_posts.post_key,
        known_posts.post_key as thread_key
    from known_posts
    left join known_posts as parents
        on known_posts.parent_post_key = parents.post_key
    where parents.post_key is null

    union all

    select
        known_posts.post_key,
        threads.thread_key
    from threads
    inner join known_posts
        on threads.post_key = known_posts.parent_post_key
),

-- posts that answer each other in a circle have no first one: each is a thread of its own
posts as (
    select
        known_posts.*,
        coalesce(threads.thread_key, known_posts.post_key) as thread_key
    from known_posts
    left join threads
        on known_posts.post_key = threads.post_key
),

features as (
    select
        post_key,
        urgency_score,
        question_score,
        confusion_score,
        cues
    from {{ ref('nlp_post_features') }}
    where
        urgency_score >= {{ least_score }}
        or question_score >= {{ least_score }}
        or confusion_score >= {{ least_score }}
),

asking as (
    select
        posts.post_key,
        posts.thread_key,
        posts.course_run_key,
        posts.course_run_id,
        posts.enrollment_key,
        posts.learner_key,
        posts.activity_key,
        posts.date_key,
        posts.posted_at,
        posts.waiting_day_count,
        features.urgency_score,
        features.question_score,
        features.confusion_score,
        features.cues
    from posts
    inner join features
        on posts.post_key = features.post_key
    where
        posts.waiting_day_count < {{ recent_days }}
        and not posts.is_staff
),

-- somebody else has written in the thread since: another learner, or staff
answered as (
    select asking.post_key
    from asking
    inner join posts as later
        on
            asking.thread_key = later.thread_key
            and asking.posted_at < later.posted_at
            and asking.enrollment_key <> later.enrollment_key
    group by asking.post_key
),

waiting as (
    select
        asking.*,
        round(
            asking.urgency_score
            + (1 - asking.urgency_score)
            * 0.5 * greatest(asking.question_score, asking.confusion_score)
            * least(asking.waiting_day_count / {{ patience_days }}.0, 1),
            4
        ) as attention_score
    from asking
    left join answered
        on asking.post_key = answered.post_key
    where answered.post_key is null
),

cue_reasons as (
    {%- for reason, cues in reasons.items() %}
        {%- set reason_number = loop.index %}
        {%- set is_last_reason = loop.last %}
        {%- for cue in cues %}
            select
                '{{ cue }}' as cue,
                {{ reason_number }} as reason_number,
                '{{ reason }}' as reason
            {{ "union all" if not (is_last_reason and loop.last) }}
        {%- endfor %}
    {%- endfor %}
),

post_cues as (
    select
        post_key,
        {{ explode_list('cues') }} as cue
    from waiting
),

post_reasons as (
    select
        post_cues.post_key,
        cue_reasons.reason_number,
        cue_reasons.reason
    from post_cues
    inner join cue_reasons
        on post_cues.cue = cue_reasons.cue
    group by post_cues.post_key, cue_reasons.reason_number, cue_reasons.reason
),

told_reasons as (
    select
        post_key,
        {{ dbt.listagg('reason', "', '", 'order by reason_number') }} as reasons
    from post_reasons
    group by post_key
),

rpt_forum_attention as (
    select
        waiting.post_key,
        waiting.course_run_key,
        waiting.course_run_id,
        cast(row_number() over (
            partition by waiting.course_run_key
            order by waiting.attention_score desc, waiting.posted_at asc, waiting.post_key asc
        ) as integer) as attention_rank,
        waiting.attention_score,
        told_reasons.reasons,
        cast(waiting.waiting_day_count as integer) as waiting_day_count,
        waiting.urgency_score,
        waiting.question_score,
        waiting.confusion_score,
        waiting.enrollment_key,
        waiting.learner_key,
        waiting.activity_key,
        waiting.date_key,
        waiting.posted_at
    from waiting
    left join told_reasons
        on waiting.post_key = told_reasons.post_key
)

select * from rpt_forum_attention
order by course_run_key, attention_rank
