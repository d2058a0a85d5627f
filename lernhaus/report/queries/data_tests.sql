-- the tests of the published build by the kind of table that they are of, which the first part of its name tells
with

tests as (
    select
        status as test_status,
        table_name,
        split_part(table_name, '_', 1) as first_part
    from meta_test_result
)

select
    case
        when table_name is null then 'several'
        when first_part in ('dim', 'fct', 'bridge', 'growth', 'rpt', 'nlp', 'engagement', 'risk', 'meta')
            then first_part
        when first_part in ('base', 'checked', 'stg') then 'staging'
        when first_part = 'map' then 'seeds'
        else 'conformed'
    end as tested_layer,
    test_status,
    count(*) as test_count
from tests
group by tested_layer, test_status
order by test_count desc, tested_layer asc, test_status asc
