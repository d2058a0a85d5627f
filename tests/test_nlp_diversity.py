"""Lexical diversity: by hand, and beside the definitions spelled out."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp.describe import describe
from lernhaus.nlp.diversity import mattr, mtld, type_token_ratio

DIFFERENT = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200)]


def test_type_token_ratio() -> None:
    assert type_token_ratio(["the", "cat", "saw", "the", "dog"]) == 4 / 5
    assert type_token_ratio([]) is None


def test_mattr_by_hand() -> None:
    # windows "a b a", "b a c", "a c c": 2, 3, 2 types of 3 words
    assert mattr(["a", "b", "a", "c", "c"], window=3) == pytest.approx(7 / 9)
    assert mattr(DIFFERENT[:49]) is None
    assert mattr(DIFFERENT[:50]) == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(DIFFERENT[:30]), min_size=5, max_size=60), st.integers(1, 5))
def test_mattr_is_the_mean_over_all_windows(words: list[str], window: int) -> None:
    ratios = [len(set(words[i : i + window])) / window for i in range(len(words) - window + 1)]
    assert mattr(words, window=window) == pytest.approx(statistics.mean(ratios))


def test_mtld_by_hand() -> None:
    # "a b a": 2 / 3 is below .72; 16 factors of 3 words, and 2 words that are no part of another
    assert mtld(["a", "b"] * 25) == pytest.approx(50 / 16)
    # 40 types in 50 words, no factor complete: (1 - .8) / (1 - .72) of one
    assert mtld(DIFFERENT[:40] + DIFFERENT[:10]) == pytest.approx(50 / (0.2 / 0.28))
    # 18 / 25 = .72 completes a factor forwards; backwards the first 18 are different, and 19, ...
    forwards = DIFFERENT[:18] + DIFFERENT[:7] + DIFFERENT[25:50]
    assert mtld(forwards) == pytest.approx((50 / 1 + 50 / ((1 - 43 / 50) / 0.28)) / 2)


def test_mtld_is_the_same_from_either_end() -> None:
    words = (DIFFERENT[:20] * 3 + DIFFERENT[10:60])[:100]
    assert mtld(words) == pytest.approx(mtld(words[::-1]))


def test_mtld_where_it_is_undefined() -> None:
    assert mtld(["a", "b"] * 24 + ["a"]) is None
    assert mtld(DIFFERENT[:50]) is None


def test_diversity_of_a_post() -> None:
    features = describe("We read the book. WE like the Book.")
    assert features["type_token_ratio"] == 5 / 8
    assert (features["mattr"], features["mtld"]) == (None, None)
    longer = describe(" ".join(["We read the long book and we liked it a lot."] * 5))
    assert longer["word_count"] == 55
    assert 0 < longer["mattr"] < 1 <= longer["mtld"]
    assert "type_token_ratio" not in describe("これは日本語です。良いです。")
