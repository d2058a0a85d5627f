{{ config(
    materialized='ephemeral',
    enabled='oneroster' in source_systems(),
    contract={'enforced': false},
) }}
-- stg_oneroster__post.sql: no rows
{{ empty_entity('post') }}
