from lernhaus.nlp import post_features


def model(dbt, session):
    dbt.config(materialized="table")
    posts = dbt.ref("fct_post").project("post_key, posted_date as as_of, text").order("post_key")
    return post_features.stream(posts.to_arrow_reader(1024))
