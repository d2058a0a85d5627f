{{ config(enabled='xapi' in source_systems()) }}
-- stg_xapi__reconciliation.sql: grain = file
{{ reconciliation('xapi', [
    {
        'base': 'base_xapi__statement',
        'staged': 'select source_file, sum(row_count) as row_count, sum(redelivered_count) as redelivered_count from ('
            ~ 'select source_file, 1 as row_count, 0 as redelivered_count from ' ~ ref('stg_xapi__learning_event')
            ~ ' union all select source_file, 0, 1 from ' ~ ref('int_xapi__statement') ~ " where delivery = 'redelivered'"
            ~ ') group by source_file',
        'redelivered': 'redelivered_count',
    },
]) }}
