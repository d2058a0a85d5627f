"""Features of learner posts, batch by batch.

`compute` is a pure function of one Arrow batch; `stream` applies it to any number of batches, in order, in
bounded memory, on several processes when there is work for them.
"""

import importlib.metadata
import itertools
import os
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from lernhaus.nlp import clean, diversity, language, readability, signals, syllables, tokens
from lernhaus.nlp.pool import in_pool
from lernhaus.nlp.sentiment import english_sentiment
from lernhaus.nlp.sentiment_german import german_sentiment

_PACKAGES = {"vader": "vaderSentiment", "py3langid": "py3langid", "textblob-de": "textblob-de"}
FEATURE_VERSION: str = " ".join(
    ["2.1", *(f"{name}-{importlib.metadata.version(package)}" for name, package in _PACKAGES.items())]
)

# Bytes, not text: a source that let broken UTF-8 through must not break the batch.
INPUT_SCHEMA: pa.Schema = pa.schema([("post_key", pa.int64()), ("as_of", pa.date32()), ("text", pa.large_binary())])

SCHEMA: pa.Schema = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("language", pa.string()),
        ("language_confidence", pa.float64()),
        ("character_count", pa.int32()),
        ("word_count", pa.int32()),
        ("sentence_count", pa.int32()),
        ("code_share", pa.float64()),
        ("formula_share", pa.float64()),
        ("url_share", pa.float64()),
        ("flesch_reading_ease", pa.float64()),
        ("flesch_kincaid_grade", pa.float64()),
        ("amstad_reading_ease", pa.float64()),
        ("wiener_sachtextformel", pa.float64()),
        ("lix", pa.float64()),
        ("type_token_ratio", pa.float64()),
        ("mattr", pa.float64()),
        ("mtld", pa.float64()),
        ("sentiment_compound", pa.float64()),
        ("sentiment_positive", pa.float64()),
        ("sentiment_neutral", pa.float64()),
        ("sentiment_negative", pa.float64()),
        ("question_score", pa.float64()),
        ("confusion_score", pa.float64()),
        ("urgency_score", pa.float64()),
        ("gratitude_score", pa.float64()),
        ("cues", pa.list_(pa.string())),
        ("feature_version", pa.string()),
    ]
)

# All but `character_count` is taken from the beginning of the text, so that no post costs unbounded time.
READ_CHARACTERS = 200_000
# Each process loads the models anew (a second), which fewer posts do not win back.
POOL_THRESHOLD = 2_000
_SLICE_ROWS = 256


def describe(text: str) -> dict[str, Any]:
    """The features of one text: every column of `SCHEMA` that depends on it. Columns left out are null."""
    start = text[:READ_CHARACTERS]
    parts = clean.take_apart(start)
    words = tokens.words(parts.prose)
    code, confidence = language.identify(parts.prose) if words else (language.UNDETERMINED, 0.0)
    sentences = tokens.sentences(parts.prose, code) if words else []
    features: dict[str, Any] = {
        "language": code,
        "language_confidence": confidence,
        "character_count": len(text),
        "sentence_count": len(sentences),
        **signals.signals(sentences, words),
    }
    if text:
        shares = {"code_share": parts.code, "formula_share": parts.formula, "url_share": parts.address}
        features |= {name: round(characters / len(start), 4) for name, characters in shares.items()}
    if code not in tokens.UNSPACED_LANGUAGES:
        features["word_count"] = len(words)
        features |= _readability(words, len(sentences), code)
        folded = [word.casefold() for word in words]
        features["type_token_ratio"] = diversity.type_token_ratio(folded)
        features["mattr"] = diversity.mattr(folded)
        features["mtld"] = diversity.mtld(folded)
    if code in ("en", "de"):
        scores = english_sentiment(parts.prose) if code == "en" else german_sentiment(parts.prose, sentences)
        features |= {f"sentiment_{name}": score for name, score in scores._asdict().items()}
    return features


def _readability(words: list[str], sentence_count: int, code: str) -> dict[str, float]:
    if not words:
        return {}
    long_words = sum(tokens.letter_count(word) > 6 for word in words)
    features = {"lix": readability.lix(sentence_count, len(words), long_words)}
    if code == "en":
        counts = sentence_count, len(words), sum(map(syllables.english_syllables, words))
        features["flesch_reading_ease"] = readability.flesch_reading_ease(*counts)
        features["flesch_kincaid_grade"] = readability.flesch_kincaid_grade(*counts)
    elif code == "de":
        lengths = list(map(syllables.german_syllables, words))
        features["amstad_reading_ease"] = readability.amstad_reading_ease(sentence_count, len(words), sum(lengths))
        features["wiener_sachtextformel"] = readability.wiener_sachtextformel(
            sentence_count,
            len(words),
            long_words,
            polysyllables=sum(length >= 3 for length in lengths),
            monosyllables=lengths.count(1),
        )
    return features


def _as_input(batch: pa.RecordBatch) -> pa.RecordBatch:
    missing = set(INPUT_SCHEMA.names) - set(batch.schema.names)
    if missing:
        raise ValueError(f"posts lack the columns {sorted(missing)}; found {batch.schema.names}")
    return batch.select(INPUT_SCHEMA.names).cast(INPUT_SCHEMA)


def compute(batch: pa.RecordBatch) -> pa.RecordBatch:
    """One row of features (`SCHEMA`) per post of the batch, in its order.

    Input columns, others are ignored: `post_key` int64, `as_of` date32, `text` string or binary in UTF-8. A
    null text is an empty one: no words, language `und`. Bytes that are no UTF-8 count as replacement
    characters.

    Raises ValueError when an input column is missing, pyarrow.ArrowInvalid when one cannot be cast to its
    type.
    """
    posts = _as_input(batch)
    rows = [
        describe((text or b"").decode("utf-8", "replace")) | {"feature_version": FEATURE_VERSION}
        for text in posts["text"].to_pylist()
    ]
    features = pa.RecordBatch.from_pylist(rows, schema=pa.schema(list(SCHEMA)[2:]))
    return pa.RecordBatch.from_arrays([posts["post_key"], posts["as_of"], *features.columns], schema=SCHEMA)


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        posts = _as_input(batch)
        for start in range(0, posts.num_rows, _SLICE_ROWS):
            yield posts.slice(start, _SLICE_ROWS)


def _features(batches: Iterable[pa.RecordBatch], processes: int) -> Iterator[pa.RecordBatch]:
    slices = _slices(batches)
    first: list[pa.RecordBatch] = []
    rows = 0
    while rows <= POOL_THRESHOLD and (posts := next(slices, None)) is not None:
        first.append(posts)
        rows += posts.num_rows
    if processes > 1 and rows > POOL_THRESHOLD:
        yield from in_pool(compute, itertools.chain(first, slices), processes)
    else:
        yield from map(compute, itertools.chain(first, slices))


def stream(batches: Iterable[pa.RecordBatch], *, processes: int | None = None) -> pa.RecordBatchReader:
    """Features (`SCHEMA`, one row per post, in order) of all batches, computed as the reader is read.

    Input as for `compute`. More than `POOL_THRESHOLD` posts are shared among `processes` processes
    (default: one per processor), at most two slices of 256 posts per process ahead of the reader; fewer are
    done in this process. The rows are the same whatever the batches' sizes, their order and the number of
    processes.
    """
    return pa.RecordBatchReader.from_batches(SCHEMA, _features(batches, processes or os.cpu_count() or 1))
