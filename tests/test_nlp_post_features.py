"""The Arrow interface: schema, order, determinism, processes, hostile text."""

import datetime
import hashlib
import re
import socket
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp import batches, post_features
from lernhaus.nlp.describe import describe
from lernhaus.nlp.post_features import FEATURE_VERSION, SCHEMA, compute, stream

AS_OF = datetime.date(2024, 3, 1)
TEXTS = [
    "How do I submit the second assignment? The page shows an error.",
    "Danke, das war sehr hilfreich! Ich verstehe nur die letzte Aufgabe nicht.",
    "Merci beaucoup pour votre aide.",
    None,
    "",
    "😀",
    "I disagree with the lecture, but the reading was great.",
]

# Of every kind of post.
VARIED = [
    *(text or "" for text in TEXTS),
    *(f"{start} {text or ''}" for start in ("WHY??", "Ich verstehe das nicht:") for text in TEXTS),
    "Der Upload bricht immer ab :( Das ist sehr ärgerlich, aber die Tutorin war nett!",
    "Run `x = 1` and see https://example.org: $y^2$ is wrong, isn't it? Please help asap, the exam is tomorrow.",
    " ".join(f"The {word} of the course was better than the {word} of last year, thanks." for word in "abcdefgh"),
]


def batch_of(texts: list[str | None], first_key: int = 0) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "post_key": pa.array(range(first_key, first_key + len(texts)), pa.int64()),
            "as_of": pa.array([AS_OF] * len(texts), pa.date32()),
            "text": pa.array(texts, pa.string()),
        }
    )


def test_schema_and_copied_columns() -> None:
    features = compute(batch_of(TEXTS, first_key=-3))
    assert features.schema == SCHEMA
    assert features["post_key"].to_pylist() == list(range(-3, 4))
    assert set(features["as_of"].to_pylist()) == {AS_OF}
    assert set(features["feature_version"].to_pylist()) == {FEATURE_VERSION}
    assert features["language"].to_pylist() == ["en", "de", "fr", "und", "und", "und", "en"]
    defined_for = {
        "flesch_reading_ease": ["en"],
        "flesch_kincaid_grade": ["en"],
        "amstad_reading_ease": ["de"],
        "wiener_sachtextformel": ["de"],
        "lix": ["en", "de", "fr"],
        "sentiment_compound": ["en", "de"],
    }
    for column, codes in defined_for.items():
        for row in features.to_pylist():
            assert (row[column] is not None) == (row["language"] in codes), column


def test_version_names_code_and_packages() -> None:
    assert re.fullmatch(r"\d+\.\d+ vader-3\.3\S+ py3langid-\S+ textblob-de-\S+", FEATURE_VERSION)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.string_view(), pa.binary()])
def test_any_text_type(type_: pa.DataType) -> None:
    posts = batch_of(TEXTS)
    posts = posts.set_column(2, "text", pa.array(TEXTS, pa.string()).cast(type_))
    assert compute(posts) == compute(batch_of(TEXTS))


def test_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="text"):
        compute(batch_of(TEXTS).drop_columns(["text"]))


def test_key_that_is_no_number_is_refused() -> None:
    posts = batch_of(["a"]).set_column(0, "post_key", pa.array(["k"]))
    with pytest.raises(pa.ArrowInvalid):
        compute(posts)


def test_these_tests_have_no_network() -> None:
    with pytest.raises(AssertionError, match="ask for the network"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


def test_no_posts() -> None:
    assert stream([]).read_all() == SCHEMA.empty_table()
    assert compute(batch_of([])).num_rows == 0


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_the_same_rows_whatever_the_batches(sizes: list[int]) -> None:
    texts = (TEXTS * 11)[: sum(sizes)]
    whole = compute(batch_of(texts))
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    parts = [batch_of(texts[start : start + size], start) for start, size in zip(starts, sizes, strict=True)]
    assert stream(parts, processes=1).read_all().combine_chunks() == pa.Table.from_batches([whole])
    backwards = stream(reversed(parts), processes=1).read_all().sort_by("post_key")
    assert backwards.combine_chunks() == pa.Table.from_batches([whole])


def test_the_same_rows_on_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "POOL_THRESHOLD", 700)
    monkeypatch.setenv("PYTHONHASHSEED", "7")  # no set's order may show
    posts = [batch_of((VARIED * 50)[:350], 350 * i) for i in range(3)]
    assert sum(part.num_rows for part in posts) > batches.POOL_THRESHOLD
    alone = stream(posts, processes=1).read_all()
    assert stream(posts, processes=2).read_all() == alone
    assert alone["post_key"].to_pylist() == list(range(3 * 350))


# What `fingerprint` gave when the features last changed, by the version that they have had since.
FINGERPRINT = {"2.3": "d6881e5a090be51d"}


def fingerprint(texts: list[str]) -> str:
    """A hash of all features, with the digits that no processor or library differs in."""
    rows = compute(batch_of(list(texts))).drop_columns(["feature_version"]).to_pylist()
    rounded = [{name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()} for row in rows]
    return hashlib.sha256(repr(rounded).encode()).hexdigest()[:16]


def test_features_have_a_new_version_where_they_have_changed() -> None:
    version, _, _ = FEATURE_VERSION.partition(" ")
    assert {version: fingerprint(VARIED)} == FINGERPRINT


