from lernhaus.nlp import models


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    labelled = dbt.ref("int_labelled_post").to_arrow_table()
    known = session.table("staging.nlp_model__before").to_arrow_table() if dbt.is_incremental else None
    return models.describe_models(labelled, known)
