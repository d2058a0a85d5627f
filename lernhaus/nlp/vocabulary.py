"""The terms by which posts are compared: how rare each is, and where it lies in a space of meaning.

Fitted once on the posts that are known then, and kept: what is compared by it stays comparable when posts are added.
Weights are TF-IDF: (1 + ln count) times ln((1 + posts) / (1 + posts with the term)) + 1, with the sum of squares of
each post made 1 (Salton & Buckley 1988, "Term-weighting approaches in automatic text retrieval"). The space is that of
latent semantic analysis (Deerwester et al. 1990): the truncated singular value decomposition of the posts' weights. A
post lies where its weighted terms add up to.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from lernhaus.nlp import corpus
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.corpus import Corpus, Ints
from lernhaus.nlp.post_text import TEXT_VERSION

Floats = NDArray[np.float64]

FEATURE_VERSION = f"1.0 text-{TEXT_VERSION}"

# A language with fewer posts or terms has no vocabulary.
FEWEST_POSTS = 50
FEWEST_TERMS = 10
# Of more posts, so many are taken, those with the smallest keys: keys are hashes, so this is a random sample.
MOST_POSTS = 30_000
MOST_TERMS = 5_000
# What stands in more of the posts tells nothing of them.
LARGEST_SHARE = 0.5
DIMENSIONS = 100
_SEED = 0
# Six digits: the last ones depend on the processor.
_DIGITS = 6

INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("learner_key", pa.int64()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
    ]
)
SCHEMA = pa.schema(
    [
        ("language", pa.string()),
        ("term_stem", pa.string()),
        ("term", pa.string()),
        ("post_count", pa.int32()),
        ("learner_count", pa.int32()),
        ("inverse_document_frequency", pa.float64()),
        ("vector", pa.list_(pa.float32())),
        ("as_of", pa.date32()),
        ("feature_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Terms:
    """The vocabulary of a language, sorted by stem; parallel, ``vectors`` with one row per term."""

    stems: list[str]
    idf: Floats
    vectors: NDArray[np.float32]


def of_language(terms: pa.Table, language: str) -> Terms:
    """The vocabulary of a language in a table of ``SCHEMA``."""
    chosen = terms.filter(pa.array(np.array(terms["language"].to_pylist(), object) == language)).sort_by("term_stem")
    vectors = chosen["vector"].combine_chunks()
    return Terms(
        chosen["term_stem"].to_pylist(),
        chosen["inverse_document_frequency"].to_numpy(),
        vectors.flatten().to_numpy().reshape(len(vectors), -1) if len(vectors) else np.empty((0, 0), np.float32),
    )


class Weights:
    """TF-IDF of the posts of a corpus by a vocabulary: ``stems`` with their ``idf``, in any order."""

    def __init__(self, texts: Corpus, stems: Sequence[str], idf: Floats) -> None:
        self._texts, self._idf = texts, idf
        codes = texts.code_of(stems)
        self._order = np.argsort(codes)
        self._codes = codes[self._order]

    def of(self, start: int, stop: int) -> sparse.csr_array:
        """One row per post from place ``start`` to before ``stop``, one column per term; empty where none is known."""
        post, forms = self._texts.forms(start, stop)
        codes = self._texts.codes(forms)
        place = np.searchsorted(self._codes, codes)
        place[place == len(self._codes)] = 0
        known = self._codes[place] == codes
        columns = len(self._codes)
        cells, count = np.unique((post[known] - start) * columns + self._order[place[known]], return_counts=True)
        row, column = np.divmod(cells, columns)
        values = (1 + np.log(count)) * self._idf[column]
        values /= np.sqrt(np.bincount(row, values**2, minlength=stop - start))[row]
        return sparse.csr_array((values, (row, column)), shape=(stop - start, columns))


def _choose(texts: Corpus, learners: Ints, least_learners: int) -> tuple[Ints, Ints, Ints]:
    """Codes of the terms of the vocabulary, with their numbers of posts and of learners."""
    post, forms = texts.forms(0, len(texts.posts))
    codes, term = np.unique(texts.codes(forms), return_inverse=True)
    post_count = np.bincount(np.unique(term * len(texts.posts) + post) // len(texts.posts), minlength=len(codes))
    people, learner = np.unique(learners, return_inverse=True)
    said_by = np.unique(term * len(people) + learner[post]) // len(people)
    learner_count = np.bincount(said_by, minlength=len(codes))
    fit = np.flatnonzero((learner_count >= least_learners) & (post_count <= LARGEST_SHARE * len(texts.posts)))
    stems = [texts.stem_of(code) for code in codes[fit].tolist()]
    most_used = sorted(zip((-post_count[fit]).tolist(), stems, fit.tolist(), strict=True))[:MOST_TERMS]
    chosen = [place for _, _, place in sorted(most_used, key=lambda term: term[1])]
    return codes[chosen], post_count[chosen], learner_count[chosen]


def _vectors(matrix: sparse.csr_array) -> Floats:
    dimensions = min(DIMENSIONS, matrix.shape[0] - 1, matrix.shape[1] - 1)
    # one thread: sums in a fixed order
    with threadpool_limits(1):
        space = TruncatedSVD(dimensions, n_iter=7, random_state=_SEED).fit(matrix)
    return np.asarray(space.components_.T)


def read_training_posts(posts: Iterable[pa.RecordBatch]) -> tuple[dict[str, Corpus], Ints, datetime.date | None]:
    """The corpus of each language that has enough posts, the learner of each post read, and the day of the last one.

    Of ``posts`` (``INPUT_SCHEMA``, in the order of ``post_key``) at most ``MOST_POSTS`` of a language are taken.
    """
    learners: list[Ints] = [np.empty(0, np.int64)]
    days: list[datetime.date] = []

    def noted() -> Iterable[pa.RecordBatch]:
        for batch in posts:
            rows = as_input(batch, INPUT_SCHEMA)
            learners.append(rows["learner_key"].to_numpy())
            days.extend(day for day in [pa.compute.max(rows["as_of"]).as_py()] if day)
            yield rows

    texts = corpus.read(noted(), MOST_POSTS)
    enough = {language: text for language, text in texts.items() if len(text.posts) >= FEWEST_POSTS}
    return enough, np.concatenate(learners), max(days, default=None)


def fit(posts: Iterable[pa.RecordBatch], *, least_learners: int) -> pa.Table:
    """The vocabulary (``SCHEMA``) of each language with enough posts, sorted by language and stem.

    ``posts`` (``INPUT_SCHEMA``, other columns are ignored) are in the order of ``post_key``. Terms that fewer than
    ``least_learners`` learners use are left out: they would tell of persons. ``as_of`` is the day of the last post.
    Raises ValueError and pyarrow.ArrowInvalid as `lernhaus.nlp.batches.as_input` does.
    """
    texts, learners, as_of = read_training_posts(posts)
    found = [_fit_language(text, learners[text.posts], as_of, least_learners) for text in texts.values()]
    return pa.concat_tables([SCHEMA.empty_table(), *found])


def _fit_language(texts: Corpus, learners: Ints, as_of: datetime.date | None, least_learners: int) -> pa.Table:
    count = len(texts.posts)
    codes, post_count, learner_count = _choose(texts, learners, least_learners)
    if len(codes) < FEWEST_TERMS:
        return SCHEMA.empty_table()
    stems = [texts.stem_of(code) for code in codes.tolist()]
    idf = (np.log((1 + count) / (1 + post_count)) + 1).round(_DIGITS)
    vectors = _vectors(Weights(texts, stems, idf).of(0, count)).round(_DIGITS).astype(np.float32)
    columns = [
        [texts.language] * len(codes),
        stems,
        texts.names(codes, *np.unique(texts.forms(0, count)[1], return_counts=True)),
        post_count,
        learner_count,
        idf,
        list(vectors),
        [as_of] * len(codes),
        [FEATURE_VERSION] * len(codes),
    ]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)
