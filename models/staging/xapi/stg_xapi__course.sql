{{ config(materialized='ephemeral', enabled='xapi' in source_systems(), contract={'enforced': false}) }}
-- stg_xapi__course.sql: no rows
{{ empty_entity('course') }}
