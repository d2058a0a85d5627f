"""The text of each post made ready for the tables of the corpus: its content words, and what its copies share with it.

Read once here, so that keyphrases, terms, topics and similar posts need no text.
"""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from lernhaus.nlp import batches, clean, near_duplicates, terms

TEXT_VERSION = f"1.0 snowballstemmer-{version('snowballstemmer')}"

# Bytes, not text: a source that let broken UTF-8 through must not break the batch.
INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("language", pa.string()),
        ("text", pa.large_binary()),
        ("load_id", pa.int64()),
    ]
)
SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
        ("band_hashes", pa.list_(pa.int64())),
        ("load_id", pa.int64()),
    ]
)
# No text costs unbounded time: what is longer is taken by its beginning.
READ_CHARACTERS = 200_000


def prose_of(text: bytes | None) -> str:
    """The prose at the beginning of a text; bytes that are no UTF-8 count as replacement characters."""
    return clean.prose((text or b"").decode("utf-8", "replace")[:READ_CHARACTERS])


def compute(batch: pa.RecordBatch) -> pa.RecordBatch:
    """One row (``SCHEMA``) per post of the batch (``INPUT_SCHEMA``), in its order. A null text is an empty one."""
    words: list[list[str]] = []
    hashes: list[Any] = []
    for text, language in zip(batch["text"].to_pylist(), batch["language"].to_pylist(), strict=True):
        prose = prose_of(text)
        words.append(terms.content_words(prose, language))
        hashes.append(near_duplicates.band_hashes(near_duplicates.shingles(prose)))
    columns = [
        *(batch[name] for name in ("post_key", "as_of", "language")),
        pa.array(words, pa.list_(pa.string())),
        pa.array(hashes, pa.list_(pa.int64())),
        batch["load_id"],
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def stream(posts: Iterable[pa.RecordBatch], *, processes: int | None = None) -> pa.RecordBatchReader:
    """``compute`` of all posts, in order, as `lernhaus.nlp.batches.stream` does it.

    Input columns, others are ignored: those of ``INPUT_SCHEMA``, text as string or binary. The rows are the same
    whatever the batches' sizes, their order and the number of processes.
    """
    return batches.stream(compute, posts, INPUT_SCHEMA, SCHEMA, processes=processes)
