"""For each post the earlier posts of the same course that are like it.

Neighbours are looked for among what was there before: a pair stands in the row of its later post, so that a row
never changes by what is posted after it. Near duplicates are found as `lernhaus.nlp.near_duplicates` says; of the posts
that share a band with a post, the ``NEAREST`` before it are compared, so that the work grows with the number of posts
and not with its square even where all posts say the same.

Other posts are like a post in what they are about: *semantic* neighbours are those at the smallest angle to it in the
space of `lernhaus.nlp.vocabulary`, of the ``WINDOW`` posts in its language before it; the ``NEAREST`` of them, but for
near duplicates.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.nlp import corpus, near_duplicates, vocabulary
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.corpus import Corpus
from lernhaus.nlp.post_text import prose_of
from lernhaus.nlp.vocabulary import Terms, Weights

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
Pairs = NDArray[np.int64]
# pairs whose texts are in memory at a time, and posts that are compared at a time
_CHUNK = 10_000
_SLICE = 500


@dataclass(frozen=True)
class _Course:
    """Posts of a course in order of time; the arrays are parallel, but for ``bands``: its rows are posts ``banded``."""

    keys: Positions
    days: Positions
    is_chosen: NDArray[np.bool_]
    banded: Positions
    bands: NDArray[np.int64]
    texts: dict[str, Corpus]


def _by_course(batches: Iterable[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
    """The posts course by course; each is to be read to its end before the next."""

    def slices() -> Iterator[tuple[int, pa.RecordBatch]]:
        for batch in batches:
            rows = as_input(batch, INPUT_SCHEMA)
            courses = rows["course_key"].to_numpy()
            bounds = [0, *(np.flatnonzero(np.diff(courses)) + 1).tolist(), len(courses)]
            yield from ((int(courses[a]), rows.slice(a, b - a)) for a, b in itertools.pairwise(bounds) if a < b)

    for _, slices_of_course in itertools.groupby(slices(), key=lambda of_course: of_course[0]):
        yield (rows for _, rows in slices_of_course)


def _read(batches: Iterable[pa.RecordBatch]) -> _Course:
    facts: list[Positions] = []
    hashes: list[NDArray[np.int64]] = []

    def noted() -> Iterator[pa.RecordBatch]:
        for rows in batches:
            lists = rows["band_hashes"]
            columns = (
                rows["post_key"],
                rows["as_of"].cast(pa.int32()),
                rows["is_chosen"].cast(pa.int8()),
                lists.value_lengths(),
            )
            facts.append(np.array([column.to_numpy() for column in columns], np.int64))
            hashes.append(lists.flatten().to_numpy().reshape(-1, near_duplicates.BANDS).copy())
            yield rows

    texts = corpus.read(noted())
    keys, days, is_chosen, hash_counts = np.concatenate(facts, axis=1)
    return _Course(keys, days, is_chosen > 0, np.flatnonzero(hash_counts), np.concatenate(hashes), texts)


def _candidates(course: _Course) -> Pairs:
    """Pairs of positions (later, earlier), sorted, each once: the later one is chosen, and they share a band."""
    count = len(course.keys)
    found = np.empty(0, np.int64)
    for hashes in course.bands.T:
        # stable: among equal hashes the order of time stays
        order = np.argsort(hashes, kind="stable")
        hashes, positions = hashes[order], course.banded[order]
        pairs = [found]
        for distance in range(1, NEAREST + 1):
            later, earlier = positions[distance:], positions[:-distance]
            shared = hashes[distance:] == hashes[:-distance]
            if not shared.any():
                break
            shared &= course.is_chosen[later]
            pairs.append(later[shared] * count + earlier[shared])
        found = np.unique(np.concatenate(pairs))
    return np.stack(np.divmod(found, count), axis=1)


def _similarities(keys: Positions, pairs: Pairs, texts_of: TextsOf) -> Iterator[NDArray[np.float64]]:
    """The exact similarity of each pair."""
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        wanted = pa.table({"post_key": keys[np.unique(chunk)]})
        shingles = {
            key: near_duplicates.shingles(prose_of(text))
            for batch in texts_of(wanted)
            for key, text in zip(
                batch["post_key"].to_pylist(), batch["text"].cast(pa.binary()).to_pylist(), strict=True
            )
        }
        sets = ((shingles[later], shingles[earlier]) for later, earlier in keys[chunk].tolist())
        yield np.array([near_duplicates.jaccard(*both) for both in sets])


def _semantic(course: _Course, spaces: Mapping[str, Terms]) -> Iterator[tuple[Pairs, NDArray[np.float64]]]:
    """Each chosen post with the ``NEAREST`` posts to it: pairs (later, earlier) of positions, and their cosines."""
    for language, texts in course.texts.items():
        if language not in spaces:
            continue
        space = spaces[language]
        weights, vectors = Weights(texts, space.stems, space.idf), space.vectors.astype(np.float64)
        window, at = np.empty((0, vectors.shape[1])), np.empty(0, np.int64)
        for start in range(0, len(texts.posts), _SLICE):
            stop = min(start + _SLICE, len(texts.posts))
            matrix = weights.of(start, stop)
            located = np.asarray(matrix @ vectors)
            length = np.linalg.norm(located, axis=1)
            fit = (np.diff(matrix.indptr) >= FEWEST_TERMS) & (length > 0)
            window = np.concatenate([window, located[fit] / length[fit, None]])
            at = np.concatenate([at, texts.posts[start:stop][fit]])
            new = np.arange(len(at) - np.count_nonzero(fit), len(at))
            later = new[course.is_chosen[at[new]]]
            row, earlier = np.nonzero(window[later] @ window.T >= LEAST_COSINE - 1e-4)
            row = later[row]
            near = (earlier < row) & (earlier >= row - WINDOW)
            row, earlier = row[near], earlier[near]
            # four digits: the last bits of a sum depend on how many are summed at a time
            cosine = np.einsum("ij,ij->i", window[row], window[earlier]).clip(0, 1).round(4)
            alike = cosine >= LEAST_COSINE
            pairs, cosine = np.stack([at[row], at[earlier]], axis=1)[alike], cosine[alike]
            best, _ = _best(pairs, cosine, NEAREST)
            yield pairs[best], cosine[best]
            window, at = window[-WINDOW:], at[-WINDOW:]


def _best(pairs: Pairs, similarity: NDArray[np.float64], most: int) -> tuple[Positions, Positions]:
    """The places of the best pairs of each later post, in order, and their ranks; of equals, the latest neighbour."""
    order = np.lexsort((-pairs[:, 1], -similarity, pairs[:, 0]))
    later = pairs[order, 0]
    rank = np.arange(len(order)) - np.searchsorted(later, later) + 1
    kept = rank <= most
    return order[kept], rank[kept]


def _rows(keys: Positions, days: Positions, kind: str, pairs: Pairs, similarity: NDArray[np.float64]) -> pa.Table:
    best, rank = _best(pairs, similarity, MOST_NEIGHBOURS)
    columns = [
        keys[pairs[best, 0]],
        keys[pairs[best, 1]],
        pa.array(days[pairs[best, 0]], pa.int32()),
        pa.repeat(kind, len(best)),
        rank,
        similarity[best],
        pa.repeat(FEATURE_VERSION, len(best)),
    ]
    return pa.table([pa.array(column).cast(field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def find(posts: Iterable[pa.RecordBatch], terms: pa.Table, texts_of: TextsOf) -> pa.Table:
    """The neighbours (``SCHEMA``) of the chosen posts, by kind, in the order of the posts, the best first.

    ``posts`` (``INPUT_SCHEMA``, as `lernhaus.nlp.post_text` makes it; other columns are ignored) are in order of
    ``course_key``, time and ``post_key``, and hold, for each course with a chosen post, all posts before it; they are
    read before any text is asked for. ``terms`` is a vocabulary as `lernhaus.nlp.vocabulary.fit` returns it; languages
    that it lacks have no semantic neighbours. A near duplicate is not told again as a semantic neighbour. Raises
    ValueError and pyarrow.ArrowInvalid as `lernhaus.nlp.batches.as_input` does.
    """
    spaces = {language: vocabulary.of_language(terms, language) for language in set(terms["language"].to_pylist())}
    keys, days = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    candidates, semantic, cosines = [np.empty((0, 2), np.int64)], [np.empty((0, 2), np.int64)], [np.empty(0)]
    count = 0
    for batches in _by_course(posts):
        course = _read(batches)
        candidates.append(_candidates(course) + count)
        for found, cosine in _semantic(course, spaces):
            semantic.append(found + count)
            cosines.append(cosine)
        keys.append(course.keys)
        days.append(course.days)
        count += len(course.keys)
    facts = np.concatenate(keys), np.concatenate(days)
    pairs, others, cosine = np.concatenate(candidates), np.concatenate(semantic), np.concatenate(cosines)
    similarity = np.concatenate([np.empty(0), *_similarities(facts[0], pairs, texts_of)]).round(4)
    alike = similarity >= near_duplicates.LEAST_SIMILARITY
    duplicates, similarity = pairs[alike], similarity[alike]
    new = ~np.isin(others @ [count, 1], duplicates @ [count, 1])
    return pa.concat_tables(
        [_rows(*facts, "near_duplicate", duplicates, similarity), _rows(*facts, "semantic", others[new], cosine[new])]
    )
