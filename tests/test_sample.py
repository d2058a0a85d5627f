"""The sample campus: what its truth file says is in its files, and it behaves like a school."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from pathlib import Path
from statistics import correlation, mean
from typing import Any, NamedTuple

import numpy as np
import pytest

from lernhaus.sample import SampleSummary, generate
from lernhaus.sample.oneroster import HEADERS
from lernhaus.sample.text import expand

RUNS = "https://lms.lernhaus.example/runs/"
ASSESSMENTS = "https://lms.lernhaus.example/assessments/"
POSTED = "https://w3id.org/xapi/acrossx/verbs/posted"
SUBMITTED = "http://activitystrea.ms/schema/1.0/submit"
BAD_LINES = {"malformed_json", "no_actor", "unparsable_timestamp"}

Row = dict[str, str]


class Sample(NamedTuple):
    folder: Path
    summary: SampleSummary
    truth: dict[str, Any]
    drops: dict[str, dict[str, list[Row]]]  # date -> file -> rows without the planted bad ones
    statements: dict[str, dict[str, Any]]  # id -> readable statement
    deliveries: dict[str, list[date]]  # id -> dates of the files that hold it


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@cache
def read_lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def read(folder: Path, summary: SampleSummary) -> Sample:
    truth = json.loads((folder / "sample_truth.json").read_text(encoding="utf-8"))
    bad = {(fault["file"], fault["line"]) for fault in truth["faults"] if fault["kind"] not in ("late", "redelivered")}
    drops: dict[str, dict[str, list[Row]]] = {}
    for path in sorted(folder.glob("oneroster/*/*.csv")):
        header, rows = read_rows(path)
        name = path.relative_to(folder).as_posix()
        drops.setdefault(path.parent.name, {})[path.name] = [
            dict(zip(header, row, strict=True)) for line, row in enumerate(rows, start=2) if (name, line) not in bad
        ]
    statements: dict[str, dict[str, Any]] = {}
    deliveries: dict[str, list[date]] = defaultdict(list)
    bad_lines = {(f["file"], f["line"]) for f in truth["faults"] if f["kind"] in BAD_LINES}
    for path in sorted(folder.glob("xapi/*.jsonl.gz")):
        exported = date.fromisoformat(path.name.removeprefix("statements-").removesuffix(".jsonl.gz"))
        for number, line in enumerate(read_lines(path), start=1):
            if (f"xapi/{path.name}", number) not in bad_lines:
                statement = json.loads(line)
                assert statements.setdefault(statement["id"], statement) == statement
                deliveries[statement["id"]].append(exported)
    return Sample(folder, summary, truth, drops, statements, deliveries)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("campus")
    return read(folder, generate(folder, learners=60, days=195, seed=3))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def of_verb(sample: Sample, verb: str) -> list[dict[str, Any]]:
    return [statement for statement in sample.statements.values() if statement["verb"]["id"] == verb]


def run_of(statement: dict[str, Any]) -> str:
    activities = statement["context"]["contextActivities"]
    ids = [a["id"] for role in ("parent", "grouping") for a in activities.get(role, [])]
    (run,) = [id_.removeprefix(RUNS) for id_ in ids if id_.startswith(RUNS)]
    return str(run)


def test_same_arguments_give_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    for name, seed in (("first", 5), ("second", 5), ("other", 6)):
        generate(tmp_path / name, learners=12, days=40, seed=seed)
    first = digests(tmp_path / "first")
    assert first == digests(tmp_path / "second")
    assert first != digests(tmp_path / "other")


@pytest.mark.parametrize(("learners", "days"), [(1, 7), (3, 20), (20, 60), (5, 101)])
def test_small_campuses_work(tmp_path: Path, learners: int, days: int) -> None:
    said: list[str] = []
    summary = generate(tmp_path, learners=learners, days=days, progress=said.append)
    small = read(tmp_path, summary)
    assert len(small.drops) == 2
    assert len(list(tmp_path.glob("xapi/*.gz"))) == len(small.truth["statement_files"])
    assert len(small.statements) == summary.statements
    assert said


def test_nonsense_sizes_and_a_used_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 learner and 7 days"):
        generate(tmp_path, learners=0)
    with pytest.raises(ValueError, match="at least 1 learner and 7 days"):
        generate(tmp_path, days=6)
    generate(tmp_path, learners=1, days=7)
    with pytest.raises(FileExistsError, match="not empty"):
        generate(tmp_path, learners=1, days=7)


def test_headers_are_those_of_the_standard(sample: Sample) -> None:
    for path in sample.folder.glob("oneroster/*/*.csv"):
        assert read_rows(path)[0] == list(HEADERS[path.name])
    for drop in sample.drops.values():
        listed = {r["propertyName"].removeprefix("file.") for r in drop["manifest.csv"] if r["value"] == "bulk"}
        assert {f"{name}.csv" for name in listed} == set(HEADERS) - {"manifest.csv"}


def test_roster_references_resolve(sample: Sample) -> None:
    for drop in sample.drops.values():
        ids = {name: {row["sourcedId"] for row in rows} for name, rows in drop.items() if name != "manifest.csv"}
        assert all(len(ids[name]) == len(drop[name]) for name in ids), "a sourcedId occurs twice"
        for name, column, target in (
            ("orgs.csv", "parentSourcedId", "orgs.csv"),
            ("academicSessions.csv", "parentSourcedId", "academicSessions.csv"),
            ("courses.csv", "orgSourcedId", "orgs.csv"),
            ("classes.csv", "courseSourcedId", "courses.csv"),
            ("classes.csv", "termSourcedIds", "academicSessions.csv"),
            ("users.csv", "primaryOrgSourcedId", "orgs.csv"),
            ("enrollments.csv", "classSourcedId", "classes.csv"),
            ("enrollments.csv", "userSourcedId", "users.csv"),
            ("demographics.csv", "sourcedId", "users.csv"),
            ("lineItems.csv", "classSourcedId", "classes.csv"),
            ("results.csv", "lineItemSourcedId", "lineItems.csv"),
            ("results.csv", "studentSourcedId", "users.csv"),
        ):
            assert {row[column] for row in drop[name]} - {""} <= ids[target], (name, column)


def test_weights_of_a_run_sum_to_100_and_it_has_one_final_grade(sample: Sample) -> None:
    weights: dict[str, float] = defaultdict(float)
    finals: Counter[str] = Counter()
    last = sample.drops[max(sample.drops)]
    for item in last["lineItems.csv"]:
        if item["categorySourcedId"] == "cat-final-grade":
            finals[item["classSourcedId"]] += 1
        else:
            weights[item["classSourcedId"]] += float(item["metadata.weight"])
    assert set(weights.values()) == {100.0}
    assert finals == {row["sourcedId"]: 1 for row in last["classes.csv"]}


def test_a_drop_knows_nothing_of_the_days_after_it(sample: Sample) -> None:
    first, last = sorted(sample.drops)
    for day, drop in sample.drops.items():
        assert all(row["beginDate"] <= day and row["endDate"] <= day for row in drop["enrollments.csv"])
        assert all(row["scoreDate"] <= day for row in drop["results.csv"])
    later = {row["sourcedId"]: row for row in sample.drops[last]["enrollments.csv"]}
    earlier = {row["sourcedId"]: row for row in sample.drops[first]["enrollments.csv"]}
    assert earlier.keys() < later.keys()
    assert any(not earlier[id_]["endDate"] and later[id_]["endDate"] for id_ in earlier)
    assert len(sample.drops[first]["results.csv"]) < len(sample.drops[last]["results.csv"])


def test_final_grades_come_after_the_end_and_never_for_those_who_withdrew(sample: Sample) -> None:
    last = sample.drops[max(sample.drops)]
    grades = {
        (r["classSourcedId"], r["studentSourcedId"]): r["textScore"] for r in last["results.csv"] if r["textScore"]
    }
    expected = {
        (e["course_run"], e["learner"]): e["outcome"]
        for e in sample.truth["enrollments"]
        if e["outcome"] in ("distinction", "pass", "fail")
    }
    assert grades == expected
    assert {"withdrawn", "running", "pass", "fail"} <= {e["outcome"] for e in sample.truth["enrollments"]}


def test_attribute_changes_show_between_the_drops(sample: Sample) -> None:
    first, last = ({row["sourcedId"]: row for row in sample.drops[day]["users.csv"]} for day in sorted(sample.drops))
    changed = {id_ for id_ in first if first[id_] != last[id_]}
    assert changed == {change["learner"] for change in sample.truth["attribute_changes"]}
    assert 0 < len(changed) < len(first) / 3


def test_counts_of_the_truth_are_those_of_the_files(sample: Sample) -> None:
    truth, summary = sample.truth, sample.summary
    assert truth["summary"] == asdict(summary)
    for drop in truth["roster_drops"]:
        for name, count in drop["rows"].items():
            assert len(read_rows(sample.folder / "oneroster" / drop["date"] / name)[1]) == count
    for file in truth["statement_files"]:
        assert len(read_lines(sample.folder / file["file"])) == file["lines"]
    last = sample.drops[max(sample.drops)]
    students = [row for row in last["enrollments.csv"] if row["role"] == "student"]
    assert len(students) == summary.enrollments == len(truth["enrollments"])
    assert len(sample.statements) == summary.statements == sum(truth["statements_by_kind"].values())
    assert len(of_verb(sample, POSTED)) == summary.posts == len(truth["posts"])
    assert len(of_verb(sample, SUBMITTED)) == summary.submissions
    assert Counter(fault["kind"] for fault in truth["faults"]) == summary.faults


def test_faults_are_where_the_truth_says(sample: Sample) -> None:
    kinds = {fault["kind"] for fault in sample.truth["faults"]}
    assert kinds == BAD_LINES | {
        "late", "redelivered", "unknown_learner", "unknown_class", "non_numeric_score", "too_many_fields",
        "impossible_due_date",
    }  # fmt: skip
    users = {row["sourcedId"] for row in sample.drops[max(sample.drops)]["users.csv"]}
    for fault in sample.truth["faults"]:
        path = sample.folder / fault["file"]
        if path.suffix == ".csv":
            header, rows = read_rows(path)
            fields = rows[fault["line"] - 2]
            row = dict(zip(header, fields, strict=False))
            if fault["kind"] == "too_many_fields":
                assert len(fields) > len(header)
            elif fault["kind"] == "unknown_class":
                assert row["classSourcedId"] not in {
                    c["sourcedId"] for c in sample.drops[path.parent.name]["classes.csv"]
                }
            else:
                column = "score" if fault["kind"] == "non_numeric_score" else "dueDate"
                with pytest.raises(ValueError):
                    (float if column == "score" else date.fromisoformat)(row[column])
            continue
        line = read_lines(path)[fault["line"] - 1]
        if fault["kind"] == "malformed_json":
            with pytest.raises(json.JSONDecodeError):
                json.loads(line)
            continue
        statement = json.loads(line)
        assert statement["id"] == fault["statement"]
        if fault["kind"] == "no_actor":
            assert "actor" not in statement
        elif fault["kind"] == "unparsable_timestamp":
            with pytest.raises(ValueError):
                datetime.fromisoformat(statement["timestamp"])
        elif fault["kind"] == "unknown_learner":
            assert statement["actor"]["account"]["name"] not in users
        elif fault["kind"] == "redelivered":
            assert len(sample.deliveries[fault["statement"]]) == 2
        else:
            (delivered,) = sample.deliveries[fault["statement"]]
            assert (delivered - datetime.fromisoformat(statement["timestamp"]).date()).days >= 7


def test_statements_are_of_enrolled_learners_while_they_are_enrolled(sample: Sample) -> None:
    last = sample.drops[max(sample.drops)]
    items = {row["sourcedId"]: row["classSourcedId"] for row in last["lineItems.csv"]}
    enrolled: dict[tuple[str, str], tuple[str, str]] = {
        (row["userSourcedId"], row["classSourcedId"]): (row["beginDate"], row["endDate"] or "9999")
        for row in last["enrollments.csv"]
    }
    unknown = {f["statement"] for f in sample.truth["faults"] if f["kind"] == "unknown_learner"}
    offsets = set()
    for id_, statement in sample.statements.items():
        moment = datetime.fromisoformat(statement["timestamp"])
        offsets.add(str(moment.utcoffset()))
        if id_ in unknown:
            continue
        begin, end = enrolled[statement["actor"]["account"]["name"], run_of(statement)]
        if statement["timestamp"].endswith("Z"):
            continue  # the date in UTC may be the day before
        assert begin <= moment.date().isoformat() < end
        if statement["object"]["id"].startswith(ASSESSMENTS):
            assert items[statement["object"]["id"].removeprefix(ASSESSMENTS)] == run_of(statement)
    assert offsets == {"0:00:00", "1:00:00", "2:00:00"}


def test_scores_of_quizzes_agree_with_the_roster(sample: Sample) -> None:
    best: dict[tuple[str, str], float] = defaultdict(float)
    for statement in of_verb(sample, SUBMITTED):
        item = statement["object"]["id"].removeprefix(ASSESSMENTS)
        score = statement.get("result", {}).get("score")
        assert (score is not None) == ("-quiz" in item), "quizzes carry a score, assignments do not"
        if score is not None:
            assert score["scaled"] == pytest.approx(score["raw"] / score["max"], abs=1e-3)
            key = item, statement["actor"]["account"]["name"]
            best[key] = max(best[key], score["raw"])
    graded = {
        (row["lineItemSourcedId"], row["studentSourcedId"]): float(row["score"])
        for row in sample.drops[max(sample.drops)]["results.csv"]
        if "-quiz" in row["lineItemSourcedId"] and row["score"]
    }
    assert len(graded) > 200
    assert all(best[key] == score for key, score in graded.items())


def test_replies_answer_earlier_posts_of_the_same_run(sample: Sample) -> None:
    posts = {statement["id"]: statement for statement in of_verb(sample, POSTED)}
    replies = [post for post in posts.values() if "statement" in post["context"]]
    assert 0.3 < len(replies) / len(posts) < 0.8
    for reply in replies:
        parent = posts[reply["context"]["statement"]["id"]]
        assert run_of(parent) == run_of(reply)
        assert datetime.fromisoformat(parent["timestamp"]) < datetime.fromisoformat(reply["timestamp"])


def test_posts_read_like_a_forum(sample: Sample) -> None:
    texts = {post["id"]: post["result"]["response"] for post in of_verb(sample, POSTED)}
    lengths = [len(text.split()) for text in texts.values()]
    assert min(lengths) >= 5 and max(lengths) <= 120 and 12 < mean(lengths) < 50
    unfilled = re.compile(r"\{\w+\}|\[[^\]\n]*\|")
    assert not [text for text in texts.values() if unfilled.search(text)]
    labels = {post["statement"]: post for post in sample.truth["posts"]}
    assert labels.keys() == texts.keys()
    languages = Counter(post["language"] for post in labels.values())
    assert min(languages["en"], languages["de"]) > 0.25 * len(labels)
    assert {"question", "confusion", "urgent", "thanks", "answer", "snippet"} <= {p["kind"] for p in labels.values()}
    contact = re.compile(r"@\S|\d{3} \d{5}")
    assert all(bool(contact.search(texts[id_])) == post["contact"] for id_, post in labels.items())


def test_near_duplicates_share_most_words(sample: Sample) -> None:
    texts = {post["id"]: set(re.findall(r"\w+", post["result"]["response"])) for post in of_verb(sample, POSTED)}
    pairs = sample.truth["near_duplicate_pairs"]
    assert len(pairs) == sample.summary.near_duplicate_pairs > 0
    for original, copy in pairs:
        assert len(texts[original] & texts[copy]) / len(texts[original] | texts[copy]) > 0.7


def test_engagement_shows_in_clicks_outcome_and_punctuality(sample: Sample) -> None:
    clicks = Counter((s["actor"]["account"]["name"], run_of(s)) for s in sample.statements.values())
    over = [e for e in sample.truth["enrollments"] if e["outcome"] != "running"]
    engagement = [e["engagement"] for e in over]
    assert correlation(engagement, [float(clicks[e["learner"], e["course_run"]]) for e in over]) > 0.5
    assert correlation(engagement, [float(e["outcome"] in ("pass", "distinction")) for e in over]) > 0.4
    known = {(e["learner"], e["course_run"]): e["engagement"] for e in sample.truth["enrollments"]}
    by_status: dict[str, list[float]] = defaultdict(list)
    for row in sample.drops[max(sample.drops)]["results.csv"]:
        kind = "late" if row["late"] == "true" else row["scoreStatus"]
        by_status[kind].append(known[row["studentSourcedId"], row["classSourcedId"]])
    assert mean(by_status["fully graded"]) > mean(by_status["late"])
    assert mean(by_status["fully graded"]) > mean(by_status["not submitted"])


def test_the_week_has_a_rhythm(sample: Sample) -> None:
    moments = [datetime.fromisoformat(s["timestamp"]) for s in sample.statements.values() if "+" in s["timestamp"]]
    weekdays = Counter(moment.weekday() for moment in moments)
    assert min(weekdays[day] for day in range(4)) > weekdays[5]
    hours = Counter(moment.hour for moment in moments)
    assert hours[20] > hours[10] > hours[3]


def test_templates_expand_nested_alternatives_and_slots() -> None:
    rng = np.random.default_rng(1)
    drawn = {expand(rng, "[a|b [c|{x}]] {X}", {"x": ("one",)}) for _ in range(60)}
    assert drawn == {"a One", "b c One", "b one One"}
