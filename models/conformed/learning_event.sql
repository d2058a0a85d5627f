-- learning_event.sql: grain = source_system x event_id
{{ union_systems('learning_event') }}
