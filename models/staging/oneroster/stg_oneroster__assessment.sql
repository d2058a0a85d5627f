{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__assessment.sql: grain = line item of the latest delivery, final grades apart
with

line_items as (
    select * from {{ ref('checked_oneroster__line_item') }}
    where is_current
),

categories as (
    select * from {{ ref('map_oneroster_category') }}
),

stg_oneroster__assessment as (
    select
        'oneroster' as source_system,
        line_items.assessment_id,
        line_items.course_run_id,
        line_items.assessment_name,
        coalesce(categories.assessment_type, 'other') as assessment_type,
        line_items.due_date,
        line_items.weight
    from line_items
    left join categories using (category_id)
    where not coalesce(categories.is_final_grade, false)
)

select * from stg_oneroster__assessment
