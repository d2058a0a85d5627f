-- submission.sql: grain = source_system x submission_id
{{ union_systems('submission') }}
