"""What people think of the posts of the sample campus: two files of labels by raters who do not quite agree.

``write_labels`` lets three raters, each with a bias and a bad day now and then, say how urgent and how confused posts
are. Some labels are revised, some stand in both files, and some records are faulty.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from lernhaus.sample.text import Kind

HEADER = ("source_system", "post_id", "label_kind", "value", "rater", "labelled_at")
FILES = ("labels_1.csv", "labels_2.csv")
# how urgent and how confused posts of each kind are, from 1 to 7
LEVELS: dict[Kind, tuple[float, float]] = {
    "urgent": (6.3, 3.0),
    "confusion": (4.6, 6.0),
    "question": (4.0, 3.4),
    "snippet": (4.0, 3.6),
    "agreement": (2.6, 3.0),
    "discussion": (2.0, 1.6),
    "study_group": (1.8, 1.0),
    "answer": (1.4, 1.2),
    "thanks": (1.2, 1.2),
    "introduction": (1.0, 1.0),
}
LABEL_KINDS = ("urgency", "confusion")
_BIAS = {"rater 1": 0.0, "rater 2": 0.5, "rater 3": -0.4}
_NOISE, _BAD_DAY = 0.7, 0.02
_REVISED, _REPEATED = 0.03, 0.10
_FIRST_LABEL = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)

Record = tuple[str, str, str, str, str, str]


class RatedPost(TypedDict):
    """A post to be rated: its statement id and the kind of post it was composed as."""

    statement: str
    kind: Kind


def write_labels(folder: Path, posts: Sequence[RatedPost], *, count: int, seed: int) -> dict[str, Any]:
    """Write two label files to ``folder``: the labels that two of the raters gave to each of ``count`` of the posts.

    The same arguments give byte-identical files. Returns what is in them, ready for JSON: ``files`` (file below the
    extracts folder; records without the header; how many of them are redelivered and refused), and ``labels`` (post,
    kind of label, mean over raters of the labels that count, number of raters).

    Raises ``ValueError`` if ``count`` < 1 or there are fewer posts.
    """
    if not 1 <= count <= len(posts):
        raise ValueError(f"between 1 and {len(posts)} posts can be labelled, not {count}")
    rng = np.random.default_rng([seed, 0x1ABE1])
    first: list[Record] = []
    second: list[Record] = []
    counting: dict[tuple[str, str], dict[str, int]] = {}
    at = _FIRST_LABEL
    for number in rng.permutation(len(posts))[:count].tolist():
        post = posts[number]
        for rater in rng.permutation(list(_BIAS))[:2].tolist():
            for label_kind, level in zip(LABEL_KINDS, LEVELS[post["kind"]], strict=True):
                at += timedelta(seconds=20)
                values = [_value(rng, level, rater)]
                if rng.random() < _REVISED:
                    values.append(_value(rng, level, rater))
                for revision, value in enumerate(values):
                    given = at + timedelta(days=revision)
                    labelled_at = given.strftime("%Y-%m-%dT%H:%M:%SZ")
                    record = ("oneroster", post["statement"], label_kind, str(value), rater, labelled_at)
                    first.append(record)
                    if rng.random() < _REPEATED:
                        second.append(record)
                counting.setdefault((post["statement"], label_kind), {})[rater] = values[-1]
    half = len(first) // 2
    faulty = _faulty(posts[0]["statement"])
    written = [first[:half], [record for record in second if record in set(first[:half])] + first[half:] + faulty]
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in zip(FILES, written, strict=True):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *records])
    redelivered = len(written[1]) - len(faulty) - (len(first) - half)
    return {
        "files": [
            {"file": f"post_labels/{FILES[0]}", "records": len(written[0]), "redelivered": 0, "refused": 0},
            {
                "file": f"post_labels/{FILES[1]}",
                "records": len(written[1]),
                "redelivered": redelivered,
                "refused": len(faulty),
            },
        ],
        "labels": [
            [post, label_kind, round(sum(values.values()) / len(values), 6), len(values)]
            for (post, label_kind), values in sorted(counting.items())
        ],
    }


def _value(rng: np.random.Generator, level: float, rater: str) -> int:
    """The whole number from 1 to 7 that a rater gives to a post of this level."""
    if rng.random() < _BAD_DAY:
        return int(rng.integers(1, 8))
    return int(np.clip(np.rint(level + _BIAS[rater] + rng.normal(0, _NOISE)), 1, 7))


def _faulty(post: str) -> list[Record]:
    """Records that cannot be used, each for another reason."""
    return [
        ("oneroster", post, "urgency", "8", "rater 1", ""),
        ("oneroster", post, "urgency", "high", "rater 1", ""),
        ("oneroster", post, "mood", "3", "rater 1", ""),
        ("oneroster", post, "urgency", "3", "", ""),
        ("oneroster", "", "urgency", "3", "rater 1", ""),
        ("", post, "urgency", "3", "rater 1", ""),
        ("oneroster", post, "urgency", "3", "rater 1", "yesterday"),
    ]
