-- the tests of the published build by the kind of table, which is the first part of its name
select
    coalesce(split_part(table_name, '_', 1), 'several') as tested_layer,
    status as test_status,
    count(*) as test_count
from meta_test_result
group by tested_layer, test_status
order by test_count desc, tested_layer, test_status
