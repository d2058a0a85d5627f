"""Write, audit, publish: what a build that fails, is killed or meets another one leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from lernhaus.cli import main
from lernhaus.publish import (
    Audit,
    BuildFailed,
    Busy,
    DataTestResult,
    DbtOutcome,
    Description,
    History,
    TableChange,
    build,
    exclusive,
    kept,
    rollback,
    state_folder,
    summarize,
)
from lernhaus.publish.erasures import ERASURES_FILE, Erasures, request
from lernhaus.publish.publish import spill_folder

SECRET = b"a secret of the tests"
TESTS = [DataTestResult("grain_fct", "fct", "pass", 0)]
DESCRIPTIONS = {
    "fct": Description("One row per key; it's what is counted.", {"key": "Key of `fct`.", "gone": "Not there."}),
    "elsewhere": Description("A table that is not published.", {"key": "Its key."}),
}


class Site:
    """A warehouse and its published file in a folder, built by a stand-in for dbt that adds rows to what is there."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "lernhaus.duckdb"

    def dbt(self, rows: int = 10) -> Callable[[Path], DbtOutcome]:
        def run(database: Path) -> DbtOutcome:
            with duckdb.connect(str(database)) as connection:
                connection.execute("create table if not exists fct (key bigint not null, day date)")
                connection.execute("create schema if not exists restricted")
                connection.execute(
                    "create or replace table restricted.learner_identity as "
                    "select 7 as learner_key, 'oulad' as source_system, 'Ada' as source_learner_id"
                )
                (count,) = connection.execute("select count(*) from fct").fetchall()[0]
                connection.execute(f"insert into fct select {count} + i, '2026-01-01' from range({rows}) r(i)")
            return DbtOutcome(True, tests=TESTS, keys={"fct": ["key"]}, descriptions=DESCRIPTIONS)

        return run

    def build(self, rows: int = 10, **options: object) -> list[TableChange]:
        return build(self.warehouse, self.published, self.dbt(rows), say=lambda _: None, **options)  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def outcomes(self) -> list[str]:
        return [one.outcome for one in History(self.published).builds()]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_builds_go_on_from_the_last_one_and_say_what_changed(site: Site) -> None:
    assert site.build() == []
    assert site.build(5) == [TableChange("fct", 10, 15)]
    assert site.rows("select count(*), count(distinct key) from fct") == [(15, 15)]
    assert site.rows(
        "select table_name, row_count, date_column, latest_date::varchar, key_columns from meta_table"
    ) == [("fct", 15, "day", "2026-01-01", ["key"])]
    assert site.rows("select comment from duckdb_tables() where table_name = 'fct'") == [
        ("One row per key; it's what is counted.",)
    ]
    assert site.rows("select distinct table_name from duckdb_columns() where comment is null and not internal") == [
        ("fct",)
    ]
    assert site.rows("select column_name, comment from duckdb_columns() where table_name = 'fct'") == [
        ("key", "Key of `fct`."),
        ("day", None),
    ]
    assert site.rows("select * from meta_test_result") == [("grain_fct", "fct", "pass", 0)]
    builds = site.rows("select outcome, table_count, row_count, test_count from meta_build order by build_id")
    assert builds == [("published", 1, 10, 1), ("published", 1, 15, 1)]
    assert sorted(path.name for path in site.warehouse.parent.iterdir()) == [
        ".warehouse.duckdb.build",
        "published",
        "warehouse.duckdb",
    ]


@pytest.mark.parametrize(
    ("dbt", "options", "said"),
    [
        (lambda _: DbtOutcome(False, failures=["grain_fct_post"]), {}, "dbt failed: grain_fct_post"),
        (None, {"audit": Audit(max_row_loss=0.2)}, "fct has 3 rows after 10"),
        (None, {"audit": Audit(max_row_loss=1.0, max_age_days=30)}, "the latest activity is of 2026-01-01"),
    ],
)
def test_build_that_is_not_right_is_not_published(
    site: Site, dbt: Callable[[Path], DbtOutcome] | None, options: dict[str, object], said: str
) -> None:
    def shrunk(database: Path) -> DbtOutcome:
        with duckdb.connect(str(database)) as connection:
            connection.execute("delete from fct where key >= 3")
            connection.execute("create table fct_enrollment as select date '2026-01-01' as last_active_date")
        return DbtOutcome(True)

    site.build()
    before = site.published.read_bytes(), site.warehouse.read_bytes()
    with pytest.raises(BuildFailed, match=said):
        build(site.warehouse, site.published, dbt or shrunk, say=lambda _: None, **options)  # type: ignore[arg-type]
    assert (site.published.read_bytes(), site.warehouse.read_bytes()) == before
    assert site.outcomes() == ["published", "failed"]
    assert said in str(History(site.published).builds()[-1].problem)
    site.build()
    assert site.rows("select outcome from meta_build order by build_id") == [
        ("published",),
        ("failed",),
        ("published",),
    ]


