"""MinHash: similarity is exact where it is told, and what is similar is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp import near_duplicates
from lernhaus.nlp.near_duplicates import BANDS, FEWEST_CHARACTERS, ROWS, band_hashes, jaccard, shingles

POST = (
    "I have read the chapter on confidence intervals twice by now, but I cannot follow why the true mean should lie "
    "inside the interval in 95 of 100 samples and not with a probability of 95 percent. Does anyone have an example?"
)


def test_marks_case_and_quoting_make_no_difference() -> None:
    same = [POST.upper(), "> " + POST.replace(",", " ,").replace(". ", "...\n> "), f'"{POST}" :-)']
    for text in same:
        assert jaccard(shingles(POST), shingles(text)) == 1
        assert list(band_hashes(shingles(text))) == list(band_hashes(shingles(POST)))


def test_similarity_is_that_of_the_sets() -> None:
    changed = POST.replace("chapter", "section").replace("example", "idea")

    def runs(text: str) -> set[str]:
        words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
        line = " ".join(words)
        return {line[i : i + 5] for i in range(len(line) - 4)}

    expected = len(runs(POST) & runs(changed)) / len(runs(POST) | runs(changed))
    assert jaccard(shingles(POST), shingles(changed)) == pytest.approx(expected)
    assert 0.7 < expected < 0.9
    assert len(shingles(POST)) == len(runs(POST))


def test_short_texts_are_not_compared() -> None:
    short = "x" * (FEWEST_CHARACTERS - 1)
    assert len(shingles(short)) == len(band_hashes(shingles(short))) == 0
    assert len(band_hashes(shingles(short + "x"))) == BANDS


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 2**64 - 1), max_size=30), st.sets(st.integers(0, 2**64 - 1), max_size=30))
def test_jaccard_of_sets(left: set[int], right: set[int]) -> None:
    found = jaccard(*(np.array(sorted(s), np.uint64) for s in (left, right)))
    assert found == len(left & right) / max(1, len(left | right))


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.7, 0.8])
def test_candidates_are_as_many_as_the_formula_says(similarity: float) -> None:
    random = np.random.default_rng(11)
    trials, size = 400, 200
    shared = round(2 * size * similarity / (1 + similarity))
    found = 0
    for _ in range(trials):
        elements = random.integers(2**64, size=2 * size - shared, dtype=np.uint64)
        left, right = np.sort(elements[:size]), np.sort(elements[size - shared :])
        found += bool(np.intersect1d(band_hashes(left), band_hashes(right)).size)
    expected = 1 - (1 - similarity**ROWS) ** BANDS
    deviation = (expected * (1 - expected) / trials) ** 0.5
    assert abs(found / trials - expected) < 4 * deviation + 0.01


def test_long_texts_are_hashed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    elements = np.sort(np.random.default_rng(5).integers(2**64, size=1_000, dtype=np.uint64))
    whole = band_hashes(elements)
    monkeypatch.setattr(near_duplicates, "_CHUNK", 64)
    assert list(band_hashes(elements)) == list(whole)
