"""The benchmark: rivals that make the same tables, honest arithmetic, a page that nobody edits by hand."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from bench import __main__ as command
from bench import figures, oulad, page, plain_duckdb, plain_pandas, plain_polars, soak
from bench.core_tables import schemas, table_names
from bench.fingerprint import differences, fingerprints
from bench.hold_back import deliver, hold_back
from bench.measure import ChildFailed, Run, interleave, median, ratio, run
from bench.results import RESULTS, commit, load, merge, save
from bench.soak import BUILDS, Site
from bench.warehouse import read_invocation

RUNS = (("AAA", "2013J", 268), ("AAA", "2014B", 240), ("BBB", "2014J", 100))
LEARNERS = 60
TYPES = ("oucontent", "forumng", "quiz", "homepage", "a type of its own")


def made_up_oulad(folder: Path) -> None:
    """The seven files for a few learners, with every quirk of the real ones that the tables depend on."""
    rng = np.random.default_rng(1)

    def write(name: str, header: str, rows: list[tuple[object, ...]]) -> None:
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(header.split(","))
            writer.writerows(rows)

    def maybe(value: object, null: str = "") -> object:
        return null if rng.random() < 0.2 else value

    write("courses", "code_module,code_presentation,module_presentation_length", list(RUNS))
    run_columns = "code_module,code_presentation"
    sites, assessments = [], []
    infos, registrations, submissions, clicks = [], [], [], []
    for number, (module, term, length) in enumerate(RUNS, start=1):
        own_sites = [100 * number + site for site in range(8)]
        sites += [(s, module, term, TYPES[s % len(TYPES)], maybe(s % 3), maybe(s % 3 + 1, "?")) for s in own_sites]
        own_work = [(10 * number + item, ("TMA", "CMA", "Exam")[item % 3], 20 + 30 * item) for item in range(4)]
        assessments += [(module, term, id_, type_, due if type_ != "Exam" else "", 25) for id_, type_, due in own_work]
        for learner in rng.choice(LEARNERS, size=LEARNERS // 2, replace=False).tolist():
            result = ("Pass", "Fail", "Withdrawn", "Distinction")[rng.integers(4)]
            known = (("M", "F", "X")[rng.integers(3)], "Wales", "A Level", "10-20", "35-55", "NY"[rng.integers(2)])
            # of some learners nothing is known
            *who, disability = [maybe(value, "?") if learner % 10 else "" for value in known]
            infos.append((module, term, learner, *who, 0, 60, disability, result))
            if rng.random() < 0.9:
                left = int(rng.integers(-20, length)) if result == "Withdrawn" else ""
                registrations.append((module, term, learner, maybe(int(rng.integers(-40, 20))), left))
            for id_, _, due in own_work:
                if rng.random() < 0.7:
                    banked = rng.random() < 0.1
                    day = -1 if banked else due + int(rng.integers(-30, 10))
                    submissions.append((id_, learner, day, int(banked), maybe(int(rng.integers(101)))))
            for _ in range(rng.integers(40)):
                site, day = own_sites[rng.integers(8)], int(rng.integers(-25, length))
                clicks += [(module, term, learner, site, day, int(rng.integers(1, 9)))] * int(rng.integers(1, 3))
    write("vle", f"id_site,{run_columns},activity_type,week_from,week_to", sites)
    write("assessments", f"{run_columns},id_assessment,assessment_type,date,weight", assessments)
    columns = "gender,region,highest_education,imd_band,age_band,num_of_prev_attempts,studied_credits,disability"
    write("studentInfo", f"{run_columns},id_student,{columns},final_result", infos)
    write("studentRegistration", f"{run_columns},id_student,date_registration,date_unregistration", registrations)
    write("studentAssessment", "id_assessment,id_student,date_submitted,is_banked,score", submissions)
    write("studentVle", f"{run_columns},id_student,id_site,date,sum_click", clicks)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oulad")
    made_up_oulad(folder)
    return folder


@pytest.fixture(scope="module")
def by_hand(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the plain DuckDB script makes."""
    out = tmp_path_factory.mktemp("plain") / "plain.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LERNHAUS_PSEUDONYM_SECRET", "secret")
        plain_duckdb.build(extracts, out)
    return out


def test_plain_duckdb_makes_the_tables_of_the_contracts(by_hand: Path) -> None:
    made = fingerprints(by_hand)
    assert sorted(made) == table_names()
    for table, schema in schemas().items():
        assert [column.split()[0] for column in made[table]["columns"]] == schema.names
    assert len(table_names()) == 16
    assert [table for table in made if not made[table]["rows"]] == ["fct_learning_event", "fct_post"]


