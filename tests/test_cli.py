"""The command line, `make clean` and the pseudonym secret: what they do, and what they refuse to do."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner, Result
from conftest import PROJECT
from dbt.cli.main import dbtRunnerResult
from dbt_common.exceptions import DbtRuntimeError

import lernhaus.sample
from lernhaus.cli import SECTIONS, dbt_build, main
from lernhaus.dbt_plugin import DEVELOPMENT_SECRET, ENVIRONMENT_VARIABLE, SECRET_VARIABLE, pseudonym_secret
from lernhaus.dbt_runner import run_dbt
from lernhaus.publish.locking import exclusive
from lernhaus.publish.publish import state_folder
from lernhaus.sample import generate, xapi


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is a project by name, as the working directory, with none of the variables set."""
    (tmp_path / "dbt_project.yml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    for variable in ("LERNHAUS_EXTRACTS", "LERNHAUS_DATABASE", "LERNHAUS_PUBLISHED"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def dbt_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records the dbt commands instead of running them; each one fails, so that nothing is published."""
    calls: list[list[str]] = []

    def run_dbt(arguments: list[str]) -> SimpleNamespace:
        calls.append(arguments)
        return SimpleNamespace(success=False, result=None, exception=None)

    monkeypatch.setattr("lernhaus.dbt_runner.run_dbt", run_dbt)
    return calls


@pytest.mark.parametrize(
    "option",
    [
        ["--select", "fct_post"],
        ["--select=fct_post"],
        ["-s", "fct_post"],
        ["-sfct_post"],
        ["--models", "fct_post"],
        ["--model=fct_post"],
        ["-m", "fct_post"],
        ["--full-refresh", "--exclude", "fct_post"],
        ["--exclude=fct_post"],
        ["--selector", "some"],
        ["--resource-type", "model"],
        ["--resource-types=model"],
        ["--exclude-resource-type", "test"],
        ["--exclude-resource-types=test"],
        ["--empty"],
        ["--sample", "1 day"],
        ["--target", "lint"],
        ["--target=lint"],
        ["-t", "lint"],
        ["-tlint"],
    ],
    ids=" ".join,
)
def test_build_refuses_to_publish_a_part(project: Path, dbt_calls: list[list[str]], option: list[str]) -> None:
    result = _run("build", *option)
    assert result.exit_code == 2
    assert "run plain `dbt build` for parts" in result.output
    assert dbt_calls == []
    assert _files(project) == ["dbt_project.yml"]


def test_build_hands_the_other_options_to_dbt(project: Path, dbt_calls: list[list[str]]) -> None:
    (project / "extracts" / "xapi").mkdir(parents=True)
    options = ["--vars", "{source_systems: [oulad]}", "--full-refresh", "--no-empty", "--threads=1"]
    assert _run("build", *options).exit_code == 1
    assert dbt_calls == [["build", *options]]


@pytest.mark.parametrize(
    ("variable", "folder", "generates"),
    [
        (None, None, True),
        ("", None, True),
        (None, [], True),
        (None, ["oneroster"], False),
        ("", ["oneroster"], False),
        ("elsewhere", None, False),
    ],
)
def test_build_generates_the_sample_where_no_extracts_are(
    project: Path,
    dbt_calls: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    folder: list[str] | None,
    generates: bool,
) -> None:
    if variable is not None:
        monkeypatch.setenv("LERNHAUS_EXTRACTS", variable)
    if folder is not None:
        (project / "extracts").mkdir()
        for name in folder:
            (project / "extracts" / name).mkdir()
    monkeypatch.setattr("lernhaus.sample.generate", lambda out, **_: generate(out, learners=2, days=14))
    result = _run("build")
    assert result.exit_code == 1
    assert "the published file is as it was" in result.output
    assert dbt_calls == [["build"]]
    assert (project / "extracts" / "sample_truth.json").is_file() == generates
    assert not list(project.glob(".extracts*"))


def test_empty_variable_counts_as_not_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str(project / "lernhaus.duckdb")) as connection:
        connection.execute("create table dim_date as select 1 as date_key")
    succeeded = SimpleNamespace(success=True, result=None, exception=None)
    monkeypatch.setattr("lernhaus.dbt_runner.run_dbt", lambda _: succeeded)
    for variable in ("LERNHAUS_DATABASE", "LERNHAUS_PUBLISHED"):
        monkeypatch.setenv(variable, "")
    (project / "extracts" / "xapi").mkdir(parents=True)
    for command in ("build", "summary"):
        result = _run(command)
        assert result.exit_code == 0, result.output
        assert "published/lernhaus.duckdb: 4 tables, 3 rows" in result.output


