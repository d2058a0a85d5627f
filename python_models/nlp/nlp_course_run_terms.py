from lernhaus.nlp import course_run_terms


def model(dbt, session):
    dbt.config(materialized="table")
    texts = dbt.ref("int_post_text")
    facts = dbt.ref("fct_post").project("post_key, course_run_key, learner_key")
    as_of = dbt.ref("int_as_of")
    today = as_of.fetchall()[0][0]
    posts = texts.join(facts, "post_key").join(as_of, "as_of <= as_of_date").order("course_run_key, post_key")
    return course_run_terms.find(
        posts.to_arrow_reader(1024), least_learners=dbt.config.meta_get("minimum_group_size"), as_of=today
    )