def test_what_few_may_read_few_may_read_after_a_build(site: Site) -> None:
    site.build()
    site.warehouse.chmod(0o600)
    site.published.chmod(0o440)
    seen = []

    def look(database: Path) -> DbtOutcome:
        seen.append(database.stat().st_mode & 0o777)
        assert database.parent.stat().st_mode & 0o077 == 0
        return site.dbt()(database)

    build(site.warehouse, site.published, look, say=lambda _: None)
    assert seen == [0o600]
    assert site.warehouse.stat().st_mode & 0o777 == 0o600
    assert site.published.stat().st_mode & 0o777 == 0o640
    assert [path.stat().st_mode & 0o007 for path in kept(site.published)] == [0]


def test_files_behind_links_are_renewed_and_links_stay(site: Site, tmp_path: Path) -> None:
    site.build()
    links = Site(tmp_path / "links")
    links.published.parent.mkdir(parents=True)
    links.warehouse.symlink_to(site.warehouse)
    links.published.symlink_to(site.published)
    links.build()
    assert links.warehouse.is_symlink() and links.published.is_symlink()
    assert site.rows("select count(*) from fct") == [(20,)]
    assert state_folder(links.published) == state_folder(site.published)
    assert [path.is_symlink() for path in kept(site.published)] == [False]
    assert rollback(links.published)
    assert links.published.is_symlink()
    assert site.rows("select count(*) from fct") == [(10,)]
    assert sorted(path.name for path in (tmp_path / "links").rglob("*")) == [
        "lernhaus.duckdb",
        "published",
        "warehouse.duckdb",
    ]


def test_warehouse_is_not_published_over_itself(site: Site, tmp_path: Path) -> None:
    site.build()
    before = site.warehouse.read_bytes()
    link = tmp_path / "link.duckdb"
    link.symlink_to(site.warehouse)
    for published, said in ((site.warehouse, "the warehouse itself"), (link, "itself"), (tmp_path, "is a folder")):
        with pytest.raises(BuildFailed, match=said):
            build(site.warehouse, published, site.dbt(), say=lambda _: None)
    assert site.warehouse.read_bytes() == before
    published = site.published.read_bytes()
    with pytest.raises(BuildFailed, match="is a folder: name a file to build in"):
        build(tmp_path, site.published, site.dbt(), say=lambda _: None)
    assert site.published.read_bytes() == published


def test_build_that_cannot_write_says_where(site: Site) -> None:
    def fail(database: Path) -> DbtOutcome:
        raise OSError("No space left on device")

    with pytest.raises(BuildFailed, match="running dbt: No space left on device"):
        build(site.warehouse, site.published, fail, say=lambda _: None)
    with pytest.raises(BuildFailed, match=r"writing the new file: .*not a known DuckDB version"):
        site.build(storage_version="v9.9.9")
    site.published.write_text("no database")
    with pytest.raises(BuildFailed, match=r"reading the published file: .*not a valid DuckDB"):
        site.build()
    assert site.published.read_text() == "no database"
    assert [one.problem and one.problem.partition(":")[0] for one in History(site.published).builds()] == [
        "running dbt",
        "writing the new file",
        "reading the published file",
    ]


def test_failed_build_can_be_looked_at(site: Site) -> None:
    def fail(database: Path) -> DbtOutcome:
        with duckdb.connect(str(database)) as connection:
            connection.execute("create table evidence as select 1 as one")
        return DbtOutcome(False, failures=["a test"])

    with pytest.raises(BuildFailed):
        build(site.warehouse, site.published, fail, keep_failed=True, say=lambda _: None)
    with duckdb.connect(str(site.warehouse) + ".failed", read_only=True) as connection:
        assert connection.execute("select one from evidence").fetchall() == [(1,)]
    assert not site.published.exists()


def test_only_the_last_files_are_kept_and_rollback_returns_to_them(site: Site) -> None:
    for _ in range(4):
        site.build(10, kept_files=2)
    assert len(kept(site.published)) == 2
    assert {summarize(path)[0].rows for path in kept(site.published)} == {20, 30}
    back_to = kept(site.published)[-1].stem
    assert rollback(site.published) == back_to
    assert site.rows("select count(*) from fct") == [(30,)]
    assert [path.stem for path in kept(site.published)] < [back_to]
    assert rollback(site.published) < back_to
    with pytest.raises(FileNotFoundError, match="no earlier file"):
        rollback(site.published)
    assert site.outcomes()[-2:] == ["rolled back", "rolled back"]


