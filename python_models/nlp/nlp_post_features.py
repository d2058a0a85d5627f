from lernhaus.nlp import models, post_features


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    posts = dbt.ref("fct_post").project("post_key, posted_date as as_of, text")
    new = session.table("staging.nlp_post_features__posts")
    learned = models.learned_models(
        dbt.ref("nlp_model").to_arrow_table(), dbt.ref("int_labelled_post").to_arrow_table()
    )
    return post_features.stream(posts.join(new, "post_key").to_arrow_reader(1024), learned=learned)
