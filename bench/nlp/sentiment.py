"""English sentiment beside the people who rated the four sets of the VADER paper; German beside sentences of our own.

Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of social media text.
ICWSM-14. The bounds are what the authors' own implementation gives on the sets as released, give or take .005.

For German there is no free set of rated learner posts. ``german_sentiment.csv`` holds sentences as learners write them,
made up for this: some before the rules, and used for them, the others afterwards. One and the same person wrote them
and the rules, so they tell whether the rules work rather than how good they are on the posts of a school.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bench.nlp import Figure, data_file
from lernhaus.nlp import clean, tokens
from lernhaus.nlp.sentiment import english_sentiment
from lernhaus.nlp.sentiment_german import german_sentiment

REFERENCE = {"tweets": 0.872, "amazon": 0.590, "movies": 0.427, "nyt": 0.503}
TOLERANCE = 0.005


GERMAN = Path(__file__).with_name("german_sentiment.csv")
# as VADER's authors divide the scale
POLAR = 0.05


def evaluate(data: Path) -> list[Figure]:
    """Pearson correlation of the compound score with the mean rating, set by set; share of right signs in German."""
    return [*_english(data), *_german()]


def _english(data: Path) -> list[Figure]:
    rated = pd.read_parquet(data_file(data, "text/vader_ground_truth.parquet"))
    figures = []
    for name, reference in REFERENCE.items():
        texts = rated[rated["dataset"] == f"vader_{name}"]
        compound = [english_sentiment(clean.prose(text)).compound for text in texts["text"]]
        figures.append(
            Figure(
                f"English, {name}: Pearson r with ratings",
                float(np.corrcoef(compound, texts["score"])[0, 1]),
                at_least=round(reference - TOLERANCE, 3),
                at_most=round(reference + TOLERANCE, 3),
                note=f"{len(texts):,} texts; {reference:.3f} by the authors' implementation",
            )
        )
    return figures


def _german() -> list[Figure]:
    posts = pd.read_csv(GERMAN)
    posts["found"] = posts["text"].map(_sign)
    parts = {"rules": "sentences the rules were made with", "afterwards": "sentences written afterwards"}
    return [
        Figure(
            f"German, {words}",
            float((part["found"] == part["sentiment"]).mean()),
            unit="right",
            note=f"{len(part)} positive, negative and neutral sentences of our own",
        )
        for name, words in parts.items()
        for part in [posts[posts["written"] == name]]
    ]


def _sign(text: str) -> str:
    prose = clean.prose(text)
    compound = german_sentiment(prose, tokens.sentences(prose, "de")).compound
    return "positive" if compound >= POLAR else "negative" if compound <= -POLAR else "neutral"
