{{ config(materialized='ephemeral', enabled='oneroster' in var('source_systems'), contract={'enforced': false}) }}
-- stg_oneroster__activity.sql: OneRoster has none
{{ empty_entity('activity') }}
