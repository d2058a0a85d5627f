{#-
    Which rows a fact with `incremental` makes in an increment, beside those that are simply new.
-#}

{#-
    The rows of a conformed entity that are new to the current fact, and the earlier ones whose enrollment has other
    keys than when the fact was built (other demographics, another first day of the course run).
-#}
{% macro rows_to_load(entity) -%}
    {%- set rekeyed = rekeyed_enrollments() -%}
    select *
    from {{ ref(entity) }}
    where {{ newly_loaded() }}
    {%- if is_incremental() and run_query(rekeyed ~ ' limit 1').rows %}

    union all

    select earlier.*
    from {{ ref(entity) }} as earlier
    inner join ({{ rekeyed }}) as rekeyed
        on
            earlier.source_system = rekeyed.source_system
            and earlier.course_run_id = rekeyed.course_run_id
            and earlier.learner_id = rekeyed.learner_id
    where not earlier.{{ newly_loaded() }}
    {%- endif %}
{%- endmacro %}


{% macro rekeyed_enrollments() -%}
    select source_system, course_run_id, learner_id
    from {{ ref('int_enrollment_key') }}
    where {{ newly_loaded() }} and not {{ newly_loaded('first_load_id') }}
{%- endmacro %}


{#- Pre hook of a fact that grows by appended rows: removes those that `rows_to_load` brings again. -#}
{% macro forget_rekeyed_rows() -%}
    {%- set keys = ref('int_enrollment_key') -%}
    {%- if is_incremental() %}
    delete from {{ this }}
    where enrollment_key in (
        select enrollment_key
        from {{ keys }}
        where {{ newly_loaded() }} and not {{ newly_loaded('first_load_id') }}
    )
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of a table made course run by course run: puts the runs to make into `staging.<table>__runs` (those whose
    content has changed since the table was built; all of them where it is remade) and removes their rows and those of
    runs and enrollments that are gone.
-#}
{% macro choose_runs() -%}
    {%- set contents, enrollments = ref('int_course_run_content'), ref('int_enrollment') -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'runs') }} as
    select course_run_key from {{ contents }} where {{ newly_loaded() }};
        {%- if is_incremental() %}
    delete from {{ this }}
    where enrollment_key not in (
        select enrollments.enrollment_key
        from {{ enrollments }} as enrollments
        where enrollments.course_run_key not in (select course_run_key from {{ side_table(this, 'runs') }})
    );
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
