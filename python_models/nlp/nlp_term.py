from lernhaus.nlp import vocabulary


def model(dbt, session):
    dbt.config(materialized="table")
    texts = dbt.ref("int_post_text")
    learners = dbt.ref("fct_post").project("post_key, learner_key")
    as_of = dbt.ref("int_as_of")
    posts = texts.join(learners, "post_key").join(as_of, "as_of <= as_of_date").order("post_key")
    return vocabulary.fit(posts.to_arrow_reader(1024), least_learners=dbt.config.meta_get("minimum_group_size"))
