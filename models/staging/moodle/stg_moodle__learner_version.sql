{{ config(materialized='ephemeral', enabled='moodle' in source_systems(), contract={'enforced': false}) }}
-- stg_moodle__learner_version.sql: no rows
{{ empty_entity('learner_version') }}
