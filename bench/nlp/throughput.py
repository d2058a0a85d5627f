"""What computing the features of a post takes, on one process and on two.

Times of one process are processor time, which other users of the machine hardly change; two processes are held against
one by the clock. Posts are real ones of about 570 characters, repeated as often as needed.
"""

from __future__ import annotations

import gzip
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.nlp import Figure, data_file
from lernhaus.nlp import post_features

SHORTEST, LONGEST, MEAN = 380, 790, 570
ROUNDS = 3
# on one process; on one and two
POSTS, POSTS_OF_A_POOL = 1_500, 12_000


def evaluate(data: Path) -> list[Figure]:
    """Posts per second, beside the reference packages; two processes beside one."""
    texts = [post["result"]["response"] for post in itertools.islice(itertools.cycle(typical_posts(data)), POSTS)]
    return [*_one_process(texts), *_two_processes(texts)]


def typical_posts(data: Path) -> list[dict[str, Any]]:
    """The statements of the posts of about ``MEAN`` characters; raises ``ValueError`` where their mean is another."""
    with gzip.open(data_file(data, "forum/statements.jsonl.gz"), "rt", encoding="utf-8") as lines:
        statements = [json.loads(line) for line in lines]
    posts = [post for post in statements if SHORTEST <= len(post["result"]["response"]) <= LONGEST]
    mean = statistics.mean(len(post["result"]["response"]) for post in posts)
    if abs(mean - MEAN) > 0.05 * MEAN:
        raise ValueError(f"the posts have {mean:.0f} characters in the mean, not about {MEAN}")
    return posts


def _batch(texts: list[str]) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "post_key": pa.array(range(len(texts)), pa.int64()),
            "as_of": pa.array([date(2024, 3, 1)] * len(texts), pa.date32()),
            "text": pa.array(texts, pa.string()),
        }
    )


def reference_loop(texts: list[str]) -> Callable[[], None]:
    """Return a loop that calls, text by text, the packages that one would call: VADER, py3langid, NLTK's tokenizers."""
    analyzer, words, sentences = SentimentIntensityAnalyzer(), NLTKWordTokenizer(), PunktSentenceTokenizer()
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def loop() -> None:
        for text in texts:
            analyzer.polarity_scores(text)
            identifier.classify(text)
            sentences.tokenize(text)
            words.tokenize(text)

    return loop


def _seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    begun = clock()
    work()
    return clock() - begun


def _one_process(texts: list[str]) -> list[Figure]:
    batch = _batch(texts)
    runners = {"features": lambda: post_features.compute(batch), "reference": reference_loop(texts)}
    for runner in runners.values():  # models are loaded, caches filled
        runner()
    rounds = [{name: _seconds(time.process_time, runner) for name, runner in runners.items()} for _ in range(ROUNDS)]
    return [
        Figure(
            "all features, one process",
            len(texts) / statistics.median(seconds["features"] for seconds in rounds),
            at_least=300,
            unit="posts/s",
            note=f"processor time, posts of {MEAN} characters, median of {ROUNDS} rounds",
            digits=0,
        ),
        Figure(
            "all features, in times of the reference packages",
            statistics.median(seconds["features"] / seconds["reference"] for seconds in rounds),
            unit="x",
            note="a plain loop over VADER, py3langid and NLTK's word and sentence tokenizers",
            digits=2,
        ),
    ]


def _two_processes(texts: list[str]) -> list[Figure]:
    batches = [_batch(texts)] * (POSTS_OF_A_POOL // len(texts))

    def took(processes: int) -> tuple[float, float]:
        """Seconds by the clock and of the processors, those of the workers included."""
        begun, busy = time.monotonic(), _processor_seconds()
        post_features.stream(batches, processes=processes).read_all()
        return time.monotonic() - begun, _processor_seconds() - busy

    rounds = [(took(1), took(2), _gain_of_unrelated_loops()) for _ in range(ROUNDS)]
    possible = statistics.median(gain for _, _, gain in rounds)
    return [
        Figure(
            "two processes, beside one, by the clock",
            statistics.median(one / two for (one, _), (two, _), _ in rounds),
            at_least=1.7,
            unit="x",
            note=f"{POSTS_OF_A_POOL:,} posts, with the start of the processes, median of {ROUNDS} rounds; two"
            f" unrelated loops gained {possible:.2f} x at the time (2 on free processors)",
            digits=2,
        ),
        Figure(
            "two processes, beside one, had they two processors to themselves",
            statistics.median(2 * one / two for (_, one), (_, two), _ in rounds),
            at_least=1.7,
            unit="x",
            note="twice the processor time of one process / that of all of the pool",
            digits=2,
        ),
    ]


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _gain_of_unrelated_loops() -> float:
    """How many times the work of one loop two processes do in the same time: 2 where they have a processor each."""
    command = [sys.executable, "-c", "x = 0\nfor i in range(20_000_000): x += i"]

    def seconds(count: int) -> float:
        begun = time.monotonic()
        loops = [subprocess.Popen(command) for _ in range(count)]
        for loop in loops:
            loop.wait()
        return time.monotonic() - begun

    return 2 * seconds(1) / seconds(2)
