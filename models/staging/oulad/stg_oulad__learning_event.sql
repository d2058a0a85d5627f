{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- stg_oulad__learning_event.sql: no rows
{{ empty_entity('learning_event') }}
