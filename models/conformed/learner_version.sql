-- learner_version.sql: grain = source_system x learner_id x observed_date
{{ union_systems('learner_version') }}
