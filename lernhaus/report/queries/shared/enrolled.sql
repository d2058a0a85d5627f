-- who has not withdrawn by the last day of the data; some withdrawals have no date
enrolled as (
    select
        enrollment_key,
        learner_key,
        course_run_key
    from fct_enrollment
    where
        coalesce(
            withdrawn_date > (
                select max(known.active_date)
                from growth_active_learners as known
                where known.daily_active_learner_count > 0
            ),
            final_result <> 'withdrawn',
            true
        )
)
