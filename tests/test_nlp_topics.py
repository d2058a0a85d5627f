"""Corpus, vocabulary and topics: counts as by plain counting, topics that are there are found, no order matters."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp import corpus, topics, vocabulary
from lernhaus.nlp.terms import BREAK, stem
from lernhaus.nlp.vocabulary import Weights

THEMES = {
    "statistics": ["variance", "sample", "median", "regression", "interval", "estimate"],
    "databases": ["query", "index", "table", "join", "transaction", "column"],
    "poetry": ["poem", "metaphor", "verse", "rhyme", "stanza", "sonnet"],
    "ecology": ["habitat", "species", "climate", "forest", "predator", "river"],
}


def posts_of(words: list[list[str]], language: str = "en", learners: int = 40) -> pa.Table:
    count = len(words)
    return pa.table(
        {
            "post_key": pa.array(range(count), pa.int64()),
            "as_of": pa.array(range(20_000, 20_000 + count), pa.int32()).cast(pa.date32()),
            "learner_key": pa.array([key % learners for key in range(count)], pa.int64()),
            "language": pa.array([language] * count),
            "content_words": pa.array(words, pa.list_(pa.string())),
        }
    )


def themed(count: int, seed: int = 1) -> tuple[pa.Table, list[str]]:
    """Posts of eight words, each of one theme but for two words."""
    random = np.random.default_rng(seed)
    names = list(THEMES)
    every = list(itertools.chain(*THEMES.values()))
    kinds = [names[int(random.choice(4, p=[0.4, 0.3, 0.2, 0.1]))] for _ in range(count)]
    words = []
    for kind in kinds:
        chosen = [*random.choice(THEMES[kind], 6), *random.choice(every, 2)]
        random.shuffle(chosen)
        words.append([piece for word in chosen for piece in (str(word), BREAK)][:-1])
    return posts_of(words), kinds


def fitted(posts: pa.Table, size: int = 1_000) -> tuple[pa.Table, pa.Table]:
    terms = vocabulary.fit(posts.to_batches(size), least_learners=5)
    return terms, topics.fit(posts.to_batches(size), terms)


WORDS = st.lists(st.sampled_from(["sum", "sums", "limit", "proof", "series", "graph", "graphs", BREAK]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=6), st.integers(1, 4))
def test_terms_are_those_that_plain_counting_finds(texts: list[list[str]], size: int) -> None:
    expected: Counter[tuple[int, str]] = Counter()
    for place, words in enumerate(texts):
        stems = [word and stem(word, "en") for word in words]
        expected.update((place, word) for word in stems if word)
        expected.update((place, f"{a} {b}") for a, b in itertools.pairwise(stems) if a and b)
    read = corpus.read(posts_of(texts).to_batches(size))
    if not any(texts):
        assert read == {}
        return
    english = read["en"]
    post, forms = english.forms(0, len(english.posts))
    codes = english.codes(forms)
    assert Counter(
        (int(english.posts[p]), english.stem_of(code)) for p, code in zip(post.tolist(), codes.tolist(), strict=True)
    ) == (expected)
    known = sorted({english.stem_of(code) for code in codes.tolist()})
    assert [english.stem_of(code) for code in english.code_of(known).tolist()] == known
    assert english.code_of(["nowhere", "sum nowhere"]).tolist() == [-1, -1]


def test_terms_are_called_as_they_are_written_most_often() -> None:
    words = ["Derivative", "", "derivatives", "", "derivatives", "", "chain", "rules", "", "chain", "rule"]
    english = corpus.read(posts_of([words]).to_batches())["en"]
    forms, counts = np.unique(english.forms(0, 1)[1], return_counts=True)
    codes = english.code_of([stem("derivative", "en"), "chain rule"])
    assert english.names(codes, forms, counts) == ["derivatives", "chain rule"]


def test_of_each_language_the_first_posts_are_taken() -> None:
    table = pa.concat_tables([posts_of([["a1"], ["b2"]]), posts_of([["c3"]], "de"), posts_of([[], ["d4"], ["e5"]])])
    read = corpus.read(table.combine_chunks().to_batches(2), most=3)
    assert {language: text.posts.tolist() for language, text in read.items()} == {"de": [2], "en": [0, 1, 4]}


def test_the_vocabulary_counts_posts_and_learners() -> None:
    posts, _ = themed(300)
    terms = vocabulary.fit(posts.to_batches(), least_learners=5).to_pylist()
    texts = [[stem(word, "en") for word in words if word] for words in posts["content_words"].to_pylist()]
    learners: dict[str, set[int]] = defaultdict(set)
    for key, words in enumerate(texts):
        for word in words:
            learners[word].add(key % 40)
    assert {row["term_stem"] for row in terms} == {word for word, people in learners.items() if len(people) >= 5}
    for row in terms:
        post_count = sum(row["term_stem"] in words for words in texts)
        assert (row["post_count"], row["learner_count"]) == (post_count, len(learners[row["term_stem"]]))
        assert row["inverse_document_frequency"] == pytest.approx(math.log(301 / (1 + post_count)) + 1, abs=1e-6)
        assert row["as_of"].toordinal() == posts["as_of"][-1].as_py().toordinal()


def test_terms_of_few_learners_and_of_most_posts_are_left_out() -> None:
    words = [["everywhere", "", f"word{key % 20}", "", *(["secret"] if key < 4 else [])] for key in range(100)]
    terms = vocabulary.fit(posts_of(words, learners=100).to_batches(), least_learners=5)
    assert terms["term"].to_pylist() == sorted(f"word{i}" for i in range(20))
    assert vocabulary.fit(posts_of(words, learners=100).to_batches(), least_learners=4).num_rows == 21


def test_weights_have_length_one_and_rare_terms_weigh_more() -> None:
    posts, _ = themed(200)
    terms = vocabulary.of_language(vocabulary.fit(posts.to_batches(), least_learners=5), "en")
    english = corpus.read(posts.to_batches())["en"]
    weights = Weights(english, terms.stems, terms.idf)
    whole = weights.of(0, 200).toarray()
    assert np.linalg.norm(whole, axis=1) == pytest.approx(np.ones(200))
    parts = [weights.of(start, min(start + 7, 200)).toarray() for start in range(0, 200, 7)]
    assert np.array_equal(np.concatenate(parts), whole)
    words = [word for word in posts["content_words"].to_pylist()[0] if word]
    counts = Counter(stem(word, "en") for word in words)
    by_hand = [(1 + math.log(counts[s])) * idf if s in counts else 0 for s, idf in zip(*terms_of(terms), strict=True)]
    assert whole[0] == pytest.approx(np.array(by_hand) / np.linalg.norm(by_hand))


def terms_of(terms: vocabulary.Terms) -> tuple[list[str], list[float]]:
    return terms.stems, terms.idf.tolist()


def test_topics_that_are_there_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "POSTS_PER_TOPIC", 100)
    posts, kinds = themed(400)
    _, found = fitted(posts)
    assert found.schema == topics.TERM_SCHEMA
    summary = topics.summarize(found, topics.of_posts(posts.to_batches(), found).read_all())
    assert summary.schema == topics.SCHEMA
    assert summary["topic_id"].to_pylist() == ["en-01", "en-02", "en-03", "en-04"]
    theme_of = {}
    for row in summary.to_pylist():
        best = Counter(kind for term in row["top_terms"].split(", ")[:6] for kind in THEMES if term in THEMES[kind])
        theme_of[row["topic_id"]], agreeing = best.most_common(1)[0]
        assert agreeing >= 5 and len(row["topic_label"].split(", ")) == 3
    # the largest first
    assert [theme_of[f"en-0{number}"] for number in range(1, 5)] == ["statistics", "databases", "poetry", "ecology"]
    first = {
        row["post_key"]: theme_of[row["topic_id"]]
        for row in topics.of_posts(posts.to_batches(), found).read_all().to_pylist()
        if row["topic_rank"] == 1
    }
    told = topics.of_posts(posts.to_batches(), found).read_all().group_by("post_key").aggregate([("weight", "sum")])
    assert max(told["weight_sum"].to_pylist()) <= 1 + 1e-9
    assert sum(first.get(key) == kind for key, kind in enumerate(kinds)) / len(kinds) > 0.9
    for _, weights in itertools.groupby(found.to_pylist(), lambda row: row["topic_id"]):
        assert sum(row["weight"] for row in weights) == pytest.approx(1, abs=1e-4)


def test_coherence_is_mutual_information_of_the_terms() -> None:
    present = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
    pairs = [
        math.log(0.5 / (0.5 * 0.75)) / -math.log(0.5),
        -1.0,
        math.log(0.25 / (0.75 * 0.5)) / -math.log(0.25),
    ]
    assert topics._coherence(topics.sparse.csr_array(present), [0, 1, 2]) == pytest.approx(sum(pairs) / 3, abs=1e-4)


def test_a_label_tells_each_word_once() -> None:
    stems = ["interv", "confid interv", "sampl", "confid", "mean", "true mean", "size"]
    names = ["interval", "confidence intervals", "sample", "confidence", "mean", "true mean", "size"]
    assert topics.label(stems, names) == "confidence intervals, sample, true mean"


@pytest.mark.parametrize("size", [1, 13, 400])
def test_nothing_depends_on_batches_or_order(size: int) -> None:
    posts, _ = themed(150)
    terms, found = fitted(posts)
    assert fitted(posts, size) == (terms, found)
    whole = topics.of_posts(posts.to_batches(), found).read_all().sort_by([("post_key", "ascending")])
    backwards = posts.take(list(range(149, -1, -1))).to_batches(size)
    again = topics.of_posts(backwards, found).read_all()
    key = [("post_key", "ascending"), ("topic_rank", "ascending")]
    assert again.sort_by(key).combine_chunks() == whole.sort_by(key).combine_chunks()


def test_posts_by_themselves_have_the_topics_that_they_have_among_others() -> None:
    posts, _ = themed(120)
    _, found = fitted(posts.slice(0, 100))
    whole = topics.of_posts(posts.to_batches(), found).read_all()
    new = topics.of_posts(posts.slice(100).to_batches(), found).read_all()
    assert new.num_rows > 0
    assert new.to_pylist() == [row for row in whole.to_pylist() if row["post_key"] >= 100]


def test_posts_without_known_terms_have_no_topic() -> None:
    posts, _ = themed(100)
    _, found = fitted(posts)
    odd = posts_of([[], ["unheard"], ["variance"], ["variance", "", "median"]])
    assert set(topics.of_posts(odd.to_batches(), found).read_all()["post_key"].to_pylist()) == {3}
    other = posts_of([["variance", "", "median"]], "de")
    assert topics.of_posts(other.to_batches(), found).read_all().num_rows == 0


def test_too_few_posts_make_no_vocabulary_and_no_topics() -> None:
    posts, _ = themed(vocabulary.FEWEST_POSTS - 1)
    terms, found = fitted(posts)
    assert (terms, found) == (vocabulary.SCHEMA.empty_table(), topics.TERM_SCHEMA.empty_table())
    assert topics.of_posts(posts.to_batches(), found).read_all() == topics.POST_SCHEMA.empty_table()
    assert topics.summarize(found, topics.POST_SCHEMA.empty_table()) == topics.SCHEMA.empty_table()
    assert vocabulary.fit([], least_learners=1) == vocabulary.SCHEMA.empty_table()
