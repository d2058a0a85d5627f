-- what may be told of the parts of a whole: none of 1 to 4 persons, however many enrollments are theirs, nor the next
-- smallest where those withheld, which could be told from the others, would be 1 to 4 together
smaller as (
    select
        *,
        sum(learner_count) over (partition by {by}) as whole_learner_count,
        sum(person_count) over (
            partition by {by}
            order by person_count, parts
            rows between unbounded preceding and 1 preceding
        ) as smaller_person_count
    from parts
),

told as (
    select
        *,
        person_count = 0 or (person_count >= 5 and coalesce(smaller_person_count, 0) not between 1 and 4) as is_told
    from smaller
)
