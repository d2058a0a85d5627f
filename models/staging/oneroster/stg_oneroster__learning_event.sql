{{ config(materialized='ephemeral', enabled='oneroster' in var('source_systems'), contract={'enforced': false}) }}
-- stg_oneroster__learning_event.sql: OneRoster has none
{{ empty_entity('learning_event') }}
