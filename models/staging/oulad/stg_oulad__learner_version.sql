{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- stg_oulad__learner_version.sql: no rows
{{ empty_entity('learner_version') }}
