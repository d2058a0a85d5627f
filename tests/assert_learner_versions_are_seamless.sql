-- What: each learner's versions cover all time, from 1900-01-01 to 9999-12-31, without gaps or overlaps.
-- When it fails: a point-in-time join would find no version, or two.
-- How to resolve: see how dim_learner_version closes a range with the start of the next.
with

versions as (
    select
        learner_key,
        valid_from_date,
        valid_to_date,
        is_current,
        lag(valid_to_date) over (partition by learner_key order by valid_from_date) as previous_valid_to_date,
        lead(valid_from_date) over (partition by learner_key order by valid_from_date) as next_valid_from_date
    from {{ ref('dim_learner_version') }}
),

learners_without_version as (
    select learner_key
    from {{ ref('dim_learner') }}
    where learner_key not in (select versions.learner_key from versions)
)

select learner_key
from versions
where
    valid_from_date <> coalesce(previous_valid_to_date, cast('1900-01-01' as date))
    or (next_valid_from_date is null and valid_to_date <> cast('9999-12-31' as date))
    or is_current <> (next_valid_from_date is null)

union all

select learner_key
from learners_without_version
