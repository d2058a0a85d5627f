"""What a school's posts are about: topics found in them, and how much of each there is in a post.

Topics are fitted once and kept, so that their numbers mean the same when posts are added. The fit is a non-negative
matrix factorization (Lee & Seung 1999, "Learning the parts of objects by non-negative matrix factorization") of the
posts' TF-IDF weights: each post is approximated by a sum of topics, each topic is a list of terms with weights. New
posts are approximated by the same topics, each on its own.
"""

import datetime
import itertools
import warnings
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from scipy import sparse
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from lernhaus.nlp import corpus, vocabulary
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.corpus import Corpus
from lernhaus.nlp.vocabulary import Floats, Weights

FEATURE_VERSION = f"1.0 vocabulary-{vocabulary.FEATURE_VERSION}"

# One topic for so many posts, within these bounds.
POSTS_PER_TOPIC = 50
FEWEST_TOPICS, MOST_TOPICS = 2, 30
# Posts with fewer known terms are about nothing that could be told.
FEWEST_TERMS = 2
# Of a post's topics, so many are told, if they have this share of it.
MOST_OF_POST = 3
LEAST_WEIGHT = 0.15
LABEL_TERMS = 3
TOP_TERMS = 10
_SEED = 0
_DIGITS = 6
_SWEEPS = 50
_SLICE = 2_000

TERM_SCHEMA = pa.schema(
    [
        ("topic_id", pa.string()),
        ("language", pa.string()),
        ("topic_number", pa.int32()),
        ("term_rank", pa.int32()),
        ("term_stem", pa.string()),
        ("term", pa.string()),
        ("weight", pa.float64()),
        ("inverse_document_frequency", pa.float64()),
        ("coherence", pa.float64()),
        ("training_post_count", pa.int32()),
        ("as_of", pa.date32()),
        ("feature_version", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        ("topic_id", pa.string()),
        ("language", pa.string()),
        ("topic_number", pa.int32()),
        ("topic_label", pa.string()),
        ("top_terms", pa.string()),
        ("coherence", pa.float64()),
        ("post_count", pa.int32()),
        ("main_post_count", pa.int32()),
        ("training_post_count", pa.int32()),
        ("as_of", pa.date32()),
        ("feature_version", pa.string()),
    ]
)
POST_INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
    ]
)
POST_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("topic_id", pa.string()),
        ("as_of", pa.date32()),
        ("topic_rank", pa.int32()),
        ("weight", pa.float64()),
        ("feature_version", pa.string()),
    ]
)


# --- the fit ---------------------------------------------------------------------------------------------


def fit(posts: Iterable[pa.RecordBatch], terms: pa.Table) -> pa.Table:
    """The topics of each language that has a vocabulary, as terms (``TERM_SCHEMA``), by language, number and rank.

    ``posts`` are those of `lernhaus.nlp.vocabulary.fit`, ``terms`` what it made of them. Topics are numbered from 1 by
    their size, the sum of their shares in the posts. The weights of a topic add up to 1. ``coherence`` is that of the
    topic, the same in all its rows: see `_coherence`.
    """
    texts, _, as_of = vocabulary.read_training_posts(posts)
    of_languages = (_fit_language(text, terms, as_of) for text in texts.values())
    return pa.concat_tables([TERM_SCHEMA.empty_table(), *of_languages])


