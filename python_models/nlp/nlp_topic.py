from lernhaus.nlp import topics


def model(dbt, session):
    dbt.config(materialized="table")
    terms = dbt.ref("nlp_topic_term")
    posts = dbt.ref("nlp_post_topic")
    return topics.summarize(terms.to_arrow_table(), posts.project("topic_id, topic_rank").to_arrow_table())