def test_sample_prints_its_counts(project: Path) -> None:
    (project / "campus").mkdir()
    result = _run("sample", "--learners", "12", "--days", "60", "--out", "campus")
    assert result.exit_code == 0
    expected = generate(project / "again", learners=12, days=60)
    *_, counts, strangers = result.output.splitlines()
    assert counts == (
        f"campus: 12 learners, {expected.course_runs} course runs, {expected.enrollments} enrollments, "
        f"{expected.statements:,} statements, {expected.posts} posts"
    )
    assert strangers.startswith(
        f"{expected.faults['unknown_learner']} of the statements are by learners whom no roster"
    )
    assert _files(project / "campus") == _files(project / "again")
    assert sorted(path.name for path in project.iterdir()) == ["again", "campus", "dbt_project.yml"]


def test_more_labels_than_posts_leave_no_sample(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    campus = ("sample", "--learners", "12", "--days", "40", "--out", "campus")
    result = _run(*campus, "--labels", "5000")
    assert result.exit_code == 2
    posts = generate(project / "again", learners=12, days=40).posts
    assert f"between 1 and {posts} posts can be labelled, not 5000" in result.output
    assert sorted(path.name for path in project.iterdir()) == ["again", "dbt_project.yml"]
    assert _run(*campus, "--labels", str(posts)).exit_code == 0
    assert (project / "campus" / "post_labels" / "labels_1.csv").stat().st_size > 0
    monkeypatch.setattr(lernhaus.sample, "DETAILED_ENROLLMENTS", 3)
    result = _run("sample", "--learners", "12", "--days", "40", "--out", "large", "--labels", "1")
    assert result.exit_code == 2 and "of at most 3 enrollments" in result.output
    assert not (project / "large").exists()


def test_sample_leaves_a_folder_with_files_alone(project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "thesis.txt").write_text("all of it")
    result = _run("sample", "--out", "mine")
    assert result.exit_code == 2
    assert "mine is not empty" in result.output
    assert _files(project) == ["dbt_project.yml", "mine", "mine/thesis.txt"]


def test_sample_starts_afresh_after_a_killed_run(project: Path) -> None:
    left = project / f".extracts.{os.getpid()}"
    left.mkdir()
    (left / "half").touch()
    generate(project / "extracts", learners=2, days=14)
    assert sorted(path.name for path in project.iterdir()) == ["dbt_project.yml", "extracts"]
    assert not (project / "extracts" / "half").exists()


def test_interrupted_sample_leaves_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        assert _files(project) != ["dbt_project.yml"], "nothing was written yet: interrupt later"
        raise KeyboardInterrupt

    monkeypatch.setattr(xapi.Drops, "write_week", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate(project / "extracts", learners=12, days=40)
    assert _files(project) == ["dbt_project.yml"]


def _make_clean(folder: Path) -> None:
    # the make that may run these tests must not hand down its variables: VENV names what is deleted
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--directory", str(folder), "--file", str(PROJECT / "Makefile"), "clean", "VENV=.venv"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def test_make_clean_removes_what_was_made(tmp_path: Path) -> None:
    generate(tmp_path / "extracts", learners=2, days=14)
    (tmp_path / "lernhaus.duckdb").touch()
    (tmp_path / "published").mkdir()
    _make_clean(tmp_path)
    assert _files(tmp_path) == []


def test_make_clean_keeps_extracts_that_are_not_the_sample(tmp_path: Path) -> None:
    (tmp_path / "extracts" / "oneroster").mkdir(parents=True)
    _make_clean(tmp_path)
    assert _files(tmp_path) == ["extracts", "extracts/oneroster"]


def test_make_clean_keeps_extracts_beside_the_sample(tmp_path: Path) -> None:
    generate(tmp_path / "extracts", learners=2, days=14)
    (tmp_path / "extracts" / "oulad").mkdir()
    _make_clean(tmp_path)
    assert _files(tmp_path) == ["extracts", "extracts/oulad"]


def test_empty_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in ("", " \t"):
        monkeypatch.setenv(SECRET_VARIABLE, empty)
        with pytest.raises(DbtRuntimeError, match=SECRET_VARIABLE):
            pseudonym_secret()
    monkeypatch.setenv(SECRET_VARIABLE, "a secret")
    assert pseudonym_secret() == b"a secret"
    monkeypatch.delenv(SECRET_VARIABLE)
    assert pseudonym_secret() == DEVELOPMENT_SECRET.encode()


def test_production_refuses_the_development_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "production")
    for secret in (None, DEVELOPMENT_SECRET):
        if secret is None:
            monkeypatch.delenv(SECRET_VARIABLE, raising=False)
        else:
            monkeypatch.setenv(SECRET_VARIABLE, secret)
        with pytest.raises(DbtRuntimeError, match="nothing is built with it in production"):
            pseudonym_secret()
    monkeypatch.setenv(SECRET_VARIABLE, "a secret")
    assert pseudonym_secret() == b"a secret"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "prod")
    with pytest.raises(DbtRuntimeError, match="development or production, not prod"):
        pseudonym_secret()


