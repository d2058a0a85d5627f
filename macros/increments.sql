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
    Pre hook of the contents of course runs: removes those of runs without enrollments. The tables made run by run have lost
    the rows of such a run, so they need to be told when it comes back as it was.
-#}
{% macro forget_gone_runs() -%}
    {%- set enrollments = ref('int_enrollment') -%}
    {%- if is_incremental() %}
    delete from {{ this }} where course_run_key not in (select course_run_key from {{ enrollments }})
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of a table made course run by course run: puts the runs to make into `staging.<table>__runs` (those whose
    content has changed since the table was built; all of them where it is remade) and removes their rows and those of
    runs and enrollments that are gone. `key` is the column that ties a row to its run: of the enrollment, or of the run
    itself. A table that holds scores tells it in `scores`, and has the post hook `note_scored_runs`: runs that another
    model scores than when the table was built are made as well.
-#}
{% macro choose_runs(key='enrollment_key', scores=none) -%}
    {%- set contents, enrollments = ref('int_course_run_content'), ref('int_enrollment') -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'runs') }} as
    select course_run_key from {{ contents }} where {{ newly_loaded() }}
        {%- if is_incremental() and scores is not none %}
    union
    select coalesce(scored.course_run_key, noted.course_run_key) as course_run_key
    from ({{ scored_runs(scores) }}) as scored
    full outer join {{ side_table(this, 'scored') }} as noted
        on scored.course_run_key = noted.course_run_key and scored.model_version = noted.model_version
    where scored.course_run_key is null or noted.course_run_key is null
        {%- endif %};
        {%- if is_incremental() %}
    delete from {{ this }}
    where {{ key }} not in (
        select enrollments.{{ key }}
        from {{ enrollments }} as enrollments
        where enrollments.course_run_key not in (select course_run_key from {{ side_table(this, 'runs') }})
    );
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Post hook of a table that holds scores: notes in `staging.<table>__scored` which models they are of. -#}
{% macro note_scored_runs(scores) -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'scored') }} as {{ scored_runs(scores) }}
    {%- endif -%}
{%- endmacro %}


