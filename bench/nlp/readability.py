"""Readability beside what people say: texts written at three levels (English), sentences rated (German).

Vajjala, S., Lučić, I. (2018). OneStopEnglish corpus. BEA-13. Naderi, B., Mohtaj, S., Ensikat, K., Möller, S. (2019).
Subjective assessment of text complexity: a dataset for German language. arXiv:1904.07733.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bench.nlp import Figure, data_file
from lernhaus.nlp.describe import describe

GERMAN_FORMULAS = {
    "amstad_reading_ease": "Amstad",
    "lix": "LIX",
    "wiener_sachtextformel": "the first Wiener Sachtextformel",
}


def evaluate(data: Path, every: int = 1) -> list[Figure]:
    """Share of English text pairs in the right order by Flesch; Spearman with rated complexity in German.

    With ``every`` n, only each n-th English text is looked at, at its three levels.
    """
    english = pd.read_parquet(data_file(data, "text/onestopenglish.parquet"))
    german = pd.read_parquet(data_file(data, "text/textcomplexity_de.parquet"))
    return [*_english(english, every), *_german(german)]


def _english(texts: pd.DataFrame, every: int) -> list[Figure]:
    article = texts["id"].str.replace(r"-\w+\.txt$", "", regex=True)
    texts = texts.assign(article=article)[article.isin(sorted(set(article))[::every])]
    ease = pd.DataFrame(
        {
            "article": texts["article"],
            "level": texts["level"],
            "ease": [describe(text)["flesch_reading_ease"] for text in texts["text"]],
        }
    ).pivot_table(index="article", columns="level", values="ease")
    pairs = {
        ("Ele", "Adv"): ("elementary easier than advanced", 0.95),
        ("Ele", "Int"): ("elementary easier than intermediate", None),
        ("Int", "Adv"): ("intermediate easier than advanced", None),
    }
    return [
        Figure(
            f"English: {words} by Flesch",
            float((ease[easier] > ease[harder]).mean()),
            at_least=goal,
            unit="of pairs",
            note=f"{len(ease)} texts at three levels",
        )
        for (easier, harder), (words, goal) in pairs.items()
    ]


def _german(sentences: pd.DataFrame) -> list[Figure]:
    features = pd.DataFrame([describe(text) for text in sentences["text"]], index=sentences.index)
    return [
        Figure(
            f"German: Spearman of {name} with rated complexity",
            float(features[column].corr(sentences["level_num"], method="spearman")),
            note=f"{len(sentences):,} sentences",
        )
        for column, name in GERMAN_FORMULAS.items()
    ]
