-- enrollment.sql: grain = source_system x course_run_id x learner_id
{{ union_systems('enrollment') }}
