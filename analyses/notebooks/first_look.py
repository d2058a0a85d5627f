# %% [markdown]
# # A first look at a Lernhaus file
#
# Eight questions to the published file, from "what is in it" to a figure of one's own. Runs from top to bottom:
# `python analyses/notebooks/first_look.py [file]`, or cell by cell in an editor that knows `# %%`.

# %%
import sys

import duckdb

named = [argument for argument in sys.argv[1:] if argument.endswith(".duckdb")]
published = named[0] if named else "published/lernhaus.duckdb"
warehouse = duckdb.connect(published, read_only=True)  # read-only: a build may renew the file at any time

# %% [markdown]
# ## 1. What is in it?
# `fct_` are the facts, `dim_` what they are sliced by, `growth_` and `rpt_` tables made to be read, `nlp_`,
# `engagement_` and `risk_` scores.

# %%
tables = warehouse.sql("select table_name, estimated_size as row_count from duckdb_tables() order by table_name").df()
print(tables.to_string(index=False))

# %% [markdown]
# ## 2. How fresh is it?

# %%
print(warehouse.sql("select min(activity_date) as first_day, max(activity_date) as last_day from fct_daily_activity"))

# %% [markdown]
# ## 3. How did the course runs of the past end?
# A fact joins a dimension with `using (…_key)`. Groups of fewer than ten learners tell of persons: leave them out.

# %%
runs = warehouse.sql(
    """
    select
        r.course_run_id,
        count(*) as enrollments,
        round(avg((e.final_result in ('pass', 'distinction'))::integer), 2) as pass_rate
    from fct_enrollment as e
    join dim_course_run as r using (course_run_key)
    where r.is_finished
    group by all
    having count(*) >= 10
    order by pass_rate desc, course_run_id
    """
).df()
print(runs.to_string(index=False))

# %% [markdown]
# ## 4. How does activity go over the weeks of a run?
# Time is held twice: `week_start_date` is the calendar, `course_week` counts from the start of the run.

# %%
weeks = warehouse.sql(
    """
    select course_week, sum(active_enrollment_count) / sum(enrollment_count) as active_share
    from rpt_course_week
    where course_week between 0 and 20
    group by all
    order by course_week
    """
).df()
for week, share in weeks.itertuples(index=False):
    print(f"week {week:>2}  {share:>4.0%}  {'#' * round(40 * share)}")

# %% [markdown]
# ## 5. From one fact to another
# `enrollment_key` is on every fact. Sum each fact by it first, then join: a join of two facts row by row counts twice.

# %%
drill_across = warehouse.sql(
    """
    with used as (
        select enrollment_key, sum(interaction_count) as interactions
        from fct_daily_activity
        group by enrollment_key
    ),
    handed_in as (
        select enrollment_key, avg(score) as mean_score
        from fct_submission
        where not is_banked
        group by enrollment_key
    )
    select
        ntile(4) over (order by used.interactions) as quarter_by_use,
        used.interactions,
        handed_in.mean_score
    from used
    join handed_in using (enrollment_key)
    """
).df()
print(drill_across.groupby("quarter_by_use").agg(["count", "median"]).round(1))

# %% [markdown]
# ## 6. Scores are tables like others
# Each looks back from a day (`as_of_day`) and knows nothing of what came after it.

# %%
scores = warehouse.sql(
    """
    select
        k.as_of_day,
        k.risk_band,
        count(*) as enrollments,
        round(avg((e.final_result = 'withdrawn')::integer), 2) as withdrew
    from risk_enrollment as k
    join fct_enrollment as e using (enrollment_key)
    where e.final_result is not null and k.as_of_day in (14, 42)
    group by all
    having count(*) >= 10
    order by k.as_of_day, withdrew
    """
).df()
print(scores.to_string(index=False))

# %% [markdown]
# ## 7. What is talked about?
# A post with two topics counts for each by its weight, so that sums stay right.

# %%
topics = warehouse.sql(
    """
    select
        t.topic_label,
        round(sum(b.weight), 1) as posts,
        round(sum(f.sentiment_compound * b.weight) / sum(b.weight), 2) as sentiment
    from bridge_post_topic as b
    join dim_topic as t using (topic_key)
    join nlp_post_features as f using (post_key)
    group by all
    order by posts desc
    limit 10
    """
).df()
print(topics.to_string(index=False))

# %% [markdown]
# ## 8. A figure of one's own
# From here on pandas, Polars or any other library. This one has no table of its own: on which days of the week do those
# study who pass, and those who do not?

# %%
weekdays = (
    warehouse.sql(
        """
        select
            d.day_of_week,
            d.day_name,
            case when e.final_result in ('pass', 'distinction') then 'passed' else 'did not pass' end as outcome,
            sum(a.interaction_count) as interactions
        from fct_daily_activity as a
        join fct_enrollment as e using (enrollment_key)
        join dim_date as d using (date_key)
        where e.final_result is not null
        group by all
        """
    )
    .df()
    .pivot_table(index=["day_of_week", "day_name"], columns="outcome", values="interactions", aggfunc="sum")
)
print((weekdays / weekdays.sum()).round(3))

# %%
warehouse.close()
