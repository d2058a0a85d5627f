-- interaction.sql: grain = source_system x course_run_id x learner_id x activity_id x activity_date
{{ union_systems('interaction') }}
