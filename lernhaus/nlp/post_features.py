"""Features of learner posts, batch by batch.

`compute` is a pure function of one Arrow batch; `stream` applies it to any number of batches, in order, in
bounded memory, on several processes when there is work for them.
"""

import importlib.metadata
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa

from lernhaus.nlp.batches import as_input, pays_for_a_pool, slices
from lernhaus.nlp.describe import describe_all
from lernhaus.pool import in_pool

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
        ("confusion_source", pa.string()),
        ("urgency_score", pa.float64()),
        ("urgency_source", pa.string()),
        ("gratitude_score", pa.float64()),
        ("cues", pa.list_(pa.string())),
        ("feature_version", pa.string()),
    ]
)


RULES = "rules"
# What a model may make, and the column that says which one did.
_SOURCES = {"confusion_score": "confusion_source", "urgency_score": "urgency_source"}


class Learned(NamedTuple):
    """A model in the place of a rule: its version, and a function from texts and their features to scores."""

    version: str
    scores: Callable[[Sequence[str], Sequence[Mapping[str, Any]]], list[float]]


def compute(batch: pa.RecordBatch, learned: Mapping[str, Learned] = MappingProxyType({})) -> pa.RecordBatch:
    """One row of features (`SCHEMA`) per post of the batch, in its order.

    Input columns, others are ignored: `post_key` int64, `as_of` date32, `text` string or binary in UTF-8. A
    null text is an empty one: no words, language `und`. Bytes that are no UTF-8 count as replacement
    characters. `learned` has the models, by feature, that replace the scores of the rules.

    Raises ValueError when an input column is missing, pyarrow.ArrowInvalid when one cannot be cast to its
    type.
    """
    posts = as_input(batch, INPUT_SCHEMA)
    return _table(posts, describe_all(_texts(posts)), learned)


def _texts(posts: pa.RecordBatch) -> list[str]:
    return [(text or b"").decode("utf-8", "replace") for text in posts["text"].to_pylist()]


def _table(posts: pa.RecordBatch, rows: list[dict[str, Any]], learned: Mapping[str, Learned]) -> pa.RecordBatch:
    # all models see the scores of the rules, so none sees another's
    scores = {feature: model.scores(_texts(posts), rows) for feature, model in learned.items()}
    sources = dict.fromkeys(_SOURCES.values(), RULES)
    sources |= {_SOURCES[feature]: model.version for feature, model in learned.items()}
    rows = [
        row
        | sources
        | {feature: values[number] for feature, values in scores.items()}
        | {"feature_version": FEATURE_VERSION}
        for number, row in enumerate(rows)
    ]
    features = pa.RecordBatch.from_pylist(rows, schema=pa.schema(list(SCHEMA)[2:]))
    return pa.RecordBatch.from_arrays([posts["post_key"], posts["as_of"], *features.columns], schema=SCHEMA)


def _features(
    batches: Iterable[pa.RecordBatch], processes: int, learned: Mapping[str, Learned]
) -> Iterator[pa.RecordBatch]:
    are_many, posts = pays_for_a_pool(slices(batches, INPUT_SCHEMA))
    if processes > 1 and are_many:
        ahead, behind = itertools.tee(posts)
        # texts and rows, not batches, so that the processes need no Arrow
        for rows, batch in zip(in_pool(describe_all, map(_texts, ahead), processes), behind, strict=False):
            yield _table(batch, rows, learned)
    else:
        yield from (compute(batch, learned) for batch in posts)


def stream(
    batches: Iterable[pa.RecordBatch],
    *,
    processes: int | None = None,
    learned: Mapping[str, Learned] = MappingProxyType({}),
) -> pa.RecordBatchReader:
    """Features (`SCHEMA`, one row per post, in order) of all batches, computed as the reader is read.

    Input and `learned` as for `compute`. More than `batches.POOL_THRESHOLD` posts are shared among `processes`
    processes (default: one per processor), at most two slices of 256 posts per process ahead of the reader; fewer are
    done in this process. The rows are the same whatever the batches' sizes, their order and the number of
    processes.
    """
    features = _features(batches, processes or os.cpu_count() or 1, learned)
    return pa.RecordBatchReader.from_batches(SCHEMA, features)
