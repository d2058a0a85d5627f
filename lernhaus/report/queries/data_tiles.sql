-- the published build
select
    cast(finished_at as date) as published_date,
    source_file_count,
    row_count,
    test_count as passed_test_count
from meta_build
where outcome = 'published'
order by build_id desc
limit 1