def test_plain_duckdb_loses_no_click_and_no_submission(extracts: Path, by_hand: Path) -> None:
    def total(name: str, column: str) -> int:
        with (extracts / f"{name}.csv").open() as file:
            return sum(int(row[column] or 0) for row in csv.DictReader(file))

    with duckdb.connect(str(by_hand), read_only=True) as connection:
        for table in ("fct_daily_activity", "fct_enrollment"):
            clicks = connection.execute(f"select sum(interaction_count) from {table}").fetchall()
            assert clicks == [(total("studentVle", "sum_click"),)]
        scores = connection.execute("select sum(score) from fct_submission").fetchall()
        assert scores == [(total("studentAssessment", "score"),)]


def test_plain_duckdb_can_keep_the_records_and_makes_the_same_tables(
    extracts: Path, by_hand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LERNHAUS_PSEUDONYM_SECRET", "secret")
    out = tmp_path / "kept.duckdb"
    plain_duckdb.build(extracts, out, keeps_records=True)
    assert differences(fingerprints(by_hand), fingerprints(out)) == []
    with (extracts / "studentVle.csv").open() as file:
        records = sum(1 for _ in csv.DictReader(file))
    with duckdb.connect(str(out), read_only=True) as connection:
        assert connection.execute("select count(*) from clicks").fetchall() == [(records,)]
        assert connection.execute("select count(distinct content_hash) from file_hash").fetchall() == [(7,)]


@pytest.mark.parametrize("build", [plain_pandas.build, plain_polars.build], ids=["pandas", "polars"])
def test_data_frames_make_the_same_tables(
    build: Callable[[Path, Path], None],
    extracts: Path,
    by_hand: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LERNHAUS_PSEUDONYM_SECRET", "secret")
    build(extracts, tmp_path / "out")
    assert differences(fingerprints(by_hand), fingerprints(tmp_path / "out")) == []


def test_fingerprints_see_one_other_value_but_no_other_order(by_hand: Path, tmp_path: Path) -> None:
    changes = {
        "fct_submission": "update fct_submission set score = score + 1 where rowid = 0",
        "dim_activity": "delete from dim_activity where activity_key = -1",
        "dim_course": "alter table dim_course alter is_inferred type integer",
        "dim_learner": "create or replace table dim_learner as from dim_learner order by learner_key desc",
    }
    changed = tmp_path / "changed.duckdb"
    changed.write_bytes(by_hand.read_bytes())
    with duckdb.connect(str(changed)) as connection:
        for change in changes.values():
            connection.execute(change)
    found = differences(fingerprints(by_hand), fingerprints(changed))
    assert [sentence.partition(":")[0] for sentence in found] == ["dim_activity", "dim_course", "fct_submission"]


def taken(wall: float, cpu: float = 1.0, peak: float = 100.0) -> Run:
    return {"wall_seconds": wall, "cpu_seconds": cpu, "peak_mb": peak}


def test_runs_take_turns() -> None:
    order: list[str] = []

    def runner(name: str) -> Callable[[int], Run]:
        def call(number: int) -> Run:
            order.append(f"{name}{number}")
            return taken(number)

        return call

    runs = interleave(3, {"a": runner("a"), "b": runner("b")})
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert [one["wall_seconds"] for one in runs["b"]] == [0, 1, 2]


def test_medians_and_ratios_stand_a_slow_round() -> None:
    assert median([taken(2, 3, 10), taken(99, 1, 30), taken(4, 2, 20)]) == taken(4, 2, 20)
    # in the slow round both took ten times as long: the ratio of the round tells nothing else than the others
    assert ratio([2, 20, 2], [1, 10, 1]) == 2
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


def test_a_run_counts_its_children(tmp_path: Path) -> None:
    child = "import time; held = bytearray(150_000_000); end = time.process_time() + 0.6\n"
    child += "while time.process_time() < end: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    measured = run([sys.executable, "-c", f"held = bytearray(100_000_000); {parent}"], tmp_path / "log")
    assert measured["peak_mb"] > 250
    assert 0.6 < measured["cpu_seconds"] < 0.1 + 2 * measured["wall_seconds"]


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match=r"ended with 3:\nno such thing"):
        run([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"], tmp_path / "log")


def test_last_days_are_held_back_and_delivered(tmp_path: Path) -> None:
    statements, held = tmp_path / "xapi", tmp_path / "held"
    statements.mkdir()

    def write(name: str, lines: list[str]) -> None:
        (statements / name).write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))

    def lines_of(folder: Path) -> dict[str, list[str]]:
        files = sorted(folder.glob("*.gz"))
        return {path.name: gzip.decompress(path.read_bytes()).decode().splitlines() for path in files}

    def at(moment: str, **more: str) -> str:
        return json.dumps({"timestamp": moment, **more})

    older = [at("2025-01-05T23:00:00Z")]
    bad = ["{not JSON", "{}", at("yesterday")]
    late = at("2025-01-03T10:00:00Z", stored="2025-01-11T10:00:00Z")
    after_midnight = at("2025-01-13T00:30:00+01:00")
    week = [at(f"2025-01-{day:02}T10:00:00Z") for day in range(6, 13)]
    write("statements-2025-01-05.jsonl.gz", older)
    write("statements-2025-01-12-01.jsonl.gz", [*week, *bad, late])
    write("statements-2025-01-12-02.jsonl.gz", [after_midnight])

    assert hold_back(statements, held, 2) == {date(2025, 1, 11): 2, date(2025, 1, 12): 2}
    history = {
        "statements-2025-01-05.jsonl.gz": older,
        "statements-2025-01-12-01.jsonl.gz": [*week[:5], *bad],
        "statements-2025-01-12-02.jsonl.gz": [],
    }
    assert lines_of(statements) == history
    deliver(held, date(2025, 1, 11), statements)
    assert lines_of(statements) == {"statements-2025-01-11-apart-01.jsonl.gz": [week[5], late], **history}
    deliver(held, date(2025, 1, 12), statements)
    delivered = [line for lines in lines_of(statements).values() for line in lines]
    assert sorted(delivered) == sorted([*older, *week, *bad, late, after_midnight])


def test_a_day_without_statements_cannot_be_held_back(tmp_path: Path) -> None:
    line = json.dumps({"timestamp": "2025-01-12T10:00:00Z"})
    (tmp_path / "statements-2025-01-12.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    with pytest.raises(ValueError, match="no statements of 2025-01-11"):
        hold_back(tmp_path, tmp_path / "held", 2)


def test_the_campus_of_the_soak_has_statements_on_each_day(tmp_path: Path) -> None:
    assert len(Site(tmp_path, BUILDS).days) == BUILDS


def test_an_invocation_adds_up_what_dbt_wrote() -> None:
    def result(name: str, first: str, last: str, seconds: float) -> dict[str, Any]:
        timing = [{"name": "execute", "started_at": f"2025-01-01T{first}Z", "completed_at": f"2025-01-01T{last}Z"}]
        return {"unique_id": name, "status": "success", "execution_time": seconds, "timing": timing}

    def node(name: str, type_: str, path: str) -> dict[str, str]:
        return {"name": name, "resource_type": type_, "original_file_path": path}

    manifest = {
        "nodes": {
            "m1": node("fct_post", "model", "models/marts/core/facts/fct_post.sql"),
            "m2": node("risk", "model", "python_models/risk/risk.py"),
            "t1": node("grain", "test", "models/marts/core/facts/fct_post.yml"),
        },
        "unit_tests": {"u1": node("weeks", "unit_test", "models/marts/core/facts/fct_post.yml")},
    }
    results = {
        "results": [
            result("m1", "10:00:01", "10:00:03", 2.0),
            result("m2", "10:00:00", "10:00:09", 9.0),
            result("t1", "10:00:03", "10:00:04", 1.0),
            result("u1", "10:00:03", "10:00:04", 0.5),
            {"unique_id": "exposure.lernhaus.growth", "status": "no-op", "execution_time": 0.0, "timing": []},
        ]
    }
    events = [
        {"info": {"name": "SQLQueryStatus"}, "data": {"elapsed": 1.25}},
        {"info": {"name": "NodeFinished"}, "data": {}},
        {"info": {"name": "SQLQueryStatus"}, "data": {"elapsed": 0.5}},
    ]
    invocation = read_invocation(results, manifest, events)
    assert invocation["node_seconds"] == 9
    assert invocation["duckdb_seconds"] == 1.75
    assert [(kind["kind"], kind["nodes"], kind["seconds"]) for kind in invocation["kinds"]] == [
        ("Python models", 1, 9.0),
        ("core models", 1, 2.0),
        ("tests", 1, 1.0),
        ("unit tests", 1, 0.5),
    ]
    assert invocation["slowest"][0] == {"name": "risk", "kind": "Python models", "seconds": 9.0}


def test_soak_does_not_pass_over_a_part_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "of another run").touch()  # so that nothing is tried

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(soak.main, ["--work", str(tmp_path), *arguments], env={"OULAD_ZIP": None})
        assert result.exit_code == 2
        return result.output

    asked = run("--only", "fuzz,publishing")
    assert "Error: the part publishing needs the archive of OULAD: name it with --oulad-zip or OULAD_ZIP" in asked
    assert "left out: the part publishing needs the archive of OULAD" in run()
    assert "publishing" not in run("--only", "fuzz")


def test_figures_say_of_which_code_they_are(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    page = tmp_path / "page.md"
    page.write_text("Before\n\n<!-- figures -->\n\nNone.\n\n<!-- end of figures -->\n\nAfter\n")
    git("init")
    git("add", "page.md")
    git("commit", "-m", "A page")
    clean = commit(tmp_path)
    for part, found in (("Readers", "one"), ("Fuzz", "two\nlines"), ("Readers", "three")):
        figures.record(part, found, clean, page)
    assert commit(tmp_path) == f"{clean}-dirty"
    told = [line.partition(f"commit `{clean}`): ")[2] for line in page.read_text().splitlines() if line[:2] == "- "]
    assert told == ["two lines", "three"]


def test_results_are_replaced_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert load(path) == {}
    save(path, merge(load(path), {"oulad": {"runs": [taken(1)]}, "events": {"a": 1}}, {"commit": "one"}))
    save(path, merge(load(path), {"oulad": {"runs": [taken(2)]}}, {"commit": "two"}))
    assert load(path) == {
        "oulad": {"runs": [taken(2)], "circumstances": {"commit": "two"}},
        "events": {"a": 1, "circumstances": {"commit": "one"}},
    }


def test_time_that_both_take_without_data_is_subtracted() -> None:
    runs = {
        page.CORE: [taken(13, cpu=15), taken(130, cpu=15)],
        f"{page.CORE}, cut": [taken(3, cpu=5), taken(30, cpu=5)],
        page.REFERENCE: [taken(6, cpu=6), taken(60, cpu=6)],
        f"{page.REFERENCE}, cut": [taken(1, cpu=1), taken(10, cpu=1)],
    }
    assert page.model_building(runs, "wall_seconds") == 2
    assert page.model_building(runs, "cpu_seconds") == 2


def rebuilds(statements: int, first: float, again: list[float]) -> dict[str, Any]:
    return {"statements": statements, "first_build": [taken(first)], "runs": [taken(wall) for wall in again]}


def test_goals_are_met_or_not() -> None:
    results = {
        "no-change": {
            "circumstances": {},
            "10 M": rebuilds(10**7, 200, [60]),
            "1 M": rebuilds(10**6, 100, [20, 26, 24]),
            "100 k": rebuilds(10**5, 40, [20]),
        },
        "new-day": {
            "circumstances": {},
            "1 M": rebuilds(10**6, 100, [30, 60]),
            "100 k": rebuilds(10**5, 40, [15, 20]),
        },
    }
    assert [(goal.figure, goal.unit, goal.is_met) for goal in page.goals(results)] == [
        (24, "%", True),
        (30, "%", False),
        (2.5, "x", False),
    ]
    assert page.summary(results).count("MISS") == 2


def test_the_page_is_what_the_results_make_of_the_template() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.render(load(RESULTS))


def test_without_the_real_data_the_part_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OULAD_ZIP", str(tmp_path / "absent.zip"))
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    result = CliRunner().invoke(command.main, ["--only", "oulad", "--work", str(tmp_path / "work")])
    assert result.exit_code == 0, result.output
    assert f"skipped oulad: there is no {tmp_path / 'absent.zip'}" in result.output
    assert (tmp_path / "performance.md").read_text(encoding="utf-8") == page.render(load(RESULTS))


def test_an_unknown_part_is_named() -> None:
    result = CliRunner().invoke(command.main, ["--only", "oulad,olaud"])
    assert result.exit_code == 2
    assert "no such part: olaud" in result.output


def test_cut_files_keep_header_and_first_records(extracts: Path, tmp_path: Path) -> None:
    oulad.cut(extracts, tmp_path / "cut")
    assert len(list((tmp_path / "cut").iterdir())) == 7
    for path in extracts.iterdir():
        whole, cut = path.read_text().splitlines(), (tmp_path / "cut" / path.name).read_text().splitlines()
        assert cut == whole[: oulad.CUT_LINES]
