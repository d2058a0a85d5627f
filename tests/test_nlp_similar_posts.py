"""Similar posts: what is found, that no later post changes a row, and that the work does not grow with the square."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest

from lernhaus.nlp import corpus, near_duplicates, post_text, similar_posts, vocabulary
from lernhaus.nlp.similar_posts import MOST_NEIGHBOURS, NEAREST

WORDS = [
    "confidence", "interval", "sample", "variance", "mean", "median", "model", "error", "slide", "lecture", "exercise",
    "graph", "axis", "proof", "lemma", "matrix", "vector", "basis", "integral", "limit", "series", "function",
    "chapter",
]  # fmt: skip


@dataclass
class Forum:
    """Posts in order of course and time, and how often their texts were asked for."""

    texts: list[str]
    courses: list[int]
    chosen: list[bool]
    asked: list[int] = field(default_factory=list)
    terms: pa.Table = field(default_factory=vocabulary.SCHEMA.empty_table)

    @classmethod
    def of(cls, texts: list[str], courses: list[int] | None = None, chosen: list[bool] | None = None) -> Forum:
        return cls(texts, courses or [1] * len(texts), chosen or [True] * len(texts))

    def posts(self, size: int = 1_000) -> Iterator[pa.RecordBatch]:
        count = len(self.texts)
        texts = pa.record_batch(
            {
                "post_key": pa.array(range(count), pa.int64()),
                "as_of": pa.array(range(20_000, 20_000 + count), pa.int32()).cast(pa.date32()),
                "language": pa.array(["en"] * count),
                "text": pa.array(self.texts),
                "load_id": pa.array([1] * count, pa.int64()),
            }
        )
        made = post_text.stream([texts], processes=1).read_all()
        made = made.append_column("course_key", pa.array(self.courses, pa.int64()))
        return iter(made.append_column("is_chosen", pa.array(self.chosen)).to_batches(size))

    def texts_of(self, keys: pa.Table) -> Iterable[pa.RecordBatch]:
        asked = keys["post_key"].to_pylist()
        self.asked += asked
        yield pa.record_batch({"post_key": asked, "text": [self.texts[key] for key in asked]})

    def find(self, size: int = 1_000) -> pa.Table:
        return similar_posts.find(self.posts(size), self.terms, self.texts_of)


def rows(found: pa.Table) -> list[tuple[int, int, float]]:
    names = ("post_key", "neighbour_post_key", "similarity")
    return list(zip(*(found[name].to_pylist() for name in names), strict=True))


def texts_with_copies(count: int, seed: int) -> list[str]:
    """Random posts, every third a copy of an earlier one with a word changed."""
    random = np.random.default_rng(seed)
    texts: list[str] = []
    for i in range(count):
        words = list(random.choice(WORDS, 30))
        if i % 3 == 2:
            words = texts[int(random.integers(len(texts)))].split()
            words[int(random.integers(30))] = "really"
        texts.append(" ".join(words))
    return texts


def test_neighbours_are_those_of_a_comparison_of_all_with_all() -> None:
    texts = texts_with_copies(150, seed=3)
    sets = [near_duplicates.shingles(text) for text in texts]
    expected = {
        (later, earlier): round(similarity, 4)
        for later in range(len(texts))
        for earlier in range(later)
        if (similarity := near_duplicates.jaccard(sets[later], sets[earlier])) >= near_duplicates.LEAST_SIMILARITY
    }
    found = {(later, earlier): similarity for later, earlier, similarity in rows(Forum.of(texts).find())}
    assert len(expected) > 60
    assert found.items() <= expected.items()
    # but for more than five of a post, and one in a hundred that shares no band
    most = sum(min(MOST_NEIGHBOURS, sum(later == post for later, _ in expected)) for post in range(len(texts)))
    assert len(found) >= 0.97 * most


def test_the_best_come_first_and_of_equals_the_latest() -> None:
    post = " ".join(WORDS)
    changed = post.replace("lemma", "really")
    found = Forum.of([post, changed, post, post, "short", post]).find()
    ranks = zip(found["post_key"].to_pylist(), found["neighbour_rank"].to_pylist(), strict=True)
    assert list(ranks) == [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (5, 1), (5, 2), (5, 3), (5, 4)]
    assert [neighbour for later, neighbour, _ in rows(found) if later == 5] == [3, 2, 0, 1]
    assert found["as_of"].to_pylist()[0].toordinal() == found["as_of"].to_pylist()[1].toordinal() - 1
    assert found.schema == similar_posts.SCHEMA


def test_rows_never_change_by_later_posts() -> None:
    texts = texts_with_copies(120, seed=5)
    whole = rows(Forum.of(texts).find())
    for count in (1, 40, 90):
        assert rows(Forum.of(texts[:count]).find()) == [row for row in whole if row[0] < count]


def test_chosen_posts_have_the_rows_that_they_have_among_all() -> None:
    texts = texts_with_copies(120, seed=6)
    whole = rows(Forum.of(texts).find())
    forum = Forum.of(texts, chosen=[i >= 90 for i in range(120)])
    assert rows(forum.find()) == [row for row in whole if row[0] >= 90]
    assert 0 < len(set(forum.asked)) < 120


def test_courses_are_apart() -> None:
    texts = texts_with_copies(120, seed=7)
    courses = [1] * 60 + [2] * 60
    alone = rows(Forum.of(texts[:60]).find())
    alone += [(later + 60, earlier + 60, s) for later, earlier, s in rows(Forum.of(texts[60:]).find())]
    assert rows(Forum.of(texts, courses).find()) == alone


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_the_same_rows_whatever_the_batches(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = texts_with_copies(60, seed=8)
    whole = Forum.of(texts).find()
    monkeypatch.setattr(similar_posts, "_CHUNK", 5)
    assert Forum.of(texts).find(size) == whole


def test_a_forum_of_one_text_costs_a_few_comparisons_per_post(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def count(left: near_duplicates.Hashes, right: near_duplicates.Hashes) -> float:
        nonlocal compared
        compared += 1
        return 1.0

    monkeypatch.setattr(near_duplicates, "jaccard", count)
    found = Forum.of([" ".join(WORDS)] * 1_000).find()
    assert compared <= 1_000 * NEAREST
    assert found.num_rows > 0.99 * 1_000 * MOST_NEIGHBOURS


def test_no_posts() -> None:
    assert (
        similar_posts.find([], vocabulary.SCHEMA.empty_table(), lambda keys: []) == similar_posts.SCHEMA.empty_table()
    )
    assert Forum.of(["", "short", "???"]).find().num_rows == 0


def themed_forum(count: int, seed: int) -> Forum:
    """Short posts of one of three themes in two courses, with the vocabulary of all of them."""
    random = np.random.default_rng(seed)
    themes = [WORDS[start : start + 8] for start in (0, 8, 15)]
    texts = [", ".join(random.choice(themes[int(random.integers(3))], 5)) for _ in range(count)]
    courses = [1] * (count // 2) + [2] * (count - count // 2)
    forum = Forum.of(texts, courses)
    posts = pa.Table.from_batches(forum.posts())
    posts = posts.append_column("learner_key", pa.array(np.arange(count) % 30))
    forum.terms = vocabulary.fit(posts.to_batches(), least_learners=5)
    return forum


def test_semantic_neighbours_are_those_of_a_comparison_of_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar_posts, "WINDOW", 40)
    monkeypatch.setattr(similar_posts, "_SLICE", 17)
    forum = themed_forum(200, seed=4)
    space = vocabulary.of_language(forum.terms, "en")
    texts = corpus.read(forum.posts())["en"]
    weights = vocabulary.Weights(texts, space.stems, space.idf).of(0, len(texts.posts))
    places = np.asarray(weights @ space.vectors.astype(float))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    fit = np.flatnonzero(np.diff(weights.indptr) >= similar_posts.FEWEST_TERMS).tolist()
    expected: list[tuple[int, int, float]] = []
    for course in (1, 2):
        inside = [post for post in fit if forum.courses[post] == course]
        for at, later in enumerate(inside):
            cosines = [(round(float(places[later] @ places[e]), 4), e) for e in inside[max(0, at - 40) : at]]
            best = sorted(((cosine, e) for cosine, e in cosines if cosine >= 0.7), reverse=True)[:MOST_NEIGHBOURS]
            expected += [(later, earlier, cosine) for cosine, earlier in best]
    found = forum.find()
    assert set(found["similarity_kind"].to_pylist()) == {"semantic"}
    assert rows(found) == [(later, earlier, pytest.approx(cosine, abs=1e-4)) for later, earlier, cosine in expected]
    assert len(expected) > 200


def test_semantic_rows_are_the_same_in_parts_and_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    forum = themed_forum(200, seed=9)
    whole = forum.find()
    forum.chosen = [80 <= i < 100 or i >= 190 for i in range(200)]
    part = forum.find(size=11)
    assert rows(part) == [row for row in rows(whole) if forum.chosen[row[0]]]
    monkeypatch.setattr(similar_posts, "_SLICE", 7)
    forum.chosen = [True] * 200
    assert forum.find(size=64) == whole


def test_a_near_duplicate_is_not_told_twice() -> None:
    forum = themed_forum(100, seed=2)
    long = " ".join(WORDS)
    forum.texts[10], forum.texts[20], forum.texts[30] = long, long, long
    found = forum.find()
    pairs = [row[:2] for row in rows(found)]
    assert len(pairs) == len(set(pairs))
    kinds = dict(zip(pairs, found["similarity_kind"].to_pylist(), strict=True))
    assert [kinds[pair] for pair in ((20, 10), (30, 10), (30, 20))] == ["near_duplicate"] * 3
