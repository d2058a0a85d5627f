"""Against published data sets with human judgements; skipped where they are not at hand."""

import datetime
import gzip
import json

import pandas as pd
import pyarrow as pa
import pytest
from conftest import real_data

from bench.nlp import language, readability, sentiment, urgency
from lernhaus.nlp.post_features import compute


@pytest.mark.parametrize("evaluation", [sentiment, readability, language, urgency])
def test_goals_of_the_evaluations_are_met(evaluation) -> None:  # type: ignore[no-untyped-def]
    figures = evaluation.evaluate(real_data("."))
    assert [figure for figure in figures if not figure.is_met] == []
    assert [figure for figure in figures if figure.goal]


def test_every_forum_post_gets_a_row() -> None:
    with gzip.open(real_data("forum/statements.jsonl.gz"), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["result"]["response"] for line in lines]
    posts = pa.record_batch(
        {
            "post_key": pa.array(range(len(texts)), pa.int64()),
            "as_of": pa.array([datetime.date(2024, 3, 1)] * len(texts), pa.date32()),
            "text": pa.array(texts, pa.string()),
        }
    )
    features = compute(posts)
    assert features["post_key"].to_pylist() == list(range(len(texts)))
    assert pd.Series(features["language"].to_pylist()).eq("en").mean() > 0.97
