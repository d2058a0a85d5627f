-- organization.sql: grain = source_system x organization_id
{{ union_systems('organization') }}
