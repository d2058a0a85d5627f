-- course.sql: grain = source_system x course_id
{{ union_systems('course') }}
