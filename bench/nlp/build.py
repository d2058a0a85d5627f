"""What the features take in a build: the memory that 200,000 posts add, and the share of a re-run with few new ones.

The posts are those of `throughput`. Memory is of all processes; times are processor time.
"""

from __future__ import annotations

import gzip
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import PROJECT, Run
from bench.nlp import Figure
from bench.nlp.throughput import typical_posts
from bench.warehouse import Warehouse

POSTS = 200_000
NEWS = 0.01
MODEL = "nlp_post_features"


def write_posts(path: Path, posts: list[dict[str, Any]], numbers: range) -> None:
    """Write an xAPI drop with as many statements as numbers, each post under an id of its own."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for number, post in zip(numbers, itertools.cycle(posts), strict=False):
            identity = f"{number:08x}-0000-4000-8000-000000000000"
            activity = {**post["object"], "id": f"{post['object']['id']}/{number}"}
            file.write(json.dumps({**post, "id": identity, "object": activity}) + "\n")


def evaluate(data: Path) -> list[Figure]:
    """The memory that a build of 200,000 posts takes, and the share of a re-run with one per cent of news."""
    posts = typical_posts(data)
    work = PROJECT / "build"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nlp-", dir=work) as name:
        folder = Path(name)
        extracts = folder / "extracts"
        (extracts / "xapi").mkdir(parents=True)
        warehouse = Warehouse(folder, extracts, "[xapi]")

        def build(*select: str) -> Run:
            return warehouse.dbt("build", "--exclude-resource-type", "test", "unit_test", "--select", *select)

        parents = (f"+{MODEL}", "--exclude", MODEL)
        write_posts(extracts / "xapi" / "1.jsonl.gz", posts, range(POSTS))
        build(*parents)
        idle = build("fct_post")
        first = build(MODEL)
        news = round(NEWS * POSTS)
        again = []
        for drop, count in enumerate((1, news), start=2):
            start = POSTS + drop * news
            write_posts(extracts / "xapi" / f"{drop}.jsonl.gz", posts, range(start, start + count))
            build(*parents)
            again.append(build(MODEL))
    one, per_cent = again
    took = first["cpu_seconds"] - idle["cpu_seconds"]
    return [
        Figure(
            f"peak memory that {POSTS:,} posts add",
            first["peak_mb"] - one["peak_mb"],
            at_most=300,
            unit="MB",
            note=f"the peak of all processes of `dbt build --select {MODEL}`, {first['peak_mb']:,.0f} MB, less that"
            f" with one new post; {idle['peak_mb']:,.0f} MB is that of a build with nothing to do",
            digits=0,
        ),
        Figure(
            f"re-run with {NEWS:.0%} new posts",
            100 * (per_cent["cpu_seconds"] - one["cpu_seconds"]) / took,
            at_most=5,
            unit="%",
            note=f"of the processor time of the first run, {took:,.0f} s; beside start-up, which is what a re-run"
            f" with one new post takes, {one['cpu_seconds']:,.0f} s",
            digits=1,
        ),
    ]
