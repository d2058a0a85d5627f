{{ config(
    materialized='ephemeral',
    enabled='oneroster' in var('source_systems'),
    contract={'enforced': false},
) }}
-- stg_oneroster__activity.sql: no rows
{{ empty_entity('activity') }}
