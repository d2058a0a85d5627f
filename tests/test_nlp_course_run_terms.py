"""Terms of course runs: counts as by plain counting, the formula by hand, and nothing told of few learners."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lernhaus.nlp import course_run_terms
from lernhaus.nlp.course_run_terms import MOST_TERMS, PRIOR_USES, SCHEMA
from lernhaus.nlp.terms import stem

TODAY = datetime.date(2025, 5, 9)


def posts_of(posts: list[tuple[int, int, str, str]]) -> pa.Table:
    """Posts of (run, learner, language, words)."""
    runs, learners, languages, words = zip(*posts, strict=True)
    return pa.table(
        {
            "course_run_key": pa.array(runs, pa.int64()),
            "learner_key": pa.array(learners, pa.int64()),
            "language": pa.array(languages),
            "content_words": pa.array(
                [[piece for w in text.split() for piece in (w, "")][:-1] for text in words], pa.list_(pa.string())
            ),
        }
    )


def find(posts: pa.Table, least_learners: int = 3, size: int = 1_000) -> list[dict[str, Any]]:
    found = course_run_terms.find(posts.to_batches(size), least_learners=least_learners, as_of=TODAY)
    assert found.schema == SCHEMA
    return found.to_pylist()


def random_posts(seed: int, runs: int = 4) -> list[tuple[int, int, str, str]]:
    """Posts about words of rising rarity; in run 2 many speak of derivatives."""
    random = np.random.default_rng(seed)
    words = ["exercise", "slide", "proof", "limit", "series", "graph", "matrix", "vector", "basis", "axis"]
    chances = np.arange(10, 0, -1) / 55
    posts = []
    for run in range(runs):
        for _ in range(60):
            text = list(random.choice(words, 5, p=chances))
            if run == 2 and random.random() < 0.5:
                text.append(str(random.choice(["derivative", "derivatives"], p=[0.3, 0.7])))
            posts.append((run, int(random.integers(20)), "en", " ".join(text)))
    return posts


def test_counts_and_odds_are_those_of_plain_counting() -> None:
    posts = random_posts(seed=3)
    uses: dict[int, Counter[str]] = defaultdict(Counter)
    in_posts: dict[int, Counter[str]] = defaultdict(Counter)
    learners: dict[tuple[int, str], set[int]] = defaultdict(set)
    for run, learner, _, text in posts:
        stems = [stem(word, "en") for word in text.split()]
        uses[run].update(stems)
        in_posts[run].update(set(stems))
        for term in stems:
            learners[run, term].add(learner)
    rows = find(posts_of(posts))
    expected = {(run, term) for (run, term), people in learners.items() if len(people) >= 3}
    assert {(row["course_run_key"], row["term_stem"]) for row in rows} == expected
    total = sum(uses.values(), Counter())
    for row in rows:
        run, term = row["course_run_key"], row["term_stem"]
        counted = uses[run][term], in_posts[run][term], len(learners[run, term])
        assert (row["use_count"], row["post_count"], row["learner_count"]) == counted
        prior = PRIOR_USES * total[term] / total.total()
        here, there = uses[run][term] + prior, total[term] - uses[run][term] + prior
        all_here = uses[run].total() + PRIOR_USES
        all_there = total.total() - uses[run].total() + PRIOR_USES
        odds = math.log(here / (all_here - here)) - math.log(there / (all_there - there))
        assert row["log_odds_ratio"] == pytest.approx(odds, abs=1e-4)
        assert row["distinctiveness"] == pytest.approx(odds / math.sqrt(1 / here + 1 / there), abs=1e-4)


def test_what_a_run_alone_speaks_of_is_its_most_distinctive_term() -> None:
    rows = find(posts_of(random_posts(seed=4)))
    first = {row["course_run_key"]: row for row in rows if row["distinctiveness_rank"] == 1}
    assert first[2]["term"] == "derivatives" and first[2]["distinctiveness"] > 3
    assert all(abs(row["distinctiveness"]) < 3 for row in rows if row["term"] != "derivatives")
    for run in range(4):
        ranked = [row for row in rows if row["course_run_key"] == run]
        assert [row["frequency_rank"] for row in ranked] == list(range(1, len(ranked) + 1))
        assert sorted(row["distinctiveness_rank"] for row in ranked) == list(range(1, len(ranked) + 1))
        assert [row["post_count"] for row in ranked] == sorted((row["post_count"] for row in ranked), reverse=True)


def test_terms_of_few_learners_are_not_told() -> None:
    posts = [(1, learner % 4, "en", "secret exercise") for learner in range(40)]
    posts += [(2, learner, "en", "exercise") for learner in range(5)]
    told = {(row["course_run_key"], row["term"]) for row in find(posts_of(posts), least_learners=5)}
    assert told == {(2, "exercise")}


def test_languages_are_apart_and_alone_nothing_is_distinctive() -> None:
    posts = [(1, n, "en", "proof") for n in range(4)] + [(1, n, "de", "Beweis") for n in range(4)]
    posts += [(2, n, "de", "Beweis Aufgabe") for n in range(4)]
    posts += [(3, n, "fr", "preuve") for n in range(4)]
    rows = {(row["course_run_key"], row["term"]): row for row in find(posts_of(posts))}
    assert set(rows) == {(1, "proof"), (1, "Beweis"), (2, "Beweis"), (2, "Aufgabe")}
    assert rows[1, "proof"]["distinctiveness"] is rows[1, "proof"]["log_odds_ratio"] is None
    assert rows[2, "Aufgabe"]["distinctiveness"] > 0 > rows[2, "Beweis"]["distinctiveness"]
    assert rows[1, "proof"]["as_of"] == TODAY


def test_of_a_run_the_most_used_and_the_most_distinctive_terms_are_told() -> None:
    common = " ".join(f"word{i:02}x" for i in range(50))
    posts = [(run, n, "en", common) for run in (1, 2) for n in range(9)]
    posts += [(1, n, "en", f"rare{i:02}x") for i in range(40) for n in range(3)]
    rows = [row for row in find(posts_of(sorted(posts))) if row["course_run_key"] == 1]
    assert sum(row["frequency_rank"] <= MOST_TERMS for row in rows) == MOST_TERMS
    rare = [row for row in rows if row["term"].startswith("rare")]
    assert len(rare) == MOST_TERMS and len(rows) == 2 * MOST_TERMS


@pytest.mark.parametrize("size", [1, 17])
def test_nothing_depends_on_batches_or_the_order_in_a_run(size: int) -> None:
    posts = random_posts(seed=5)
    assert find(posts_of(posts), size=size) == find(posts_of(posts))
    shuffled = sorted(posts, key=lambda post: (post[0], post[3], post[1]))
    assert find(posts_of(shuffled), size=size) == find(posts_of(posts))


def test_no_posts() -> None:
    assert course_run_terms.find([], least_learners=1, as_of=TODAY) == SCHEMA.empty_table()
    assert find(posts_of([(1, 1, "en", "")])) == []