def test_what_is_past_its_time_is_gone_from_every_file_that_is_kept(site: Site, tmp_path: Path) -> None:
    def dbt(latest: str, days: int | None) -> Callable[[Path], DbtOutcome]:
        def run(database: Path) -> DbtOutcome:
            with duckdb.connect(str(database)) as connection:
                connection.execute("create table if not exists fct_post (day date, text varchar primary key)")
                connection.execute("create or replace view posts as select text from fct_post")
                connection.execute(
                    "create or replace table meta_source_system as select 'xapi' as source_system, 1 as file_count, "
                    "timestamp '2026-01-01' as loaded_at, ?::date as latest_date, null::integer as keep_events_days, "
                    "?::integer as keep_texts_days",
                    [latest, days],
                )
                connection.execute("insert into fct_post values (?, ?)", [latest, f"It was written on {latest}"])
                if days is not None:
                    before = "date_trunc('month', ?::date - ?::integer)"
                    connection.execute(f"delete from fct_post where day < {before}", [latest, days])
            return DbtOutcome(True)

        return run

    def files_with(text: str) -> list[str]:
        return sorted(
            path.name for path in tmp_path.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
        )

    def load(latest: str, days: int | None) -> list[str]:
        loose = Audit(max_row_loss=1)
        build(site.warehouse, site.published, dbt(latest, days), audit=loose, say=lambda _: None)
        return [path.name for path in kept(site.published)]

    load("2025-01-10", None)
    assert len(load("2025-02-10", None)) == 1
    Path(f"{site.warehouse}.failed").write_bytes(site.warehouse.read_bytes())
    assert len(files_with("written on 2025-01-10")) == 4
    # the limit moves to 1 February, and then stays there: only a file of the same limit is kept
    assert load("2025-02-20", 15) == []
    assert files_with("written on 2025-01-10") == []
    assert len(load("2025-02-27", 15)) == 1
    assert load("2025-03-20", 15) == []
    assert files_with("written on 2025-02-20") == []
    assert files_with("written on 2025-03-20") == ["lernhaus.duckdb", "warehouse.duckdb"]
    with duckdb.connect(str(site.warehouse)) as connection:
        assert connection.execute("from posts").fetchall() == [("It was written on 2025-03-20",)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into fct_post values (null, 'It was written on 2025-03-20')")


def test_second_build_waits_for_the_first_or_says_who_holds_it(site: Site) -> None:
    begun, go_on = threading.Event(), threading.Event()
    said: list[str] = []

    def slow(database: Path) -> DbtOutcome:
        begun.set()
        assert go_on.wait(60)
        return site.dbt()(database)

    def told(message: str) -> None:
        said.append(message)
        go_on.set()

    first = threading.Thread(target=build, args=(site.warehouse, site.published, slow), kwargs={"say": said.append})
    first.start()
    assert begun.wait(60)
    with pytest.raises(Busy, match=f"process {os.getpid()} on "):
        build(site.warehouse, site.published, site.dbt(), wait=False, say=said.append)
    assert said == []
    build(site.warehouse, site.published, site.dbt(), say=told)
    first.join()
    assert f"Waiting for process {os.getpid()} on " in said[0]
    assert site.rows("select count(*) from fct") == [(20,)]
    assert site.outcomes() == ["published", "published"]


def test_build_takes_the_erasures_that_are_asked_for_while_it_waits(site: Site, tmp_path: Path) -> None:
    listed = tmp_path / "erasures.jsonl"
    given: list[Erasures] = []

    def dbt(database: Path) -> DbtOutcome:
        given.append(Erasures.read(database.with_name(ERASURES_FILE), SECRET))
        return site.dbt()(database)

    with ExitStack() as held:
        held.enter_context(exclusive(state_folder(site.published) / "lock", wait=False, say=print))

        def told(_: str) -> None:
            if not given:
                request(listed, SECRET, [("oulad", "11391")])
                held.close()

        build(site.warehouse, site.published, dbt, read_erasures=lambda: Erasures.read(listed, SECRET), say=told)
    assert [len(erasures) for erasures in given] == [1]
    assert History(site.published).builds()[-1].erasure_count == 1


def test_list_that_has_others_in_the_place_of_the_erased_is_refused(site: Site, tmp_path: Path) -> None:
    def listed(*learners: str, secret: bytes = SECRET) -> Callable[[], Erasures]:
        path = tmp_path / "-".join([*learners, secret.hex()])
        request(path, secret, [("oulad", learner) for learner in learners])
        return lambda: Erasures.read(path, secret)

    spilled = [spill_folder(site.warehouse), spill_folder(state_folder(site.published) / "next.duckdb")]
    for folder in spilled:  # by processes that were killed
        folder.mkdir(parents=True)
        (folder / "duckdb_temp_block-1.block").write_text("of learner 1")
    site.build(read_erasures=listed("1", "2"))
    assert not any(folder.exists() for folder in spilled)
    with pytest.raises(BuildFailed, match="1 identities were erased before and are not on the list"):
        site.build(read_erasures=listed("1", "3"))
    with pytest.raises(BuildFailed, match="2 identities were erased before"):
        site.build()
    assert site.outcomes() == ["published", "failed", "failed"]
    site.build(read_erasures=listed("3", "2", "1"))
    # with a new secret they are asked for anew, and only their number can be compared
    with pytest.raises(BuildFailed, match="1 identities were erased before"):
        site.build(read_erasures=listed("1", "2", secret=b"another"))
    site.build(read_erasures=listed("1", "2", "3", secret=b"another"))
    # where the note is gone, the published file itself knows how many there were
    (state_folder(site.published) / "erased").unlink()
    with pytest.raises(BuildFailed, match="1 identities were erased before"):
        site.build(read_erasures=listed("1", "2"))


def test_build_is_refused_while_a_plain_dbt_writes_to_the_warehouse(site: Site) -> None:
    site.build()
    program = (
        f"import duckdb, sys; c = duckdb.connect({str(site.warehouse)!r}); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(BuildFailed, match=r"warehouse\.duckdb cannot be read: .*lock"):
            site.build()
        writer.kill()
    site.build()


def test_what_a_killed_dbt_left_in_its_log_is_copied_with_the_warehouse(site: Site) -> None:
    site.build()
    program = (
        f"import duckdb, os; c = duckdb.connect({str(site.warehouse)!r}); "
        f"c.execute('insert into fct values (99, null)'); os.kill(os.getpid(), {int(signal.SIGKILL)})"
    )
    subprocess.run([sys.executable, "-c", program])
    assert site.warehouse.with_name("warehouse.duckdb.wal").is_file()
    site.build()
    assert site.rows("select count(*) from fct where key = 99") == [(1,)]
    assert not site.warehouse.with_name("warehouse.duckdb.wal").exists()


# Runs a build that kills itself at the n-th line of lernhaus.publish that it executes.
_KILLED_BUILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from test_publish_build import Site

left = {steps}

def trace(frame, event, argument):
    global left
    if "lernhaus/publish" not in frame.f_code.co_filename:
        return None
    if event == "line":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace

site = Site(Path({folder!r}))
sys.settrace(trace)
site.build(7)
sys.settrace(None)
print("lines", {steps} - left)
"""


def _killed_build(site: Site, steps: int) -> subprocess.CompletedProcess[str]:
    program = _KILLED_BUILD.format(tests=str(Path(__file__).parent), steps=steps, folder=str(site.warehouse.parent))
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_build_that_is_killed_anywhere_leaves_the_old_file_or_the_new_one(site: Site) -> None:
    site.build()
    whole = _killed_build(site, 10**9)
    lines = int(whole.stdout.split()[-1])
    rows = 17
    # LERNHAUS_TEST_KILLS = all tries each line; by default some, from the first to the last
    tries = os.environ.get("LERNHAUS_TEST_KILLS", "16")
    step = 1 if tries == "all" else max(1, lines // int(tries))
    for steps in range(1, lines + 1, step):
        before = site.published.read_bytes()
        assert _killed_build(site, steps).returncode == -signal.SIGKILL, f"line {steps} of {lines}"
        (count,) = site.rows("select count(*) from fct")[0]
        assert count in (rows, rows + 7)
        assert count == rows + 7 or site.published.read_bytes() == before
        # the next build works, from the state that is published or the one before it
        site.build(7)
        (rows,) = site.rows("select count(*) from fct")[0]
        assert rows - count in (0, 7), f"line {steps} of {lines}"
    state = sorted(path.name for path in state_folder(site.published).iterdir())
    assert state == ["builds.jsonl", "kept", "lock"]
    assert "killed" in site.outcomes()
    assert not list(site.warehouse.parent.glob(".warehouse.duckdb.build/copy*"))


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    program = (
        "import os, signal; from pathlib import Path; from lernhaus.publish import exclusive\n"
        f"with exclusive(Path({str(tmp_path / 'lock')!r}), wait=False, say=print): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == -signal.SIGKILL
    with exclusive(tmp_path / "lock", wait=False, say=print):
        pass


def test_half_a_line_in_the_history_is_no_build(site: Site) -> None:
    site.build()
    path = History(site.published).path
    path.write_text(path.read_text() + '{"build_id": "2026')
    site.build()
    assert site.outcomes() == ["published", "published"]


def test_status_and_rollback_on_the_command_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LERNHAUS_PUBLISHED", str(site.published))
    run = CliRunner().invoke
    assert "nothing is published" in run(main, ["status"]).output
    site.build()
    with pytest.raises(BuildFailed):
        build(site.warehouse, site.published, lambda _: DbtOutcome(False, ["grain_fct"]), say=lambda _: None)
    site.build()
    told = run(main, ["status"]).output
    assert "lernhaus.duckdb: 4 tables, " in told
    assert "failed: dbt failed: grain_fct" in told
    found = json.loads(run(main, ["status", "--json"]).output)
    assert [one["outcome"] for one in found["builds"]] == ["published", "failed", "published"]
    assert found["build"]["build_id"] == found["builds"][0]["build_id"]
    assert found["kept_builds"] == [found["builds"][2]["build_id"]]
    refused = run(main, ["rollback"], input="n\n")
    assert refused.exit_code == 1 and f"that of build {found['kept_builds'][0]} in its place?" in refused.output
    with pytest.raises(FileNotFoundError, match="is not the newest one any more"):
        rollback(site.published, to="20260101T000000000000Z")
    back = run(main, ["rollback", "--yes"])
    assert f"build {found['kept_builds'][0]} again" in back.output
    nothing = run(main, ["rollback"], input="y\n")
    assert nothing.exit_code == 1
    assert "no earlier file" in nothing.output and "in its place?" not in nothing.output
    assert site.rows("select count(*) from fct") == [(10,)]


# Reads until the file `stop` is there: through a connection that stays open for a while, and through new ones.
_READER = """
import sys
from pathlib import Path
import duckdb

published, stop = sys.argv[1:]
seen, queries = set(), 0
while not (stopped := Path(stop).exists()) or not queries:
    with duckdb.connect(published, read_only=True) as connection:
        first = None
        for _ in range(3):
            rows, told, builds = connection.execute(
                "select (select count(*) from fct), (select row_count from meta_table where table_name = 'fct'), "
                "(select max(build_id) from meta_build where outcome = 'published')"
            ).fetchall()[0]
            assert rows == told, (rows, told)
            assert first in (None, (rows, builds)), (first, rows, builds)
            first = rows, builds
            queries += 1
        seen.add(builds)
print(len(seen), queries)
"""


def test_readers_see_every_version_whole_and_never_wait(site: Site, tmp_path: Path) -> None:
    site.build()
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", _READER, str(site.published), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for _ in range(6):
            site.build()
    finally:
        stop.touch()
        ended = [(*reader.communicate(), reader.returncode) for reader in readers]
    assert [(errors, code) for _, errors, code in ended] == [("", 0)] * 2
    assert all(int(output.split()[1]) >= 3 for output, _, _ in ended)


# A file that grows beyond the limit cannot be written, as on a full disk.
_LIMITED_BUILD = """
import resource, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from lernhaus.publish import build
from test_publish_build import Site

def limit(*_):
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))

