"""Content words and keyphrases: what counts as a word, what parts phrases, what is never let through."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp import batches, keyphrases, post_text
from lernhaus.nlp.clean import prose
from lernhaus.nlp.keyphrases import LONGEST_PHRASE, MOST_PHRASES
from lernhaus.nlp.stop_words import STOP_WORDS
from lernhaus.nlp.terms import BREAK, content_words, stem

TEXTS = [
    (
        "en",
        "How do I apply the chain rule to e^x? The chain rule puzzles me, however often I read the chapter; "
        "see `d/dx` or mail anna@mail.example.",
    ),
    (
        "de",
        "Weiß jemand, warum die Ableitung der Exponentialfunktion sie selbst ist? Ableitungen verwirren mich, "
        "und die Aufgabe auf Seite 12 erst recht!",
    ),
    ("fr", "Je ne comprends pas la règle de dérivation."),
    ("und", "???"),
    ("en", ""),
    ("en", None),
    ("de", "Danke für die Hilfe!"),
]


def posts(first_key: int = 0, texts: list[tuple[str, str | None]] = TEXTS) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "post_key": pa.array(range(first_key, first_key + len(texts)), pa.int64()),
            "as_of": pa.array([20_000] * len(texts), pa.int32()).cast(pa.date32()),
            "language": pa.array([language for language, _ in texts]),
            "text": pa.array([text for _, text in texts], pa.string()),
            "load_id": pa.array([7] * len(texts), pa.int64()),
        }
    )


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "I don't get the chain rule.", ["chain", "rule"]),
        ("en", "the teacher’s p-value: 0.05", ["teacher", "p-value"]),
        ("en", "mean, median and mode", ["mean", "", "median", "", "mode"]),
        ("en", "week 3 chapter 2 exercise", ["chapter", "", "exercise"]),
        ("en", "see <b>normal</b> forms\n\nthird normal form", ["normal", "forms", "", "normal", "form"]),
        ("en", "write to anna.m@mail.example or @anna or 0171 3920012 about SQL", ["write", "", "SQL"]),
        ("en", "my id is s0571234, R and C are 5th", ["id"]),
        ("de", "Kann mir jemand die Kettenregel erklären?", ["Kettenregel", "erklären"]),
        ("de", "Schreibt mir: anna(at)mail.example, Danke!", ["Schreibt"]),
        ("fr", "la règle de dérivation", []),
        ("und", "chain rule", []),
    ],
)
def test_content_words(language: str, text: str, expected: list[str]) -> None:
    assert content_words(prose(text), language) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["en", "de"]))
def test_breaks_stand_between_words_only(text: str, language: str) -> None:
    words = content_words(prose(text), language)
    assert words[:1] != [BREAK] and words[-1:] != [BREAK]
    assert (BREAK, BREAK) not in itertools.pairwise(words)
    assert not {word.lower() for word in words} & STOP_WORDS[language]
    assert not any("@" in word or word.isspace() for word in words)


def test_forms_of_a_word_have_one_stem() -> None:
    assert stem("Derivatives", "en") == stem("derivative", "en") != stem("integral", "en")
    assert stem("Ableitungen", "de") == stem("Ableitung", "de")


def test_stems_are_the_same_on_several_threads() -> None:
    words = [f"{prefix}{ending}" for prefix in "abcdefgh" for ending in ("ableitungen", "ufgaben", "ahlungen") * 20]
    alone = [stem.__wrapped__(word, "de") for word in words]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda _: [stem.__wrapped__(word, "de") for word in words], range(8))
    assert all(stems == alone for stems in together)


def test_stop_words_are_lower_case_words() -> None:
    for words in STOP_WORDS.values():
        assert all(word == word.lower() for word in words)
        assert not words & {"problem", "number", "system", "order", "group", "test", "zahl", "ordnung"}


def test_phrases_are_ranked_by_the_degrees_of_their_words() -> None:
    # degrees: chain 2 + 2, rule 2 + 2, puzzles 1, derivative 1, chains 2 and rules 2 count as chain and rule
    words = ["chain", "rule", "", "puzzles", "", "chain", "rule", "", "derivative", "", "Chains", "rules"]
    phrases = keyphrases.keyphrases(words, "en")
    assert phrases == [("chain rule", 12 / 14), ("puzzles", 1 / 14), ("derivative", 1 / 14)]


def test_of_a_long_run_the_best_part_is_taken() -> None:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "", "zeta", "", "epsilon"]
    phrases = keyphrases.keyphrases(words, "en")
    assert [phrase.text for phrase in phrases] == ["gamma delta epsilon zeta"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["sum", "sums", "limit", "proof", "series", "graph", "graphs", BREAK]), max_size=60))
def test_phrases_are_few_short_and_told_once(words: list[str]) -> None:
    phrases = keyphrases.keyphrases(words, "en")
    assert len(phrases) <= MOST_PHRASES
    assert all(len(phrase.text.split()) <= LONGEST_PHRASE and 0 < phrase.score <= 1 for phrase in phrases)
    assert [phrase.score for phrase in phrases] == sorted((phrase.score for phrase in phrases), reverse=True)
    told = [frozenset(stem(word, "en") for word in phrase.text.split()) for phrase in phrases]
    assert not any(later <= earlier for i, later in enumerate(told) for earlier in told[:i])
    assert bool(phrases) == any(words)


def test_schemas_and_copied_columns() -> None:
    texts = post_text.stream([posts(first_key=-3)]).read_all()
    assert texts.schema == post_text.SCHEMA
    assert texts["post_key"].to_pylist() == list(range(-3, 4))
    assert set(texts["load_id"].to_pylist()) == {7}
    assert [bool(words) for words in texts["content_words"].to_pylist()] == [True, True] + [False] * 5
    assert [len(hashes) for hashes in texts["band_hashes"].to_pylist()] == [25, 25] + [0] * 5
    phrases = keyphrases.stream(texts.to_batches()).read_all()
    assert phrases.schema == keyphrases.SCHEMA
    assert phrases["post_key"].unique().to_pylist() == [-3, -2]
    assert not any("anna" in phrase for phrase in phrases["phrase"].to_pylist())


def test_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="language"):
        post_text.stream([posts().drop_columns(["language"])]).read_all()


def test_the_same_rows_whatever_the_batches_and_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [posts(700 * i, TEXTS * 100) for i in range(3)]
    alone = post_text.stream(parts, processes=1).read_all()
    assert alone["post_key"].to_pylist() == list(range(2_100))
    small = [part.slice(start, 90) for part in parts for start in range(0, 700, 90)]
    backwards = post_text.stream(reversed(small), processes=1).read_all().sort_by("post_key")
    assert backwards.combine_chunks() == alone.combine_chunks()
    monkeypatch.setattr(batches, "POOL_THRESHOLD", 1_000)
    assert post_text.stream(parts, processes=2).read_all() == alone
    phrases = keyphrases.stream(alone.to_batches(), processes=1).read_all()
    backwards = keyphrases.stream(reversed(alone.to_batches(90)), processes=1).read_all()
    assert backwards.sort_by([("post_key", "ascending"), ("phrase_rank", "ascending")]).combine_chunks() == (
        phrases.combine_chunks()
    )


HOSTILE = {
    "one token": "a" * 300_000,
    "distinct words": " ".join(f"w{i}" for i in range(60_000)),
    "one run of words": "alpha " * 50_000,
    "newlines": "\n" * 100_000,
    "nulls": "\0" * 300_000,
    "zalgo": "Z" + "\u0301\u0323" * 100_000,
    "marks": "a! " * 100_000,
    "apostrophes": "a'" * 150_000,
    "addresses": "a@b " * 80_000,
    "emoji": "😀" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_bounded_time_and_breaks_nothing(name: str) -> None:
    start = time.process_time()
    texts = post_text.stream([posts(texts=[("en", HOSTILE[name]), ("en", "the chain rule")])], processes=1)
    phrases = keyphrases.stream(texts, processes=1).read_all()
    assert time.process_time() - start < 5
    assert phrases["phrase"].to_pylist()[-1] == "chain rule"


def test_broken_utf8_breaks_nothing() -> None:
    raw = pa.array([b"good \xed\xa0\x80 course", b"chain \xe2\x82 rule"], pa.binary())
    broken = posts(texts=[("en", "a"), ("en", "b")]).set_column(3, "text", raw)
    assert post_text.stream([broken]).read_all()["content_words"].to_pylist() == [["course"], ["chain", "", "rule"]]
