-- numbers of learners below 5 are withheld
select
    case when count(distinct learner_key) >= 5 then count(distinct learner_key) end as learner_count,
    case when count(distinct learner_key) >= 5 then count(*) end as enrollment_count,
    count(distinct course_run_key) as course_run_count,
    cast(sum(interaction_count) as bigint) as interaction_count
from fct_enrollment
