{{ config(
    materialized='ephemeral',
    enabled='oneroster' in source_systems(),
    contract={'enforced': false},
) }}
-- stg_oneroster__learning_event.sql: no rows
{{ empty_entity('learning_event') }}
