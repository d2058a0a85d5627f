-- what was read: where each record has gone (staged, refused, a copy of another one, erased, expired), and when the
-- last file was loaded (UTC)
select
    source_system,
    entity,
    count(*) as file_count,
    cast(sum(rows_in) as bigint) as record_count,
    cast(sum(rows_staged) as bigint) as staged_count,
    cast(sum(rows_quarantined) as bigint) as quarantined_count,
    cast(sum(rows_redelivered) as bigint) as redelivered_count,
    cast(sum(rows_erased) as bigint) as erased_count,
    cast(sum(rows_expired) as bigint) as expired_count,
    max(loaded_at) as last_loaded_at
from meta_source_file
group by source_system, entity
order by source_system, entity
