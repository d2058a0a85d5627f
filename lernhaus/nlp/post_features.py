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

from lernhaus.nlp.batches import as_input, pays_for_a_pool, slices
from lernhaus.nlp.describe import describe_all
from lernhaus.nlp.pool import in_pool

_PACKAGES = {"vader": "vaderSentiment", "py3langid": "py3langid", "textblob-de": "textblob-de"}
FEATURE_VERSION: str = " ".join(
    ["2.3", *(f"{name}-{importlib.metadata.version(package)}" for name, package in _PACKAGES.items())]
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


def compute(batch: pa.RecordBatch) -> pa.RecordBatch:
    """One row of features (`SCHEMA`) per post of the batch, in its order.

    Input columns, others are ignored: `post_key` int64, `as_of` date32, `text` string or binary in UTF-8. A
    null text is an empty one: no words, language `und`. Bytes that are no UTF-8 count as replacement
    characters.

    Raises ValueError when an input column is missing, pyarrow.ArrowInvalid when one cannot be cast to its
    type.
    """
    posts = as_input(batch, INPUT_SCHEMA)
    return _table(posts, describe_all(_texts(posts)))


def _texts(posts: pa.RecordBatch) -> list[str]:
    return [(text or b"").decode("utf-8", "replace") for text in posts["text"].to_pylist()]


def _table(posts: pa.RecordBatch, rows: list[dict[str, Any]]) -> pa.RecordBatch:
    rows = [row | {"feature_version": FEATURE_VERSION} for row in rows]
    features = pa.RecordBatch.from_pylist(rows, schema=pa.schema(list(SCHEMA)[2:]))
    return pa.RecordBatch.from_arrays([posts["post_key"], posts["as_of"], *features.columns], schema=SCHEMA)


def _features(batches: Iterable[pa.RecordBatch], processes: int) -> Iterator[pa.RecordBatch]:
    are_many, posts = pays_for_a_pool(slices(batches, INPUT_SCHEMA))
    if processes > 1 and are_many:
        ahead, behind = itertools.tee(posts)
        # texts and rows, not batches, so that the processes need no Arrow
        for rows, batch in zip(in_pool(describe_all, map(_texts, ahead), processes), behind, strict=False):
            yield _table(batch, rows)
    else:
        yield from map(compute, posts)


def stream(batches: Iterable[pa.RecordBatch], *, processes: int | None = None) -> pa.RecordBatchReader:
    """Features (`SCHEMA`, one row per post, in order) of all batches, computed as the reader is read.

    Input as for `compute`. More than `batches.POOL_THRESHOLD` posts are shared among `processes` processes
    (default: one per processor), at most two slices of 256 posts per process ahead of the reader; fewer are
    done in this process. The rows are the same whatever the batches' sizes, their order and the number of
    processes.
    """
    return pa.RecordBatchReader.from_batches(SCHEMA, _features(batches, processes or os.cpu_count() or 1))
