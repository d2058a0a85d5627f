"""Labels that people gave to posts: their files, and the scores that learn from them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Warehouse

from lernhaus.cli import main
from lernhaus.sample.labels import HEADER, RatedPost, write_labels

ALONE = ("--vars", "{source_systems: [post_labels]}")
LABELS = ("int_post_label", "stg_post_labels__quarantine", "stg_post_labels__reconciliation")
KINDS = ("urgent", "question", "thanks", "answer", "introduction")
POSTS = [RatedPost(statement=f"post {number}", kind=KINDS[number % len(KINDS)]) for number in range(300)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, dict[str, Any]]:
    """The labels of posts that no system delivers, loaded file by file, with the unit tests of the models."""
    folder = tmp_path_factory.mktemp("labels")
    warehouse = Warehouse(folder, folder / "extracts")
    truth = write_labels(folder / "written", POSTS, count=250, seed=1)
    (warehouse.extracts / "post_labels").mkdir(parents=True)
    for path in sorted((folder / "written").iterdir()):
        path.rename(warehouse.extracts / "post_labels" / path.name)
        warehouse.build("--select", *[f"+{model}" for model in LABELS], *ALONE)
    return warehouse, truth


def test_every_record_is_accounted_for(alone: tuple[Warehouse, dict[str, Any]]) -> None:
    warehouse, truth = alone
    found = warehouse.rows("select source_file, columns('rows_.*') from staging.stg_post_labels__reconciliation")
    assert {name: tuple(counts) for name, *counts in found} == {
        file["file"]: (
            file["records"],
            file["records"] - file["refused"] - file["redelivered"],
            file["refused"],
            file["redelivered"],
        )
        for file in truth["files"]
    }
    assert truth["files"][1]["redelivered"] > 0
    reasons = warehouse.rows("select split_part(reason, ':', 1) from staging.stg_post_labels__quarantine order by all")
    assert [reason for (reason,) in reasons] == [
        "label_kind is neither urgency nor confusion",
        "labelled_at is not of type timestamp",
        "post_id is missing",
        "rater is missing",
        "source_system is missing",
        "value is not between 1 and 7",
        "value is not of type double",
    ]


def test_the_last_labels_of_all_raters_are_averaged(alone: tuple[Warehouse, dict[str, Any]]) -> None:
    warehouse, truth = alone
    found = warehouse.rows(
        "select post_id, label_kind, label_value, rater_count from conformed.int_post_label order by all"
    )
    assert [list(row) for row in found] == truth["labels"]


def test_generated_labels_are_the_same_each_time_and_follow_the_posts(tmp_path: Path) -> None:
    truths = [write_labels(tmp_path / str(run), POSTS, count=300, seed=3) for run in range(2)]
    assert truths[0] == truths[1]
    files = [[path.read_bytes() for path in sorted((tmp_path / str(run)).iterdir())] for run in range(2)]
    assert files[0] == files[1]
    urgency = {post: value for post, kind, value, _ in truths[0]["labels"] if kind == "urgency"}
    by_kind = {kind: [urgency[post["statement"]] for post in POSTS if post["kind"] == kind] for kind in KINDS}
    means = [sum(values) / len(values) for values in by_kind.values()]
    assert means[0] > 5 > means[1] > 3 > max(means[2:])
    assert write_labels(tmp_path / "other", POSTS, count=300, seed=4) != truths[0]
    with pytest.raises(ValueError, match="between 1 and 300"):
        write_labels(tmp_path / "more", POSTS, count=301, seed=3)


def test_the_sample_campus_has_labels(tmp_path: Path) -> None:
    arguments = ["sample", "--learners", "4", "--days", "28", "--labels", "2", "--out", str(tmp_path / "extracts")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    with (tmp_path / "extracts" / "post_labels" / "labels_1.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == HEADER
