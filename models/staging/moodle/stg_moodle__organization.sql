{{ config(materialized='ephemeral', enabled='moodle' in source_systems(), contract={'enforced': false}) }}
-- stg_moodle__organization.sql: no rows
{{ empty_entity('organization') }}
