from lernhaus.nlp import post_features


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    posts = dbt.ref("fct_post").project("post_key, posted_date as as_of, text")
    new = session.table("staging.nlp_post_features__posts")
    return post_features.stream(posts.join(new, "post_key").to_arrow_reader(1024))
