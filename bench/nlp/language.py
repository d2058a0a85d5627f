"""Language of texts whose sources are written in one language: English reviews, news, posts; German encyclopedia.

And whether their prose is taken for prose: reviews, news and encyclopedia hold no code.

The English sets are not pure: some of the tweets are Dutch, Spanish or Turkish, and some of the posts nothing but
formulas. They count as errors all the same.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.nlp import Figure, data_file
from lernhaus.nlp import clean
from lernhaus.nlp.language import identify

LONG = 80
GOAL = 0.995


def evaluate(data: Path, every: int = 1) -> list[Figure]:
    """Share of texts whose language is found, by language, for texts of at least ``LONG`` characters and shorter.

    With ``every`` n, only each n-th text is looked at.
    """
    figures = []
    for name, code, texts in (("English", "en", _english(data)), ("German", "de", _german(data))):
        found = pd.DataFrame(
            [(len(text) >= LONG, identify(clean.prose(text))[0]) for text in itertools.islice(texts, 0, None, every)]
        )
        for is_long, language in found.groupby(0)[1]:
            figures.append(
                Figure(
                    f"{name}, {LONG} characters or more" if is_long else f"{name}, shorter",
                    float((language == code).mean()),
                    at_least=GOAL if is_long else None,
                    unit="right",
                    note=f"{len(language):,} texts, und for {(language == 'und').mean():.2%}",
                    digits=4,
                )
            )
    lines = [*_printed(data), *_german(data)][::every]
    taken = sum(clean.take_apart(line).code > 0 for line in lines)
    return [*figures, Figure("lines of prose taken for code", taken, at_most=3, note=f"of {len(lines):,}", digits=0)]


def _printed(data: Path) -> Iterator[str]:
    yield from pd.read_parquet(data_file(data, "text/vader_ground_truth.parquet"))["text"]
    for text in pd.read_parquet(data_file(data, "text/onestopenglish.parquet"))["text"]:
        yield from re.split(r"\n+", text.strip())


def _english(data: Path) -> Iterator[str]:
    yield from _printed(data)
    with gzip.open(data_file(data, "forum/statements.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["result"]["response"]


def _german(data: Path) -> Iterator[str]:
    yield from pd.read_parquet(data_file(data, "text/textcomplexity_de.parquet"))["text"]
