-- the published tables: rows, size, and the latest date in them
select
    table_name,
    row_count,
    round(byte_count / 1e6, 2) as size_megabytes,
    latest_date
from meta_table
order by row_count desc, table_name asc
