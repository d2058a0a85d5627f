"""English sentiment beside the people who rated the four sets of the VADER paper.

Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of social media text.
ICWSM-14. The bounds are what the authors' own implementation gives on the sets as released, give or take .005.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bench.nlp import Figure, data_file
from lernhaus.nlp.sentiment import english_sentiment

REFERENCE = {"tweets": 0.872, "amazon": 0.590, "movies": 0.427, "nyt": 0.503}
TOLERANCE = 0.005


def evaluate(data: Path) -> list[Figure]:
    """Pearson correlation of the compound score with the mean rating, set by set."""
    rated = pd.read_parquet(data_file(data, "text/vader_ground_truth.parquet"))
    figures = []
    for name, reference in REFERENCE.items():
        texts = rated[rated["dataset"] == f"vader_{name}"]
        compound = [english_sentiment(text).compound for text in texts["text"]]
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
