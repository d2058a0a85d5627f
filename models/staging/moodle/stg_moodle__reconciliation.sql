{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__reconciliation.sql: grain = file
{{ reconciliation('moodle', [
    {
        'base': 'base_moodle__log',
        'staged': "select source_file, count(*) filter (delivery = 'first') as row_count, "
            ~ "count(*) filter (delivery = 'redelivered') as redelivered_count from " ~ ref('int_moodle__event')
            ~ ' group by source_file',
        'redelivered': 'redelivered_count',
    },
]) }}
