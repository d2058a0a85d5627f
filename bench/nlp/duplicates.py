"""Near duplicates: copies with small edits that the sample campus plants among its posts, found again by the library.

A copy that is not found counts against recall, a pair found that was not planted against precision, though some such
posts are near duplicates by chance: the sample composes its posts from a grammar.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.nlp import Figure
from lernhaus.nlp import post_text, similar_posts, vocabulary
from lernhaus.sample import generate

SEEDS = (1, 2, 3, 4)


def posts_of(extracts: Path, ids: set[str]) -> list[dict[str, Any]]:
    """Return the posts with these statement ids (``id``, ``course``, ``text``) of a sample campus in order of time."""
    posts: dict[str, dict[str, Any]] = {}
    for path in sorted((extracts / "xapi").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
            # one line of the sample is broken on purpose; it holds no post
            for statement in (json.loads(line) for line in lines if '"response"' in line):
                if statement["id"] in ids:
                    run: str = statement["context"]["contextActivities"]["grouping"][0]["id"]
                    posts[statement["id"]] = {
                        "id": statement["id"],
                        "course": run.rsplit("/", 1)[1].split("-")[0],
                        "text": statement["result"]["response"],
                        "timestamp": datetime.fromisoformat(statement["timestamp"]).astimezone(UTC),
                    }
    return sorted(posts.values(), key=lambda post: (post["course"], post["timestamp"], post["id"]))


def pairs_found(posts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the near duplicates among posts in order of course and time, as (earlier, later) ids."""
    keys = pa.array(range(len(posts)), pa.int64())
    courses = {course: number for number, course in enumerate({post["course"]: None for post in posts})}
    table = pa.table(
        {
            "post_key": keys,
            "as_of": pa.array([0] * len(posts), pa.int32()).cast(pa.date32()),
            "language": pa.array(["und"] * len(posts)),
            "text": pa.array([post["text"] for post in posts]),
            "load_id": keys,
        }
    )
    texts = post_text.stream(table.to_batches()).read_all()
    texts = texts.append_column("course_key", pa.array([courses[post["course"]] for post in posts], pa.int64()))
    texts = texts.append_column("is_chosen", pa.array([True] * len(posts)))

    def texts_of(wanted: pa.Table) -> Iterable[pa.RecordBatch]:
        texts: Iterable[pa.RecordBatch] = table.select(["post_key", "text"]).take(wanted["post_key"]).to_batches()
        return texts

    found = similar_posts.find(texts.to_batches(), vocabulary.SCHEMA.empty_table(), texts_of).to_pylist()
    return {
        (posts[row["neighbour_post_key"]]["id"], posts[row["post_key"]]["id"])
        for row in found
        if row["similarity_kind"] == "near_duplicate"
    }


def evaluate(data: Path) -> list[Figure]:
    """Return recall and precision over the campuses of a few seeds; nothing of ``data`` is needed."""
    del data
    planted, found, right, count = 0, 0, 0, 0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), seed=seed)
            truth = json.loads((Path(folder) / "sample_truth.json").read_text(encoding="utf-8"))
            posts = posts_of(Path(folder), {post["statement"] for post in truth["posts"]})
        copies = {tuple(pair) for pair in truth["near_duplicate_pairs"]}
        pairs = pairs_found(posts)
        planted, found, right = planted + len(copies), found + len(pairs), right + len(copies & pairs)
        count += len(posts)
    note = f"{planted} copies among {count:,} posts of {len(SEEDS)} sample campuses"
    return [
        Figure("planted near duplicates: recall", right / planted, at_least=0.95, note=note),
        Figure("planted near duplicates: precision", right / found, at_least=0.95, note=f"{found} pairs found"),
    ]