def _fit_language(texts: Corpus, terms: pa.Table, as_of: datetime.date | None) -> pa.Table:
    known = terms.filter(pa.array(np.array(terms["language"].to_pylist(), object) == texts.language))
    if not known.num_rows:
        return TERM_SCHEMA.empty_table()
    stems, names = known["term_stem"].to_pylist(), known["term"].to_pylist()
    idf = known["inverse_document_frequency"].to_numpy()
    posts = Weights(texts, stems, idf).of(0, len(texts.posts))
    posts = posts[np.diff(posts.indptr) >= FEWEST_TERMS]
    if posts.shape[0] < vocabulary.FEWEST_POSTS:
        return TERM_SCHEMA.empty_table()
    topics = _factorize(posts)
    topics = topics[np.argsort(-shares(posts, topics).sum(axis=0), kind="stable")]
    rows = []
    for number, weight in enumerate(topics.round(_DIGITS), start=1):
        ranked = sorted(np.flatnonzero(weight).tolist(), key=lambda term: (-weight[term], stems[term]))
        coherence = _coherence(posts, ranked[:TOP_TERMS])
        rows += [
            {
                "topic_id": f"{texts.language}-{number:02}",
                "language": texts.language,
                "topic_number": number,
                "term_rank": rank,
                "term_stem": stems[term],
                "term": names[term],
                "weight": weight[term],
                "inverse_document_frequency": idf[term],
                "coherence": coherence,
                "training_post_count": posts.shape[0],
                "as_of": as_of,
                "feature_version": FEATURE_VERSION,
            }
            for rank, term in enumerate(ranked, start=1)
        ]
    return pa.Table.from_pylist(rows, TERM_SCHEMA)


def _factorize(posts: sparse.csr_array) -> Floats:
    """The topics, one row each, non-negative, with the sum 1."""
    count = min(max(posts.shape[0] // POSTS_PER_TOPIC, FEWEST_TOPICS), MOST_TOPICS)
    model = NMF(count, init="nndsvd", max_iter=200, random_state=_SEED)
    # one thread: sums in a fixed order; and topics that still move a little are as good
    with threadpool_limits(1), warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        model.fit(posts)
    found = np.asarray(model.components_)
    found = found[found.sum(axis=1) > 0]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _coherence(posts: sparse.csr_array, terms: list[int]) -> float:
    """Mean normalized pointwise mutual information of all pairs of the terms, -1 (never together) to 1 (always).

    Bouma 2009, "Normalized (pointwise) mutual information in collocation extraction"; that it agrees with what people
    find coherent: Lau, Newman & Baldwin 2014. Probabilities are shares of the posts.
    """
    present = (posts[:, terms] > 0).astype(np.float64)
    together = (present.T @ present).toarray() / posts.shape[0]
    values = []
    for first, second in itertools.combinations(range(len(terms)), 2):
        joint, apart = together[first, second], together[first, first] * together[second, second]
        values.append(-1.0 if joint == 0 else 1.0 if joint == 1 else np.log(joint / apart) / -np.log(joint))
    return round(float(np.mean(values)), 4) if values else 0.0


# --- the topics of posts ---------------------------------------------------------------------------------


def shares(posts: sparse.csr_array, topics: Floats) -> Floats:
    """The share of each topic in each post, 0 to 1; they add up to 1, or are all 0 for a post without known terms.

    Non-negative least squares by coordinate descent (Hsieh & Dhillon 2011), always the same number of sweeps, so that
    the shares of a post do not depend on which others it is with.
    """
    overlap = topics @ topics.T
    wanted = np.asarray(posts @ topics.T)
    found = np.zeros_like(wanted)
    for _ in range(_SWEEPS):
        for topic in range(len(topics)):
            step = (wanted[:, topic] - found @ overlap[:, topic]) / overlap[topic, topic]
            found[:, topic] = np.maximum(found[:, topic] + step, 0)
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(found, total, out=found, where=total > 0))


def _topics_of(terms: pa.Table, language: str) -> tuple[list[str], list[str], Floats, Floats]:
    """Ids of topics, stems of terms, their idf, and the weights (topic x term)."""
    rows = [row for row in terms.to_pylist() if row["language"] == language]
    ids, stems = sorted({row["topic_id"] for row in rows}), sorted({row["term_stem"] for row in rows})
    topic, term = ({name: i for i, name in enumerate(names)} for names in (ids, stems))
    weights, idf = np.zeros((len(ids), len(stems))), np.zeros(len(stems))
    for row in rows:
        weights[topic[row["topic_id"]], term[row["term_stem"]]] = row["weight"]
        idf[term[row["term_stem"]]] = row["inverse_document_frequency"]
    return ids, stems, idf, weights


def of_posts(posts: Iterable[pa.RecordBatch], terms: pa.Table) -> pa.RecordBatchReader:
    """The topics (``POST_SCHEMA``) of posts (``POST_INPUT_SCHEMA``, other columns are ignored), by language.

    At most ``MOST_OF_POST`` topics per post with a share of ``LEAST_WEIGHT`` or more, the largest first. What the
    weights of a post lack to 1 is in topics with smaller shares. A post with fewer than ``FEWEST_TERMS`` known terms
    has no row. ``terms`` are topics as `fit` returns them. The rows are the same whatever the batches and their order.
    """
    return pa.RecordBatchReader.from_batches(POST_SCHEMA, _of_posts(posts, terms))


def _of_posts(posts: Iterable[pa.RecordBatch], terms: pa.Table) -> Iterable[pa.RecordBatch]:
    fitted = {language: _topics_of(terms, language) for language in sorted(set(terms["language"].to_pylist()))}
    for batch in posts:
        rows = as_input(batch, POST_INPUT_SCHEMA)
        for language, texts in corpus.read([rows]).items():
            if language not in fitted:
                continue
            ids, stems, idf, topics = fitted[language]
            matrix = Weights(texts, stems, idf).of(0, len(texts.posts))
            known = np.diff(matrix.indptr) >= FEWEST_TERMS
            # four digits: the last bits of a sum depend on how many are summed at a time
            share = (shares(matrix, topics) * known[:, None]).round(4)
            order = np.argsort(-share, axis=1, kind="stable")[:, :MOST_OF_POST]
            weight = np.take_along_axis(share, order, axis=1)
            # what rounding has added up beyond 1 is taken from the largest
            weight[:, 0] = (weight[:, 0] - np.maximum(weight.sum(axis=1) - 1, 0)).round(4)
            post, rank = np.nonzero(weight >= LEAST_WEIGHT)
            place = pa.array(texts.posts[post])
            columns = [
                rows["post_key"].take(place),
                np.array(ids)[order[post, rank]],
                rows["as_of"].take(place),
                rank + 1,
                weight[post, rank],
                pa.repeat(FEATURE_VERSION, len(post)),
            ]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, POST_SCHEMA, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=POST_SCHEMA)


