{{ config(
    materialized='ephemeral',
    enabled='oneroster' in var('source_systems'),
    contract={'enforced': false},
) }}
-- stg_oneroster__post.sql: no rows
{{ empty_entity('post') }}
