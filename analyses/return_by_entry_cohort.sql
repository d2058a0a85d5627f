-- Question: do learners come back in later terms, and does that depend on how their first term went?
-- Kind: cohort: learners by their first term.
-- Grain: first term x its result x number of terms later (from 1).
-- Reading: `returned_share` is the share of the cohort with an enrollment that many terms later, in any course; the
--     terms are counted as the source system has them. A recent cohort has fewer rows, the last term none: what comes
--     later is not there yet. Who studied before the data begin counts as new in their first term. Enrollments
--     withdrawn before the run started do not count. A result may be known only after the next term has begun: this
--     describes, it does not predict.
{%- set minimum_group_size = var('minimum_group_size') %}
with

terms as (
    select
        source_system,
        term_name,
        row_number() over (partition by source_system order by min(start_date), term_name) as term_number
    from {{ ref('dim_course_run') }}
    where
        term_name is not null
        and start_date is not null
    group by source_system, term_name
),

studied as (
    select
        fct_enrollment.learner_key,
        terms.source_system,
        terms.term_number,
        max(case when fct_enrollment.final_result in ('pass', 'distinction') then 1 else 0 end) as passed,
        min(case when dim_course_run.is_finished then 1 else 0 end) as is_over
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join terms
        on
            dim_course_run.source_system = terms.source_system
            and dim_course_run.term_name = terms.term_name
    where coalesce(fct_enrollment.withdrawn_course_day, 0) >= 0
    group by fct_enrollment.learner_key, terms.source_system, terms.term_number
),

numbered as (
    select
        *,
        row_number() over (partition by learner_key order by term_number) as study_number
    from studied
),

entries as (
    select
        learner_key,
        source_system,
        term_number as entry_term_number,
        case
            when is_over = 0 then 'not over yet'
            when passed = 1 then 'passed a course'
            else 'passed none'
        end as entry_result
    from numbered
    where study_number = 1
),

followed as (
    select
        entries.learner_key,
        entries.source_system,
        entries.entry_term_number,
        entries.entry_result,
        terms.term_number - entries.entry_term_number as terms_later,
        case when studied.learner_key is not null then 1.0 else 0.0 end as returned
    from entries
    inner join terms
        on
            entries.source_system = terms.source_system
            and entries.entry_term_number < terms.term_number
    left join studied
        on
            entries.learner_key = studied.learner_key
            and terms.term_number = studied.term_number
)

select
    followed.source_system,
    terms.term_name as entry_term_name,
    followed.entry_result,
    followed.terms_later,
    count(*) as learner_count,
    round(avg(followed.returned), 3) as returned_share
from followed
inner join terms
    on
        followed.source_system = terms.source_system
        and followed.entry_term_number = terms.term_number
group by
    followed.source_system,
    followed.entry_term_number,
    terms.term_name,
    followed.entry_result,
    followed.terms_later
having count(*) >= {{ minimum_group_size }}
order by
    followed.source_system,
    followed.entry_term_number,
    followed.entry_result,
    followed.terms_later
