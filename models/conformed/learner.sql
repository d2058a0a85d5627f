-- learner.sql: grain = source_system x learner_id
{{ union_systems('learner') }}