def test_few_posts_need_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_features, "in_pool", None)
    assert stream([batch_of(TEXTS * 50)], processes=2).read_all().num_rows == 350


def test_the_stream_reads_ahead_no_more_than_it_needs() -> None:
    taken = []

    def posts() -> Iterator[pa.RecordBatch]:
        for i in range(200):
            taken.append(i)
            yield batch_of(["Thanks!"] * 256, 256 * i)

    reader = stream(posts(), processes=1)
    assert taken == []
    reader.read_next_batch()
    assert len(taken) <= batches.POOL_THRESHOLD // 256 + 2


def test_an_error_of_the_source_is_not_hidden() -> None:
    def posts() -> Iterator[pa.RecordBatch]:
        yield batch_of(["Thanks!"])
        raise OSError("the source broke")

    with pytest.raises(OSError, match="the source broke"):
        stream(posts()).read_all()


HOSTILE = {
    "one token": "a" * 1_000_000,
    "one number": "1" * 1_000_000,
    "nulls": "\0" * 1_000_000,
    "newlines": "\n" * 100_000,
    "spaced newlines": "\n " * 300_000,
    "spaces": " " * 1_000_000 + "x",
    "zalgo": "Z" + "\u0301\u0323" * 300_000,
    "bidirectional marks": "\u202eabc\u200f" * 100_000,
    "emoji": "😀" * 200_000,
    "open tags": "<a" * 300_000,
    "tags": "<div>" * 200_000,
    "huge reference": "&#" + "9" * 1_000_000,
    "open formulas": "\\begin{a}$x\\(" * 60_000,
    "ticks": "`" * 500_001,
    "full stops": ". " * 400_000,
    "exclamations": "!" * 1_000_000 + "a",
    "letters with stops": "a." * 400_000,
    "polar words": "good " * 200_000,
    "contrasts": "but bad " * 100_000,
    "german negations": "nicht sehr schlecht " * 50_000,
    "addresses": "a@" * 300_000,
    "empty addresses": "http://" + "." * 1_000_000,
    "questions": "how do i weiß jemand " * 40_000,
    "cues": "i don't really understand why do not get nicht mehr weiter can you " * 15_000,
    "open cues": "why a not be not be i not verstehe das " * 25_000,
    "hyphens": "a-" * 500_000,
    "ideographs": "好" * 300_000,
    "html": "<p class='a'>good &amp; <b>bad</b></p><script>x" * 20_000,
    "sql": "'; DROP TABLE posts; -- " * 40_000,
    "lines of code": "if x == f(1) or y[2] in z:\n" * 40_000,
    "one line of code": "if " + "x(" * 400_000 + ":",
    "formulas": "\\frac{1}{2} " * 80_000,
    "one formula": "\\frac" * 200_000,
    "shouting": "AAAA " * 200_000,
    "handles": "@a#b" * 250_000,
    "smileys": ":) 😀 " * 200_000,
    "german compounds": "Donaudampfschifffahrtsproblem " * 30_000,
    "german contrasts": "gut, aber schlecht, aber " * 40_000,
    "thanks": "thank you for your help in advance, " * 30_000,
    "formats of strings": "{0!r:>{1}} %s %n ${x} " * 40_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_bounded_time_and_breaks_nothing(name: str) -> None:
    start = time.process_time()
    features = compute(batch_of([HOSTILE[name], "Thank you for the good answer."]))
    assert time.process_time() - start < 5
    assert features["language"][1].as_py() == "en"
    assert features["character_count"][0].as_py() == len(HOSTILE[name])


def test_hostile_rows_among_others_break_nothing() -> None:
    hostile = [text[:5_000] for text in HOSTILE.values()]
    mixed = compute(batch_of([text for pair in zip(hostile, TEXTS * 10, strict=False) for text in pair]))
    peaceful = compute(batch_of((TEXTS * 10)[: len(hostile)]))
    assert mixed.take(pa.array(range(1, mixed.num_rows, 2))).drop_columns(["post_key"]) == peaceful.drop_columns(
        ["post_key"]
    )


def test_lone_surrogates() -> None:
    features = describe("Thank you, this was \ud800 a very good course \udfff!")
    assert (features["language"], features["word_count"]) == ("en", 8)
    assert features["sentiment_compound"] > 0


def test_broken_utf8_breaks_nothing() -> None:
    # A lone surrogate and a cut-off sequence, as an unchecked source may hand them over in a string column.
    raw = pa.array([b"good \xed\xa0\x80 course", b"fine \xe2\x82"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    features = compute(batch_of(["a", "b"]).set_column(2, "text", broken))
    assert features["character_count"].to_pylist() == [15, 6]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_row_in_range(text: str) -> None:
    row = compute(batch_of([text])).to_pylist()[0]
    assert row["character_count"] == len(text)
    for score in ("question_score", "confusion_score", "urgency_score", "gratitude_score"):
        assert 0 <= row[score] <= 1
    assert (row["language"] == "und") or len(row["language"]) == 2
    assert (row["lix"] is None) == (not row["word_count"])
    if row["word_count"]:
        assert row["sentence_count"] >= 1
    if row["sentiment_compound"] is not None:
        assert -1 <= row["sentiment_compound"] <= 1