def test_summary_of_a_file_that_is_not_there_says_what_to_do(project: Path) -> None:
    result = _run("summary")
    assert result.exit_code == 1
    assert "lernhaus build" in result.output


def test_help_lists_every_command() -> None:
    assert set(main.commands) <= {name for names in SECTIONS.values() for name in names}
    listed = _run("--help").output
    for name in main.commands:
        assert f"\n  {name} " in listed
        described = _run(name, "--help")
        assert described.exit_code == 0
        assert described.output.startswith(f"Usage: main {name}")


def test_shells_complete_commands_and_options() -> None:
    completion = BashComplete(main, {}, "lernhaus", "_LERNHAUS_COMPLETE")
    assert [found.value for found in completion.get_completions([], "st")] == ["status"]
    assert [found.value for found in completion.get_completions(["export"], "--f")] == ["--format"]
    assert [found.value for found in completion.get_completions(["export", "--format"], "")] == ["parquet", "csv"]


def test_quiet_sample_prints_nothing(project: Path) -> None:
    result = _run("sample", "--quiet", "--learners", "2", "--days", "14", "--out", "campus")
    assert result.exit_code == 0
    assert result.output == ""
    assert (project / "campus" / "sample_truth.json").is_file()


@pytest.fixture
def built(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str | None]]:
    """A warehouse of one table, and a dbt that succeeds: records its arguments and whether it may use colours."""
    with duckdb.connect(str(project / "lernhaus.duckdb")) as connection:
        connection.execute("create table dim_date as select 1 as date_key")
    (project / "extracts" / "xapi").mkdir(parents=True)
    calls: list[tuple[list[str], str | None]] = []

    def run_dbt(arguments: list[str]) -> SimpleNamespace:
        calls.append((arguments, os.environ.get("DBT_USE_COLORS")))
        return SimpleNamespace(success=True, result=None, exception=None)

    monkeypatch.delenv("DBT_USE_COLORS", raising=False)
    monkeypatch.setattr("lernhaus.dbt_runner.run_dbt", run_dbt)
    return calls


def test_outcomes_are_printed_for_programs(built: list[tuple[list[str], str | None]]) -> None:
    outcome = json.loads(_run("build", "--json").output)
    assert built == [(["build", "--quiet"], None)]
    assert outcome["tables"]["dim_date"] == 1
    assert outcome["row_count"] == sum(outcome["tables"].values())
    summary = json.loads(_run("summary", "--json").output)
    assert summary == {name: outcome[name] for name in summary}
    exported = json.loads(_run("export", "--out", "parquet", "--json").output)
    assert exported == {"out": "parquet", "format": "parquet", "tables": sorted(outcome["tables"])}
    assert _run("export", "--out", "again", "--quiet").output == ""
    assert _run("build", "--quiet").output == ""


