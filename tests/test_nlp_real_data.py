"""Against published data sets with human judgements; skipped where they are not at hand."""

import datetime
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lernhaus.nlp.post_features import compute, describe
from lernhaus.nlp.sentiment import english_sentiment

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = Path(os.environ.get("LERNHAUS_REAL_DATA", ROOT.parent / "shared" / "data"))


def _real(name: str) -> Path:
    path = REAL_DATA / name
    if not path.exists():
        pytest.skip(f"no {name} in {REAL_DATA}; set LERNHAUS_REAL_DATA")
    return path


def test_vader_agrees_with_its_raters_as_published() -> None:
    # r = .872 is what the authors' released lexicon and ratings give.
    rated = pd.read_parquet(_real("text/vader_ground_truth.parquet"))
    tweets = rated[rated["dataset"] == "vader_tweets"]
    compound = [english_sentiment(text).compound for text in tweets["text"]]
    assert np.corrcoef(compound, tweets["score"])[0, 1] == pytest.approx(0.872, abs=0.005)


def test_flesch_orders_the_same_text_at_three_levels() -> None:
    articles = pd.read_parquet(_real("text/onestopenglish.parquet"))
    articles = articles.sort_values("id").head(180)
    features = pd.DataFrame([describe(text) for text in articles["text"]])
    assert set(features["language"]) == {"en"}
    features["level"] = articles["level"].to_numpy()
    features["article"] = articles["id"].str.replace(r"-\w+\.txt$", "", regex=True).to_numpy()
    ease = features.groupby("level")["flesch_reading_ease"].mean()
    assert ease["Ele"] > ease["Int"] > ease["Adv"]
    by_article = features.pivot_table(index="article", columns="level", values="flesch_reading_ease")
    assert (by_article["Ele"] > by_article["Adv"]).mean() > 0.95


def test_amstad_and_lix_follow_rated_complexity() -> None:
    rated = pd.read_parquet(_real("text/textcomplexity_de.parquet"))
    features = pd.DataFrame([describe(text) for text in rated["text"]])
    assert (features["language"] == "de").mean() > 0.99
    assert np.corrcoef(features["amstad_reading_ease"], rated["level_num"])[0, 1] < -0.5
    assert np.corrcoef(features["lix"], rated["level_num"])[0, 1] > 0.6


def test_every_forum_post_gets_a_row() -> None:
    with gzip.open(_real("forum/statements.jsonl.gz"), "rt", encoding="utf-8") as lines:
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
