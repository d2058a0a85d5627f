-- activity.sql: grain = source_system x activity_id
{{ union_systems('activity') }}