def test_age_of_a_source_system_has_a_limit_of_its_own(
    project: Path, built: list[tuple[list[str], str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC).date()
    with duckdb.connect(str(project / "lernhaus.duckdb")) as connection:
        connection.execute("create table fct_enrollment as select ?::date as last_active_date", [today])
        connection.execute(
            "create table meta_source_system as select *, 1 as file_count, now()::timestamp as loaded_at "
            "from (values ('xapi', ?::date), ('oneroster', ?::date)) as it (source_system, latest_date)",
            [today - timedelta(2), today - timedelta(40)],
        )

    def refused(*ages: str) -> str:
        result = _run("build", *(argument for age in ages for argument in ("--max-age-days", age)))
        assert result.exit_code in (0, 1), result.output
        return result.output.partition("the audit refused the new file: ")[2].partition("\n")[0]

    assert refused("xapi=1") == f"the latest of xapi is of {today - timedelta(2)}, 2 days ago"
    assert refused("xapi=2", "oneroster=30") == f"the latest of oneroster is of {today - timedelta(40)}, 40 days ago"
    assert refused("xapi=2", "xap=30") == "there is no source system xap"
    assert refused("0", "xapi=2", "oneroster=40") == ""
    monkeypatch.setenv("LERNHAUS_MAX_AGE_DAYS", "0 oneroster=39")
    assert refused() == f"the latest of oneroster is of {today - timedelta(40)}, 40 days ago"
    for wrong in ("xapi=", "=", "xapi=-1", "soon"):
        result = _run("build", "--max-age-days", wrong)
        assert result.exit_code == 2
        assert f"'{wrong}' is neither a number of days nor SYSTEM=DAYS" in result.output


def test_unknown_storage_version_is_refused_before_anything_is_built(project: Path, dbt_calls: list[list[str]]) -> None:
    result = _run("build", "--storage-version", "v9.9.9")
    assert result.exit_code == 2
    assert "'v9.9.9' is no storage version of DuckDB, such as v1.4.0" in result.output
    assert dbt_calls == []


def test_no_color_reaches_dbt(built: list[tuple[list[str], str | None]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert _run("build").exit_code == 0
    assert built == [(["build"], "false")]
    assert "DBT_USE_COLORS" not in os.environ


def test_memory_of_dbt_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Project:
        itself: Project

    project = Project()
    project.itself = project
    kept = weakref.ref(project)

    def invoke(self: object, arguments: list[str]) -> dbtRunnerResult:
        gc.freeze()
        return dbtRunnerResult(success=True)

    monkeypatch.setattr("lernhaus.dbt_runner.dbtRunner.invoke", invoke)
    run_dbt(["build"])
    del project
    gc.collect()
    assert kept() is None


def test_an_interrupted_build_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "extracts" / "xapi").mkdir(parents=True)
    interrupted = dbtRunnerResult(success=False, exception=KeyboardInterrupt())
    monkeypatch.setattr("lernhaus.dbt_runner.dbtRunner.invoke", lambda self, arguments: interrupted)
    result = _run("build")
    assert result.exit_code == 1
    assert result.output.endswith("Error: interrupted; the published file is as it was\n")
    assert "failed: interrupted" in _run("status").output


def test_build_that_does_not_wait_ends_with_three(project: Path, dbt_calls: list[list[str]]) -> None:
    (project / "extracts" / "xapi").mkdir(parents=True)
    with exclusive(state_folder(Path("published/lernhaus.duckdb")) / "lock", wait=True, say=print):
        result = _run("build", "--no-wait")
    assert result.exit_code == 3
    assert "leave out --no-wait" in result.output
    assert dbt_calls == []


@pytest.mark.parametrize("command", [["summary"], ["status"], ["export", "--out", "parquet"]], ids=" ".join)
def test_file_of_another_kind_is_named_and_what_to_do(project: Path, command: list[str]) -> None:
    (project / "published").mkdir()
    (project / "published" / "lernhaus.duckdb").write_text("a letter, not a database\n" * 1000)
    result = _run(*command)
    assert result.exit_code == 1
    assert "published/lernhaus.duckdb" in result.output
    assert "Name a DuckDB file" in result.output


@pytest.mark.parametrize("path", ["C# course/lernhaus.duckdb", "what?/lernhaus.duckdb", "a;b.duckdb"])
def test_warehouse_whose_path_dbt_would_misread_is_refused(
    project: Path, dbt_calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("LERNHAUS_DATABASE", path)
    result = _run("build")
    assert result.exit_code == 2
    assert f"{path}: a database cannot be at this path" in " ".join(result.output.split())
    assert not dbt_calls


def test_project_may_lie_in_a_folder_with_marks_of_a_web_address(
    tmp_path: Path, dbt_calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / 'C# a;b "it\'s" {x} ü'
    project.mkdir()
    monkeypatch.chdir(project)
    databases: list[str] = []
    monkeypatch.setattr("lernhaus.dbt_runner.outcome_of", lambda _: databases.append(os.environ["LERNHAUS_DATABASE"]))
    dbt_build(())(project / ".lernhaus.duckdb.build" / "lernhaus.duckdb")
    assert databases == [".lernhaus.duckdb.build/lernhaus.duckdb"]
