from lernhaus.nlp import topics


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    texts = dbt.ref("int_post_text")
    terms = dbt.ref("nlp_topic_term").to_arrow_table()
    new = session.table("staging.nlp_post_topic__posts")
    return topics.of_posts(texts.join(new, "post_key").order("post_key").to_arrow_reader(1024), terms)
