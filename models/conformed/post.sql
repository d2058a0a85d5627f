-- post.sql: grain = source_system x post_id
{{ union_systems('post') }}
