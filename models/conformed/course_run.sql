-- course_run.sql: grain = source_system x course_run_id
{{ union_systems('course_run') }}
