-- learner_identity.sql: grain = learner
with

learners as (
    select
        source_system,
        learner_id,
        learner_key
    from {{ ref('int_learner') }}
),

identities as (
    select
        source_system,
        learner_id,
        given_name,
        family_name,
        email,
        username
    from {{ ref('learner') }}
),

learner_identity as (
    select
        learners.learner_key,
        learners.source_system,
        learners.learner_id as source_learner_id,
        identities.given_name,
        identities.family_name,
        identities.email,
        identities.username
    from learners
    left join identities
        on
            learners.source_system = identities.source_system
            and learners.learner_id = identities.learner_id
)

select * from learner_identity