{#- The runs that were scored, with the models that did: course_run_key, model_version. -#}
{% macro scored_runs(scores) -%}
    select distinct enrollments.course_run_key, scores.model_version
    from {{ scores }} as scores
    inner join {{ ref('int_enrollment') }} as enrollments on scores.enrollment_key = enrollments.enrollment_key
{%- endmacro %}


{#-
    Pre hook of a table that sums up the finished course runs and tells how many in `course_run_count`: puts them into
    `staging.<table>__runs` and empties the table where one of them has changed or their number has; else puts none there.
-#}
{% macro choose_finished_runs() -%}
    {%- set contents, course_runs = ref('int_course_run_content'), ref('dim_course_run') -%}
    {%- if reads_extracts() %}
        {%- set finished -%} (
            select course_run_key from {{ course_runs }} where is_finished and start_date is not null
        ) as finished {%- endset %}
    create or replace table {{ side_table(this, 'runs') }} as
    select course_run_key from {{ finished }}
        {%- if is_incremental() %}
    where
        exists (
            select * from {{ finished }}
            inner join {{ contents }} as contents on finished.course_run_key = contents.course_run_key
            where contents.{{ newly_loaded() }}
        )
        or (select count(*) from {{ finished }}) <> (select coalesce(max(course_run_count), 0) from {{ this }});
    delete from {{ this }}
    where
        exists (select * from {{ side_table(this, 'runs') }})
        or not exists (select * from {{ finished }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A condition: the course run is one of those that `choose_runs` has chosen for the current table. -#}
{% macro in_chosen_runs(course_run_key) -%}
    {%- if not is_incremental() -%} {{ return('true') }} {%- endif -%}
    {{ return(course_run_key ~ ' in (select course_run_key from ' ~ side_table(this, 'runs') ~ ')') }}
{%- endmacro %}


{#-
    Pre hook of a table made post by post, of those by learners: puts the posts to make into `staging.<table>__posts` (those
    that are new or say something else than when they were made; all of them where the table is remade) and removes the
    rows of the others that are gone or changed, or are now those of staff. `staging.<table>__texts` remembers by a hash
    what the rows were made from: the posts, and the learned models in use, if the table `models` tells of them.
-#}
{% macro choose_posts(models=none) -%}
    {%- set posts = ref('fct_post') -%}
    {%- if reads_extracts() -%}
        {%- set texts, chosen = side_table(this, 'texts'), side_table(this, 'posts') -%}
        {%- set parts = ['posted_date', 'text'] -%}
        {%- if models is not none -%}
            {%- set used = run_query(
                "select model_version from " ~ models ~ " where is_used and model_kind = 'learned' order by model_version"
            ).columns[0].values() -%}
            {%- do parts.append(sql_text(used | join(' '))) -%}
        {%- endif -%}
        {%- set content = surrogate_key(parts) -%}
        {%- if is_incremental() %}
    delete from {{ this }}
    where post_key not in (
        select posts.post_key
        from (select post_key, {{ content }} as content from {{ posts }} where not is_staff) as posts
        inner join {{ texts }} as texts on posts.post_key = texts.post_key and posts.content = texts.content
    );
        {%- endif %}
    create or replace table {{ texts }} as
    select post_key, {{ content }} as content from {{ posts }} where not is_staff;
    create or replace table {{ chosen }} as
    select post_key, {{ load_id() }} as load_id from {{ posts }}
    where not is_staff
        {%- if is_incremental() %} and post_key not in (select post_key from {{ this }}) {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Pre hook of a table made in full from a few rows: keeps the present ones as `staging.<table>__before` for the model. -#}
{% macro set_rows_aside() -%}
    {%- if reads_extracts() and is_incremental() %}
    create or replace table {{ side_table(this, 'before') }} as select * from {{ this }};
    delete from {{ this }}
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of a table made from `int_post_text` post by post: puts the posts to make into `staging.<table>__posts` (all of
    them where the table is remade) and removes the rows of the others that are gone or changed.
-#}
{% macro choose_post_texts() -%}
    {%- set texts = ref('int_post_text') -%}
    {%- if reads_extracts() -%}
        {%- if is_incremental() %}
    delete from {{ this }}
    where post_key not in (select post_key from {{ texts }} where not {{ newly_loaded() }});
        {%- endif %}
    create or replace table {{ side_table(this, 'posts') }} as
    select post_key from {{ texts }} where {{ newly_loaded() }}
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of a table in which the rows of a post are made from it and the posts before it in its course, in any run of it:
    puts all posts, in the courses that have news, into `staging.<table>__posts`, `is_chosen` where the post is to make: all
    from the first on that is new, gone or changed. Removes the rows of those and of posts that are gone.
    `staging.<table>__known`, written by `note_posts_of_courses` in the transaction of the rows, says of which posts rows
    were made.
-#}
{% macro choose_posts_of_courses() -%}
    {%- set posts, texts, course_runs = ref('fct_post'), ref('int_post_text'), ref('dim_course_run') -%}
    {%- if reads_extracts() -%}
        {%- set chosen, known = side_table(this, 'posts'), side_table(this, 'known') %}
    create or replace table {{ chosen }} as
    with posts as (
        select posts.post_key, posts.posted_at, course_runs.course_key, {{ newly_loaded('texts.load_id') }} as is_chosen
        from {{ posts }} as posts
        inner join {{ texts }} as texts on posts.post_key = texts.post_key
        inner join {{ course_runs }} as course_runs on posts.course_run_key = course_runs.course_run_key
    )
        {%- if is_incremental() %},
    changes as (
        select coalesce(posts.course_key, known.course_key) as course_key, coalesce(posts.posted_at, known.posted_at) as posted_at
        from posts
        full outer join {{ known }} as known
            on
                posts.post_key = known.post_key
                and posts.course_key = known.course_key
                and posts.posted_at = known.posted_at
                and not posts.is_chosen
        where posts.post_key is null or known.post_key is null
    ),
    courses as (
        select course_key, min(posted_at) as changed_at from changes group by course_key
    )
    select posts.post_key, posts.posted_at, posts.course_key, posts.posted_at >= courses.changed_at as is_chosen
    from posts
    left join courses on posts.course_key = courses.course_key;
    delete from {{ this }} where post_key not in (select post_key from {{ chosen }} where is_chosen is null or not is_chosen)
        {%- else %}
    select * from posts
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro note_posts_of_courses() -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'known') }} as
    select post_key, posted_at, course_key from {{ side_table(this, 'posts') }}
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of the risk scores: puts the course runs to score into `staging.<table>__runs` (those whose content has changed,
    and those that another model scores than before; all of them where the table is remade) and removes their rows and those
    of runs and enrollments that are gone.
-#}
{% macro choose_scored_runs(models) -%}
    {%- set contents, enrollments = ref('int_course_run_content'), ref('int_enrollment') -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'runs') }} as
    with planned as (
        select unnest(predicted_course_run_keys) as course_run_key, model_version from {{ models }} where purpose = 'score'
    )
        {%- if is_incremental() %},
    scored as ({{ scored_runs(this) }})
    select course_run_key from {{ contents }} where {{ newly_loaded() }}
    union
    select coalesce(planned.course_run_key, scored.course_run_key) as course_run_key
    from planned
    full outer join scored
        on planned.course_run_key = scored.course_run_key and planned.model_version = scored.model_version
    where planned.course_run_key is null or scored.course_run_key is null;
    delete from {{ this }}
    where enrollment_key not in (
        select enrollment_key
        from {{ enrollments }}
        where course_run_key not in (select course_run_key from {{ side_table(this, 'runs') }})
    )
        {%- else %}
    select distinct course_run_key from planned
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of the predictions of models under test: puts the versions of the models to try into `staging.<table>__models`
    and removes the rows of models that are no more.
-#}
{% macro choose_tested_models(models) -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'models') }} as
    select model_version from {{ models }} where purpose = 'test'
        {%- if is_incremental() %} and model_version not in (select model_version from {{ this }});
    delete from {{ this }} where model_version not in (select model_version from {{ models }} where purpose = 'test')
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
    Pre hook of the measures of predictions: puts the protocols to measure, each with a hash of the models that predicted,
    into `staging.<table>__protocols` and removes the rows of those and of protocols that are no more.
-#}
{% macro choose_protocols(models) -%}
    {%- if reads_extracts() %}
    create or replace table {{ side_table(this, 'protocols') }} as
    select protocol, left(md5(string_agg(model_version, ' ' order by model_version)), 12) as backtest_version
    from {{ models }} where purpose = 'test' group by protocol;
        {%- if is_incremental() %}
    delete from {{ this }}
    where (protocol, backtest_version) not in (select (protocol, backtest_version) from {{ side_table(this, 'protocols') }});
    delete from {{ side_table(this, 'protocols') }} where protocol in (select protocol from {{ this }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