# --- the topics as a table -------------------------------------------------------------------------------


def label(stems: list[str], names: list[str]) -> str:
    """The first terms of a topic (by rank, stems and names) that share no word; a pair stands for its words."""
    told: list[str] = []
    used: set[str] = set()
    for stem in stems:
        if used.isdisjoint(stem.split(" ")) and len(told) < LABEL_TERMS:
            fuller = (pair for pair in stems if stem in pair.split(" ") and used.isdisjoint(pair.split(" ")))
            chosen = next((pair for pair in fuller if pair != stem), stem)
            told.append(names[stems.index(chosen)])
            used.update(chosen.split(" "))
    return ", ".join(told)


def summarize(terms: pa.Table, posts: pa.Table) -> pa.Table:
    """One row (``SCHEMA``) per topic, by id: what it is called, and how large it is.

    ``terms`` are topics as `fit` returns them, ``posts`` what `of_posts` made by them. ``post_count`` counts the posts
    that have the topic, ``main_post_count`` those that have it first.
    """
    ids, ranks = posts["topic_id"].to_pylist(), posts["topic_rank"].to_pylist()
    counts = Counter(ids)
    main = Counter(topic for topic, rank in zip(ids, ranks, strict=True) if rank == 1)
    top = sorted(
        (row for row in terms.to_pylist() if row["term_rank"] <= TOP_TERMS),
        key=lambda row: (row["topic_id"], row["term_rank"]),
    )
    rows = []
    for topic_id, group in itertools.groupby(top, lambda row: row["topic_id"]):
        ranked = list(group)
        names = [row["term"] for row in ranked]
        rows.append(
            ranked[0]
            | {
                "topic_label": label([row["term_stem"] for row in ranked], names),
                "top_terms": ", ".join(names),
                "post_count": counts[topic_id],
                "main_post_count": main[topic_id],
            }
        )
    return pa.Table.from_pylist(rows, SCHEMA)
