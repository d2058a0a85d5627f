{{ config(enabled='post_labels' in source_systems()) }}
-- stg_post_labels__reconciliation.sql: grain = file
{{ reconciliation('post_labels', [
    {
        'base': 'base_post_labels__label',
        'staged': "select source_file, count(*) filter (delivery = 'first') as row_count, "
            ~ "count(*) filter (delivery = 'redelivered') as redelivered_count from " ~ ref('int_post_labels__label')
            ~ ' group by source_file',
        'redelivered': 'redelivered_count',
    },
]) }}
