-- records that were refused, by reason
select
    source_system || ' · ' || entity as source_entity,
    reason_kind as reason,
    rows_quarantined as quarantined_count
from meta_quarantine
order by quarantined_count desc, source_entity asc, reason asc
