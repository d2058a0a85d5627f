"""For each post the earlier posts of the same course that are like it.

Neighbours are looked for among what was there before: a pair stands in the row of its later post, so that a row
never changes by what is posted after it. Near duplicates are found as `lernhaus.nlp.near_duplicates` says; of the posts
that share a band with a post, the ``NEAREST`` before it are compared, so that the work grows with the number of posts
and not with its square even where all posts say the same.

Other posts are like a post in what they are about: *semantic* neighbours are those at the smallest angle to it in the
space of `lernhaus.nlp.vocabulary`, of the ``WINDOW`` posts in its language before it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.nlp import corpus, near_duplicates, vocabulary
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.corpus import Corpus
from lernhaus.nlp.post_text import prose_of
from lernhaus.nlp.vocabulary import Weights

FEATURE_VERSION = f"1.0 vocabulary-{vocabulary.FEATURE_VERSION}"

MOST_NEIGHBOURS = 5
NEAREST = 10
WINDOW = 2_000
LEAST_COSINE = 0.7
# Posts with fewer known terms are too much alike by chance.
FEWEST_TERMS = 4

INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("course_key", pa.int64()),
        ("as_of", pa.date32()),
        ("is_chosen", pa.bool_()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
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
# pairs whose texts are in memory at a time, and posts that are compared at a time
_CHUNK = 10_000
_SLICE = 500


@dataclass(frozen=True)
class _Posts:
    """Posts in order of course and time; the arrays are parallel, but for ``bands``: its rows are posts ``banded``."""

    keys: Positions
    courses: Positions
    as_of: pa.Array
    is_chosen: NDArray[np.bool_]
    banded: Positions
    bands: NDArray[np.int64]
    texts: dict[str, Corpus]


def _read(batches: Iterable[pa.RecordBatch]) -> _Posts:
    facts: list[Positions] = [np.empty((5, 0), np.int64)]
    hashes: list[NDArray[np.int64]] = [np.empty((0, near_duplicates.BANDS), np.int64)]

    def noted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = as_input(batch, INPUT_SCHEMA)
            lists = rows["band_hashes"]
            columns = (
                rows["post_key"],
                rows["course_key"],
                rows["as_of"].cast(pa.int32()),
                rows["is_chosen"].cast(pa.int8()),
                lists.value_lengths(),
            )
            facts.append(np.array([column.to_numpy() for column in columns], np.int64))
            hashes.append(lists.flatten().to_numpy().reshape(-1, near_duplicates.BANDS).copy())
            yield rows

    texts = corpus.read(noted())
    keys, courses, days, is_chosen, hash_counts = np.concatenate(facts, axis=1)
    return _Posts(
        keys,
        courses,
        pa.array(days, pa.int32()).cast(pa.date32()),
        is_chosen > 0,
        np.flatnonzero(hash_counts),
        np.concatenate(hashes),
        texts,
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


def _semantic(posts: _Posts, terms: pa.Table) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Pairs (later, earlier) of posts of a language and course in the same part of the space, with their cosines."""
    for language, texts in posts.texts.items():
        space = vocabulary.of_language(terms, language)
        if not space.stems:
            continue
        weights = Weights(texts, space.stems, space.idf)
        courses = posts.courses[texts.posts]
        bounds = [0, *(np.flatnonzero(np.diff(courses)) + 1).tolist(), len(courses)]
        for begin, end in itertools.pairwise(bounds):
            yield from _semantic_in_course(posts, texts.posts, weights, space.vectors, begin, end)


