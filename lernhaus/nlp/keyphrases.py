"""The phrases of a post that say most of what it is about, from the post alone.

After RAKE (Rose, Engel, Cramer & Cowley 2010, "Automatic keyword extraction from individual documents"): candidates are
the runs of content words between stop words and marks. The *degree* of a word is the sum, over its occurrences, of the
lengths of the runs that it stands in, so that words count which are used often and in long phrases. RAKE's own score
adds up degree over frequency; posts are so short that frequency would then count for nothing, so here the score of a
phrase is the share that its words have of the degrees of all words of the post: from 0, excluded, to 1.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from lernhaus.nlp import batches
from lernhaus.nlp.post_text import TEXT_VERSION
from lernhaus.nlp.terms import BREAK, stem

FEATURE_VERSION = f"1.0 text-{TEXT_VERSION}"

MOST_PHRASES = 8
# Of a longer run of content words, the part with the highest score is taken.
LONGEST_PHRASE = 4

INPUT_SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
    ]
)
SCHEMA = pa.schema(
    [
        ("post_key", pa.int64()),
        ("as_of", pa.date32()),
        ("phrase_rank", pa.int32()),
        ("phrase", pa.string()),
        ("score", pa.float64()),
        ("feature_version", pa.string()),
    ]
)


class Phrase(NamedTuple):
    """A phrase as it stands in the post, and its score in (0, 1]."""

    text: str
    score: float


def keyphrases(content_words: Sequence[str], language: str) -> list[Phrase]:
    """At most ``MOST_PHRASES`` phrases of a post, the highest score first, then in the order of the post.

    ``content_words`` are those of `lernhaus.nlp.terms.content_words`. Phrases of the same stems are one, in the form
    that stands first; a phrase whose words all stand in a better one is left out.
    """
    runs = [list(run) for broken, run in itertools.groupby(content_words, BREAK.__eq__) if not broken]
    stems = [[stem(word, language) for word in run] for run in runs]
    degree: Counter[str] = Counter()
    for run in stems:
        for word in run:
            degree[word] += len(run)
    total = degree.total()

    def score(words: Iterable[str]) -> float:
        return sum(degree[word] for word in set(words)) / total

    found: dict[tuple[str, ...], Phrase] = {}
    for run, stemmed in zip(runs, stems, strict=True):
        length = min(len(run), LONGEST_PHRASE)
        start = max(range(len(run) - length + 1), key=lambda first: score(stemmed[first : first + length]))
        words = tuple(stemmed[start : start + length])
        found.setdefault(words, Phrase(" ".join(run[start : start + length]), score(words)))
    best: list[Phrase] = []
    told: list[set[str]] = []
    for words, phrase in sorted(found.items(), key=lambda item: -item[1].score):
        if len(best) == MOST_PHRASES:
            break
        if not any(set(words) <= better for better in told):
            best.append(phrase)
            told.append(set(words))
    return best


def compute(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The keyphrases (``SCHEMA``) of the posts of the batch (``INPUT_SCHEMA``), in their order."""
    columns = (batch[name].to_pylist() for name in INPUT_SCHEMA.names)
    rows: list[dict[str, Any]] = [
        {
            "post_key": post_key,
            "as_of": as_of,
            "phrase_rank": rank,
            "phrase": phrase.text,
            "score": round(phrase.score, 6),
            "feature_version": FEATURE_VERSION,
        }
        for post_key, as_of, language, words in zip(*columns, strict=True)
        for rank, phrase in enumerate(keyphrases(words, language), start=1)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def stream(posts: Iterable[pa.RecordBatch], *, processes: int | None = None) -> pa.RecordBatchReader:
    """``compute`` of all posts, in order, as `lernhaus.nlp.batches.stream` does it.

    Input columns, others are ignored: those of ``INPUT_SCHEMA``, as `lernhaus.nlp.post_text` makes them.
    """
    return batches.stream(compute, posts, INPUT_SCHEMA, SCHEMA, processes=processes)
