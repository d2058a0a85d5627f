"""Labels that people gave to posts: their files, and the scores that learn from them."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from conftest import Warehouse, assert_unit_tests_pass

from lernhaus.cli import main
from lernhaus.sample import generate
from lernhaus.sample.labels import HEADER, RatedPost, write_labels

BESIDE = ("--vars", "{source_systems: [oneroster, xapi, post_labels]}")
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test")
MODELS = ("nlp_post_features", "stg_post_labels__quarantine", "stg_post_labels__reconciliation")
KINDS = ("urgent", "question", "thanks", "answer", "introduction")
POSTS = [RatedPost(statement=f"post {number}", kind=KINDS[number % len(KINDS)]) for number in range(300)]


class Stage(NamedTuple):
    """What a build left behind: models that learned, and how many posts have their score from what."""

    models: list[tuple[str, bool, str]]
    sources: dict[str, int]


Campus = tuple[Warehouse, dict[str, Any], list[Stage]]


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Campus:
    """A campus, its labels, and what builds make of it: with few labels, with all, with posts that have none."""
    folder = tmp_path_factory.mktemp("learned")
    warehouse = Warehouse(folder, folder / "extracts")
    generate(warehouse.extracts, learners=90, days=120)
    late = sorted((warehouse.extracts / "xapi").iterdir())[-3:]
    unlabelled = b"".join(gzip.decompress(path.read_bytes()) for path in late)
    posts = json.loads((warehouse.extracts / "sample_truth.json").read_text("utf-8"))["posts"]
    early = [post for post in posts if post["statement"].encode() not in unlabelled]
    assert 300 < len(early) < len(posts)
    truth = write_labels(warehouse.extracts / "post_labels", early, count=len(early), seed=1)
    late.append(warehouse.extracts / "post_labels" / "labels_2.csv")
    for path in late:
        path.rename(folder / path.name)
    stages = []
    for delivered in ([], late[-1:], late[:-1]):
        for path in delivered:
            (folder / path.name).rename(path)
        warehouse.build("--select", *[f"+{model}" for model in MODELS], *MODELS_ONLY, *BESIDE)
        models = "select feature, is_used, note from nlp_model where model_kind = 'learned' order by all"
        sources = "select urgency_source, count(*) from nlp_post_features group by all"
        stages.append(Stage(warehouse.rows(models), dict(warehouse.rows(sources))))
    return warehouse, truth, stages


def test_every_record_is_accounted_for(campus: Campus) -> None:
    # none erased, none expired
    warehouse, truth, _ = campus
    found = warehouse.rows("select source_file, columns('rows_.*') from staging.stg_post_labels__reconciliation")
    assert {name: tuple(counts) for name, *counts in found} == {
        file["file"]: (
            file["records"],
            file["records"] - file["refused"] - file["redelivered"],
            file["refused"],
            file["redelivered"],
            0,
            0,
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


def test_the_last_labels_of_all_raters_are_averaged(campus: Campus) -> None:
    warehouse, truth, _ = campus
    found = warehouse.rows(
        "select post_id, label_kind, label_value, rater_count from conformed.int_post_label order by all"
    )
    assert [list(row) for row in found] == truth["labels"]


def test_too_few_labels_leave_the_rules(campus: Campus) -> None:
    few = campus[2][0]
    assert [row[:2] for row in few.models] == [("confusion_score", False), ("urgency_score", False)]
    assert all(re.fullmatch(r"not trained: \d+ .*, \d+ are needed", note) for *_, note in few.models)
    assert set(few.sources) == {"rules"}


def test_enough_labels_train_a_model_that_scores_all_posts(campus: Campus) -> None:
    few, enough, _ = campus[2]
    ((is_used, note),) = [row[1:] for row in enough.models if row[0] == "urgency_score"]
    assert is_used, note
    ((source, count),) = enough.sources.items()
    assert source.startswith("urgency labels ")
    assert count == few.sources["rules"]


def test_new_posts_are_scored_by_the_model_that_is_there(campus: Campus) -> None:
    _, enough, more = campus[2]
    assert more.models == enough.models
    assert more.sources.keys() == enough.sources.keys()
    assert sum(more.sources.values()) > sum(enough.sources.values())


def test_versions_tell_what_made_a_score(campus: Campus) -> None:
    warehouse, _, stages = campus
    ((version, label_count, evaluation),) = warehouse.rows(
        "select model_version, label_count, evaluation from nlp_model "
        "where feature = 'urgency_score' and model_kind = 'learned'"
    )
    assert list(stages[-1].sources) == [version]
    assert label_count == warehouse.value("select count(*) from conformed.int_post_label where label_kind = 'urgency'")
    figures = json.loads(evaluation)
    assert figures["model_by_learner"]["auc"] > figures["rules"]["auc"] > 0.5


def test_unit_tests(campus: Campus) -> None:
    command = ("test", "--select", "int_post_labels__label,test_type:unit", *BESIDE)
    assert_unit_tests_pass(campus[0].dbt(*command))


def test_increments_equal_a_full_build(campus: Campus) -> None:
    warehouse, _, _ = campus
    tables = ("nlp_model", "nlp_post_features")
    grown = [warehouse.rows(f"from {table} order by all") for table in tables]
    warehouse.build("--full-refresh", "--select", *tables, *MODELS_ONLY, *BESIDE)
    assert [warehouse.rows(f"from {table} order by all") for table in tables] == grown


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
