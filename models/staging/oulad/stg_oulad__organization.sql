{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- stg_oulad__organization.sql: no rows
{{ empty_entity('organization') }}
