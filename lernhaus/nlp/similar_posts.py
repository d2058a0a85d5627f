"""For each post the earlier posts of the same course that are like it.

Neighbours are looked for among what was there before: a pair stands in the row of its later post, so that a row
never changes by what is posted after it. Near duplicates are found as `lernhaus.nlp.near_duplicates` says; of the posts
that share a band with a post, the ``NEAREST`` before it are compared, so that the work grows with the number of posts
and not with its square even where all posts say the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.nlp import near_duplicates
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.post_text import prose_of

FEATURE_VERSION = "1.0"

MOST_NEIGHBOURS = 5
NEAREST = 10

INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("course_key", pa.int64()),
        ("as_of", pa.date32()),
        ("is_chosen", pa.bool_()),
        ("band_hashes", pa.list_(pa.int64())),
    ]
)
SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("neighbour_post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("similarity_kind", pa.string()),
        ("neighbour_rank", pa.int32()),
        ("similarity", pa.float64()),
        ("feature_version", pa.string()),
    ]
)

TextsOf = Callable[[pa.Table], Iterable[pa.RecordBatch]]
"""The texts (``post_key``, ``text``; one row per post, in any order) of the posts in a table with ``post_key``."""

Positions = NDArray[np.int64]
# pairs whose texts are in memory at a time
_CHUNK = 10_000


@dataclass(frozen=True)
class _Posts:
    """Posts in order of course and time; the arrays are parallel, but for ``bands``: its rows are posts ``banded``."""

    keys: Positions
    courses: Positions
    as_of: pa.Array
    is_chosen: NDArray[np.bool_]
    banded: Positions
    bands: NDArray[np.int64]


def _read(batches: Iterable[pa.RecordBatch]) -> _Posts:
    tables = [as_input(batch, INPUT_SCHEMA) for batch in batches]
    posts = pa.Table.from_batches(tables, INPUT_SCHEMA).combine_chunks()
    keys, courses = (posts[name].to_numpy() for name in ("post_key", "course_key"))
    hashes = posts["band_hashes"].combine_chunks()
    return _Posts(
        keys,
        courses,
        posts["as_of"].combine_chunks(),
        posts["is_chosen"].to_numpy(),
        np.flatnonzero(hashes.value_lengths().to_numpy(zero_copy_only=False)),
        hashes.flatten().to_numpy().reshape(-1, near_duplicates.BANDS),
    )


def _candidates(posts: _Posts) -> NDArray[np.int64]:
    """Pairs of positions (later, earlier), sorted, each once: the later one is chosen, and they share a band."""
    count = len(posts.keys)
    found = np.empty(0, np.int64)
    for band in range(posts.bands.shape[1]):
        # stable: among equal hashes of a course the order of time stays
        order = np.lexsort((posts.bands[:, band], posts.courses[posts.banded]))
        hashes, positions = posts.bands[order, band], posts.banded[order]
        courses = posts.courses[positions]
        pairs = [found]
        for distance in range(1, NEAREST + 1):
            later, earlier = positions[distance:], positions[:-distance]
            shared = (hashes[distance:] == hashes[:-distance]) & (courses[distance:] == courses[:-distance])
            if not shared.any():
                break
            shared &= posts.is_chosen[later]
            pairs.append(later[shared] * count + earlier[shared])
        found = np.unique(np.concatenate(pairs))
    return np.stack(np.divmod(found, max(1, count)), axis=1)


def _similarities(posts: _Posts, pairs: NDArray[np.int64], texts_of: TextsOf) -> Iterator[NDArray[np.float64]]:
    """The exact similarity of each pair."""
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        keys = pa.table({"post_key": posts.keys[np.unique(chunk)]})
        shingles = {
            key: near_duplicates.shingles(prose_of(text))
            for batch in texts_of(keys)
            for key, text in zip(
                batch["post_key"].to_pylist(), batch["text"].cast(pa.binary()).to_pylist(), strict=True
            )
        }
        sets = ((shingles[later], shingles[earlier]) for later, earlier in posts.keys[chunk].tolist())
        yield np.array([near_duplicates.jaccard(*both) for both in sets])


def _best(pairs: NDArray[np.int64], similarity: NDArray[np.float64]) -> tuple[Positions, NDArray[np.int32]]:
    """The places of the best pairs of each later post, in order, and their ranks; of equals, the latest neighbour."""
    order = np.lexsort((-pairs[:, 1], -similarity, pairs[:, 0]))
    later = pairs[order, 0]
    rank = np.arange(len(order)) - np.searchsorted(later, later) + 1
    kept = rank <= MOST_NEIGHBOURS
    return order[kept], rank[kept].astype(np.int32)


def find(posts: Iterable[pa.RecordBatch], texts_of: TextsOf) -> pa.Table:
    """The neighbours (``SCHEMA``) of the chosen posts, in their order, the best first.

    ``posts`` (``INPUT_SCHEMA``, as `lernhaus.nlp.post_text` makes it; other columns are ignored) are in order of
    ``course_key``, time and ``post_key``, and hold, for each course with a chosen post, all posts before it. Raises
    ValueError and pyarrow.ArrowInvalid as `lernhaus.nlp.batches.as_input` does.
    """
    read = _read(posts)
    pairs = _candidates(read)
    similarity = np.concatenate([np.empty(0), *_similarities(read, pairs, texts_of)]).round(4)
    alike = similarity >= near_duplicates.LEAST_SIMILARITY
    pairs, similarity = pairs[alike], similarity[alike]
    best, rank = _best(pairs, similarity)
    columns = [
        read.keys[pairs[best, 0]],
        read.keys[pairs[best, 1]],
        read.as_of.take(pa.array(pairs[best, 0])),
        np.full(len(best), "near_duplicate"),
        rank,
        similarity[best],
        np.full(len(best), FEATURE_VERSION),
    ]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)
