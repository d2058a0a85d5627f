-- assessment.sql: grain = source_system x assessment_id
{{ union_systems('assessment') }}
