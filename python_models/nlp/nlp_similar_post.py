from lernhaus.nlp import similar_posts


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    texts = dbt.ref("int_post_text")
    terms = dbt.ref("nlp_term").to_arrow_table()
    written = dbt.ref("fct_post").project("post_key, text")
    chosen = session.table("staging.nlp_similar_post__posts").filter("is_chosen is not null")
    posts = chosen.join(texts, "post_key").order("course_key, posted_at, post_key")
    return similar_posts.find(
        posts.to_arrow_reader(8192),
        terms,
        texts_of=lambda keys: written.join(session.from_arrow(keys), "post_key").to_arrow_reader(1024),
    )