def _semantic_in_course(
    posts: _Posts, places: Positions, weights: Weights, vectors: NDArray[np.float32], begin: int, end: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """The pairs of the posts ``begin`` to before ``end`` of a corpus, which stand at ``places`` among all posts."""
    window, at = np.empty((0, vectors.shape[1])), np.empty(0, np.int64)
    for start in range(begin, end, _SLICE):
        stop = min(start + _SLICE, end)
        matrix = weights.of(start, stop)
        located = np.asarray(matrix @ vectors.astype(np.float64))
        length = np.linalg.norm(located, axis=1)
        fit = (np.diff(matrix.indptr) >= FEWEST_TERMS) & (length > 0)
        new = located[fit] / length[fit, None]
        window, at = np.concatenate([window, new]), np.concatenate([at, places[start:stop][fit]])
        later = len(at) - len(new) + np.flatnonzero(posts.is_chosen[at[len(at) - len(new) :]])
        # four digits: the last bits of a sum depend on how many are summed at a time
        row, earlier = np.nonzero(window[later] @ window.T >= LEAST_COSINE - 1e-4)
        row = later[row]
        near = (earlier < row) & (earlier >= row - WINDOW)
        row, earlier = row[near], earlier[near]
        cosine = np.einsum("ij,ij->i", window[row], window[earlier]).clip(0, 1).round(4)
        yield np.stack([at[row], at[earlier]], axis=1)[cosine >= LEAST_COSINE], cosine[cosine >= LEAST_COSINE]
        window, at = window[-WINDOW:], at[-WINDOW:]


def _best(pairs: NDArray[np.int64], similarity: NDArray[np.float64]) -> tuple[Positions, NDArray[np.int32]]:
    """The places of the best pairs of each later post, in order, and their ranks; of equals, the latest neighbour."""
    order = np.lexsort((-pairs[:, 1], -similarity, pairs[:, 0]))
    later = pairs[order, 0]
    rank = np.arange(len(order)) - np.searchsorted(later, later) + 1
    kept = rank <= MOST_NEIGHBOURS
    return order[kept], rank[kept].astype(np.int32)


def _rows(posts: _Posts, kind: str, pairs: NDArray[np.int64], similarity: NDArray[np.float64]) -> pa.Table:
    best, rank = _best(pairs, similarity)
    columns = [
        posts.keys[pairs[best, 0]],
        posts.keys[pairs[best, 1]],
        posts.as_of.take(pa.array(pairs[best, 0])),
        pa.repeat(kind, len(best)),
        rank,
        similarity[best],
        pa.repeat(FEATURE_VERSION, len(best)),
    ]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def find(posts: Iterable[pa.RecordBatch], terms: pa.Table, texts_of: TextsOf) -> pa.Table:
    """The neighbours (``SCHEMA``) of the chosen posts, by kind, in the order of the posts, the best first.

    ``posts`` (``INPUT_SCHEMA``, as `lernhaus.nlp.post_text` makes it; other columns are ignored) are in order of
    ``course_key``, time and ``post_key``, and hold, for each course with a chosen post, all posts before it. ``terms``
    is a vocabulary as `lernhaus.nlp.vocabulary.fit` returns it; languages that it lacks have no semantic neighbours. A
    near duplicate is not told again as a semantic neighbour. Raises ValueError and pyarrow.ArrowInvalid as
    `lernhaus.nlp.batches.as_input` does.
    """
    read = _read(posts)
    count = max(1, len(read.keys))
    pairs = _candidates(read)
    similarity = np.concatenate([np.empty(0), *_similarities(read, pairs, texts_of)]).round(4)
    alike = similarity >= near_duplicates.LEAST_SIMILARITY
    duplicates = pairs[alike]
    known = duplicates @ [count, 1]
    semantic, cosines = [np.empty((0, 2), np.int64)], [np.empty(0)]
    for found, cosine in _semantic(read, terms):
        new = np.flatnonzero(~np.isin(found @ [count, 1], known))
        best = new[_best(found[new], cosine[new])[0]]
        semantic.append(found[best])
        cosines.append(cosine[best])
    return pa.concat_tables(
        [
            _rows(read, "near_duplicate", duplicates, similarity[alike]),
            _rows(read, "semantic", np.concatenate(semantic), np.concatenate(cosines)),
        ]
    )
