"""The sample campus: what its truth file says is in its files, and it behaves like a school."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from pathlib import Path
from statistics import correlation, mean
from subprocess import PIPE
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import PROJECT

import lernhaus.sample
from lernhaus.cli import main
from lernhaus.sample import SampleSummary, generate
from lernhaus.sample.campus import OPENS_BEFORE, TERM_WEEKS, TERMS_PER_YEAR, Calendar
from lernhaus.sample.faults import LATE_DAYS
from lernhaus.sample.oneroster import HEADERS
from lernhaus.sample.pool import work_off
from lernhaus.sample.text import expand, near_duplicate
from lernhaus.sample.xapi import closed_years, periods

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
        exported = date.fromisoformat(path.name.removeprefix("statements-")[:10])
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


def statements_of(sample: Sample, ending: str) -> list[dict[str, Any]]:
    """The readable statements of the files whose names end so."""
    lines = (line for path in sample.folder.glob(f"xapi/*{ending}") for line in read_lines(path))
    return [sample.statements[line[7:43]] for line in lines if line[7:43] in sample.statements]


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


def test_files_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    said: list[str] = []
    arguments: dict[str, Any] = {"learners": 10, "days": 50, "streams": 3}
    summary = generate(tmp_path / "one", workers=1, **arguments)
    assert generate(tmp_path / "two", workers=2, progress=said.append, **arguments) == summary
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert said[-1] == f"stream 3 of 3: {summary.statements:,} statements"
    assert not multiprocessing.active_children()
    both = read(tmp_path / "two", summary)
    assert len(both.statements) == summary.statements
    files = {file["file"]: file["lines"] for file in both.truth["statement_files"]}
    assert files == {f"xapi/{path.name}": len(read_lines(path)) for path in tmp_path.glob("two/xapi/*")}
    assert sum(files.values()) == summary.statement_lines
    runs = [{run_of(s) for s in statements_of(both, f"-{number}.jsonl.gz")} for number in ("01", "02", "03")]
    assert all(runs)
    assert sum(map(len, runs)) == len(set.union(*runs)), "each run is in one stream"


def test_more_days_change_nothing_before_and_come_in_files_of_their_own(tmp_path: Path) -> None:
    for name, days, daily in (("before", 61, 0), ("after", 75, 14), ("weekly", 75, 0)):
        generate(tmp_path / name, learners=40, days=days, daily=daily)
    before, after = digests(tmp_path / "before" / "xapi"), digests(tmp_path / "after" / "xapi")
    assert before.items() < after.items()
    new = [f"statements-{Calendar().date(day)}.jsonl.gz" for day in range(61, 75)]
    assert sorted(after.keys() - before.keys()) == new
    lines = {
        name: Counter(line for path in tmp_path.glob(f"{name}/xapi/*") for line in read_lines(path))
        for name in ("before", "after", "weekly")
    }
    assert lines["after"] == lines["weekly"] > lines["before"]
    truth = json.loads((tmp_path / "after" / "sample_truth.json").read_text(encoding="utf-8"))
    kinds = {fault["kind"] for fault in truth["faults"] if fault["file"].removeprefix("xapi/") in new}
    assert {"late", "redelivered"} <= kinds


def test_intensity_multiplies_the_visits_alone(tmp_path: Path) -> None:
    once = generate(tmp_path / "once", learners=60, days=60)
    often = generate(tmp_path / "often", learners=60, days=60, intensity=5)
    assert often.enrollments == once.enrollments
    # their number differs by what is delivered after the last day
    assert often.posts == pytest.approx(once.posts, abs=3)
    assert often.submissions == once.submissions
    visits = [summary.statements - summary.submissions - summary.posts for summary in (once, often)]
    assert visits[1] / visits[0] == pytest.approx(5, rel=0.05)


def test_truth_of_a_large_campus_lists_no_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = generate(tmp_path / "full", learners=20, days=80)
    monkeypatch.setattr(lernhaus.sample, "DETAILED_ENROLLMENTS", 10)
    assert generate(tmp_path / "short", learners=20, days=80) == full
    truths = [json.loads((tmp_path / name / "sample_truth.json").read_text()) for name in ("full", "short")]
    kept = [fault for fault in truths[0]["faults"] if fault["kind"] not in ("late", "redelivered")]
    assert truths[1].pop("faults") == kept
    assert truths[1].items() < truths[0].items()
    assert truths[0].keys() - truths[1].keys() == {
        "faults", "posts", "near_duplicate_pairs", "attribute_changes", "enrollments",
    }  # fmt: skip


def test_a_school_of_several_years(tmp_path: Path) -> None:
    summary = generate(tmp_path, learners=6, days=978, workers=1)
    old = read(tmp_path, summary)
    assert list(old.drops) == ["2025-01-17", "2025-05-09"]
    last = old.drops["2025-05-09"]
    assert Counter(row["type"] for row in last["academicSessions.csv"]) == {"schoolYear": 3, "term": 9}
    assert {date.fromisoformat(row["startDate"]).weekday() for row in last["academicSessions.csv"]} == {0}
    assert len(old.statements) == summary.statements
    months = Counter(statement["timestamp"][:7] for statement in old.statements.values())
    assert (min(months), max(months)) == ("2022-09", "2025-05")
    assert not {"2023-07", "2024-07"} & months.keys(), "nobody learns in the summer break"
    assert summary.learners > 6, "some leave and others come"
    assert (
        len(last["users.csv"]) == summary.learners + summary.teachers == len({r["username"] for r in last["users.csv"]})
    )
    bad = Counter(fault["file"][16:20] for fault in old.truth["faults"] if fault["kind"] == "malformed_json")
    assert bad == {"2022": 1, "2023": 1, "2024": 1}


def test_command_line_hands_on_its_options(tmp_path: Path) -> None:
    options = {"learners": 5, "days": 20, "seed": 2, "intensity": 2.5, "first_year": 2021, "streams": 2, "daily": 3}
    arguments = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    result = CliRunner().invoke(main, ["sample", *arguments, "--out", str(tmp_path / "campus")])
    assert result.exit_code == 0, result.output
    truth = json.loads((tmp_path / "campus" / "sample_truth.json").read_text(encoding="utf-8"))
    assert truth["parameters"] == options
    assert truth["statement_files"][0]["file"].startswith("xapi/statements-2021-09-12-0")
    result = CliRunner().invoke(main, ["sample", "--days", "20", "--daily", "21", "--out", str(tmp_path / "other")])
    assert (result.exit_code, "daily between 0 and 20" in result.output) == (2, True)


def test_nothing_of_a_school_year_is_delivered_in_the_next() -> None:
    calendar = Calendar(2015)
    years = closed_years(calendar, 3533)
    assert [week for year in years for week in year] == list(range(-(-3533 // 7)))
    for number, year in enumerate(years[:-1]):
        terms = [calendar.term(TERMS_PER_YEAR * number + i) for i in range(TERMS_PER_YEAR)]
        assert number == 0 or 7 * year[0] == terms[0].start - OPENS_BEFORE
        assert terms[-1].start + 7 * TERM_WEEKS + LATE_DAYS[1] < 7 * year.stop


def test_history_that_grows_begins_earlier_and_ends_before_the_next_school_year() -> None:
    for days in (7, 250, 364, 365, 2500, 4063):
        calendar = Calendar.of(days)
        assert date(2024, 9, 2) <= calendar.date(days - 1) < date(2025, 9, 1)
        assert calendar.date(0).weekday() == 0 and calendar.date(0).day <= 7 and calendar.date(0).month == 9


@pytest.mark.parametrize(("days", "daily"), [(7, 0), (7, 7), (20, 0), (20, 1), (21, 1), (22, 8), (250, 250)])
def test_files_cover_each_day_once(days: int, daily: int) -> None:
    files = periods(days, daily)
    assert [day for file in files for day in file] == list(range(days))
    assert all(file[0] // 7 == file[-1] // 7 for file in files)
    assert [len(file) for file in files if file[0] >= days - daily] == [1] * daily


def test_pool_hands_on_what_goes_wrong_and_leaves_no_process() -> None:
    assert sorted(work_off(math.sqrt, [1.0, 4.0, 9.0, 16.0, 25.0], 2)) == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="math domain error"):
        list(work_off(math.sqrt, [1.0, -1.0], 2))
    with pytest.raises(ChildProcessError, match="exit code 3"):
        list(work_off(os._exit, [3, 3], 2))
    assert not multiprocessing.active_children()


def test_interrupt_ends_the_processes_and_leaves_nothing(tmp_path: Path) -> None:
    code = """if True:
        import functools, pathlib
        from lernhaus.sample import generate
        say = functools.partial(print, flush=True)
        generate(pathlib.Path("campus"), learners=50, days=1200, streams=4, workers=2, progress=say)
    """
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        while not process.stdout.readline().startswith("stream 1 of 16"):
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        # the pipe ends when the last process that holds it has ended, the workers included
        assert "KeyboardInterrupt" in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


def test_nonsense_sizes_and_a_used_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 learner and 7 days"):
        generate(tmp_path, learners=0)
    with pytest.raises(ValueError, match="at least 1 learner and 7 days"):
        generate(tmp_path, days=6)
    for nonsense in ({"intensity": 0}, {"daily": 8}, {"streams": 0}, {"workers": 0}):
        with pytest.raises(ValueError, match=next(iter(nonsense))[:6]):
            generate(tmp_path, learners=1, days=7, **nonsense)
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
    assert sum(truth["staff_statements_by_kind"].values()) == summary.staff_statements
    assert sum(truth["statements_by_kind"].values()) + summary.staff_statements == summary.statements
    assert len(sample.statements) == summary.statements
    teachers = {row["userSourcedId"] for row in last["enrollments.csv"] if row["role"] == "teacher"}
    taught = [s for s in sample.statements.values() if s["actor"]["account"]["name"] in teachers]
    assert len(taught) == summary.staff_statements
    assert summary.posts == len(truth["posts"])
    posts_of_staff = [s for s in of_verb(sample, POSTED) if s["actor"]["account"]["name"] in teachers]
    assert len(of_verb(sample, POSTED)) - summary.posts == len(posts_of_staff) == summary.staff_posts
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
    assert len(texts.keys() - labels.keys()) == sample.summary.staff_posts > 0
    languages = Counter(post["language"] for post in labels.values())
    assert min(languages["en"], languages["de"]) > 0.25 * len(labels)
    assert {"question", "confusion", "urgent", "thanks", "answer", "snippet"} <= {p["kind"] for p in labels.values()}
    contact = re.compile(r"@\S|\d{3} \d{5}")
    assert all(bool(contact.search(texts[id_])) == post["contact"] for id_, post in labels.items())


def test_near_duplicates_share_most_words(sample: Sample) -> None:
    written = {post["id"]: post["result"]["response"] for post in of_verb(sample, POSTED)}
    texts = {id_: set(re.findall(r"\w+", text.lower())) for id_, text in written.items()}
    pairs = sample.truth["near_duplicate_pairs"]
    assert len(pairs) == sample.summary.near_duplicate_pairs > 0
    for original, copy in pairs:
        assert len(texts[original] & texts[copy]) / len(texts[original] | texts[copy]) > 0.6


def test_near_duplicates_are_edited_as_people_do() -> None:
    post = (
        "I have watched the recording twice, and I still cannot follow how joins and indexes fit together. Does an"
        " index "
        "help every join? My own answer so far looks wrong, and I found nothing in the forum."
    )
    copies = [near_duplicate(np.random.default_rng(seed), post, "en") for seed in range(200)]
    assert copies.count(post) < 10 and len(set(copies)) > 150
    manners = {
        "quoted": [copy for copy in copies if "> " in copy],
        "nudged": [copy for copy in copies if copy.startswith(("Nobody", "Once", "Same"))],
        "lower case": [copy for copy in copies if copy == copy.lower()],
        "without marks": [copy for copy in copies if "," not in copy],
        "misspelt": [copy for copy in copies if not set(re.findall("[A-Za-z]{7,}", copy)) <= set(post.split())],
    }
    assert min(map(len, manners.values())) > 10
    words = set(re.findall(r"\w+", post.lower()))
    for copy in copies:
        copied = set(re.findall(r"\w+", copy.lower()))
        assert len(words & copied) / len(words | copied) > 0.7


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
