{#-
    Tests that look again only at what has changed. `staging.passed_test` notes each test that passed: by which code, and
    in which load. In `dbt build`, a test of tables that have not changed since is known to pass. Where rows were only
    added, a test of the large facts that uses `course_run_has_news()` looks at the course runs whose content has changed
    since. `dbt test` and `--full-refresh` look at everything.
-#}

{#- On-run-start hook. -#}
{% macro create_passed_test() -%}
    {%- if reads_extracts() %}
    create table if not exists staging.passed_test (test varchar, code varchar, load_id bigint)
    {%- endif -%}
{%- endmacro %}


{#- What was noted when a test passed with the same code: a load, or none. -#}
{% macro passed_in_load(code) -%}
    {%- if not execute or flags.WHICH not in ['build', 'retry'] or flags.FULL_REFRESH -%} {{ return(none) }} {%- endif -%}
    {%- if 'passed' not in known() -%}
        {%- set passed = {} -%}
        {%- for row in run_query('select test, code, load_id from staging.passed_test').rows -%}
            {%- do passed.update({(row[0], row[1]): row[2]}) -%}
        {%- endfor -%}
        {%- do known().update({'passed': passed}) -%}
    {%- endif -%}
    {{ return(known().passed.get((model.unique_id, code))) }}
{%- endmacro %}


{#- SQL that notes tests as passed; `tests` tells the code of each. -#}
{% macro note_passed(tests) -%}
    {%- if tests and flags.WHICH in ['build', 'retry'] -%}
    {%- set rows = [] -%}
    {%- for test, code in tests.items() -%} {%- do rows.append('(' ~ sql_text(test) ~ ", '" ~ code ~ "', " ~ load_id() ~ ')') -%} {%- endfor -%}
    delete from staging.passed_test where list_contains({{ sql_list(tests.keys()) }}, test);
    insert into staging.passed_test values {{ rows | join(', ') }}
    {%- endif -%}
{%- endmacro %}


{#- On-run-end hook: notes all data tests that passed at once, since a transaction for each would cost more than the tests. -#}
{% macro note_passed_tests() -%}
    {%- if execute -%} {{ note_passed(known().passed_now) }} {%- endif -%}
{%- endmacro %}


{#- The result of a test, without running it: no failures, from a query that is the same for all tests. -#}
{% macro known_to_pass() -%}
    {%- if 'no_failures' not in known() -%}
        {%- do known().update({
            'no_failures': run_query('select 0 as failures, false as should_warn, false as should_error')
        }) -%}
    {%- endif -%}
    {%- do store_raw_result('main', message='OK', code='OK', rows_affected=1, agate_table=known().no_failures) -%}
    {{ return({'relations': []}) }}
{%- endmacro %}


{% materialization test, adapter='duckdb' -%}
    {%- set lineage = lineage() -%}
    {%- set passed = passed_in_load(lineage.code) -%}
    {%- if passed is not none and lineage.tables and change_since(passed, lineage.tables) == 'nothing' -%}
        {{ return(known_to_pass()) }}
    {%- endif -%}
    {%- set done = dbt.materialization_test_default() -%}
    {%- set result = load_result('main').table.rows[0] -%}
    {%- if not result['should_warn'] and not result['should_error'] -%}
        {%- do known().passed_now.update({model.unique_id: lineage.code}) -%}
    {%- endif -%}
    {{ return(done) }}
{%- endmaterialization %}


{#- A condition for tests: the content of the row's course run has changed since the test passed. -#}
{% macro course_run_has_news(course_run_key='course_run_key') -%}
    {%- set contents = ref('int_course_run_content') -%}
    {%- if not execute -%} {{ return('true') }} {%- endif -%}
    {%- set lineage = lineage() -%}
    {%- set passed = passed_in_load(lineage.code) -%}
    {%- if passed is none or change_since(passed, lineage.tables) == 'everything' -%} {{ return('true') }} {%- endif -%}
    {{ return(course_run_key ~ ' in (select course_run_key from ' ~ contents ~ ' where load_id > ' ~ passed ~ ')') }}
{%- endmacro %}
