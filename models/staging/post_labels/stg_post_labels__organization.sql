{{ config(materialized='ephemeral', enabled='post_labels' in source_systems(), contract={'enforced': false}) }}
-- stg_post_labels__organization.sql: no rows
{{ empty_entity('organization') }}
