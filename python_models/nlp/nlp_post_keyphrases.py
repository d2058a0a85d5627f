from lernhaus.nlp import keyphrases


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    texts = dbt.ref("int_post_text")
    new = session.table("staging.nlp_post_keyphrases__posts")
    return keyphrases.stream(texts.join(new, "post_key").order("post_key").to_arrow_reader(1024))
