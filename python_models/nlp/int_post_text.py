from lernhaus.nlp import post_text


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    posts = dbt.ref("fct_post").project("post_key, posted_date as as_of, text")
    languages = dbt.ref("nlp_post_features").project("post_key, language")
    new = session.table("staging.int_post_text__posts")
    return post_text.stream(posts.join(languages, "post_key").join(new, "post_key").to_arrow_reader(1024))
