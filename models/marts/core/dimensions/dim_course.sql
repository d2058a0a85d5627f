-- dim_course.sql: grain = course
with

courses as (
    select * from {{ ref('course') }}
),

organizations as (
    select
        source_system,
        organization_id,
        organization_key
    from {{ ref('dim_organization') }}
),

-- union, not union all: one row per course that anything names
named as (
    select
        source_system,
        course_id
    from courses
    union
    select
        source_system,
        course_id
    from {{ ref('int_course_run') }}
),

dim_course as (
    select
        {{ surrogate_key(['named.source_system', 'named.course_id']) }} as course_key,
        named.source_system,
        named.course_id,
        coalesce(courses.course_title, named.course_id) as course_title,
        courses.course_code,
        courses.subject,
        coalesce(organizations.organization_key, {{ unknown_key() }}) as organization_key,
        courses.course_id is null as is_inferred
    from named
    left join courses
        on
            named.source_system = courses.source_system
            and named.course_id = courses.course_id
    left join organizations
        on
            courses.source_system = organizations.source_system
            and courses.organization_id = organizations.organization_id

    union all

    select
        {{ unknown_key() }} as course_key,
        'unknown' as source_system,
        'unknown' as course_id,
        'unknown' as course_title,
        cast(null as {{ dbt.type_string() }}) as course_code,
        cast(null as {{ dbt.type_string() }}) as subject,
        {{ unknown_key() }} as organization_key,
        true as is_inferred
)

select * from dim_course
