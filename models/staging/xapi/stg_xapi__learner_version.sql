{{ config(materialized='ephemeral', enabled='xapi' in source_systems(), contract={'enforced': false}) }}
-- stg_xapi__learner_version.sql: no rows
{{ empty_entity('learner_version') }}