def dbt(database):
    outcome = site.dbt(100_000)(database)
    limit()
    return outcome

site = Site(Path({folder!r}))
if {in_dbt}:
    limit()
build(site.warehouse, site.published, dbt)
"""


@pytest.mark.parametrize(
    ("limit", "in_dbt", "where"),
    [
        (0, True, "write"),
        (10_000, True, "_copy_warehouse"),
        (800_000, True, "Failed to commit"),
        (10_000, False, "attach"),
        (800_000, False, "detach|insert"),
    ],
)
def test_build_that_runs_out_of_disk_leaves_everything_as_it_was(
    site: Site, limit: int, in_dbt: bool, where: str
) -> None:
    site.build()
    before = site.published.read_bytes(), site.warehouse.read_bytes()
    folder, tests = str(site.warehouse.parent), str(Path(__file__).parent)
    program = _LIMITED_BUILD.format(tests=tests, limit=limit, folder=folder, in_dbt=in_dbt)
    failed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert failed.returncode == 1, failed.stderr
    assert re.search(where, failed.stderr), failed.stderr
    assert (site.published.read_bytes(), site.warehouse.read_bytes()) == before
    assert not list(site.warehouse.parent.glob(".warehouse.duckdb.build/copy*"))
    site.build()
    assert site.rows("select count(*) from fct") == [(20,)]
