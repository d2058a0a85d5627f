"""``python -m bench.soak``: what publishing promises, tried for long on whole builds, with figures.

A small campus is built again and again by ``lernhaus build``, each time with one more day. Meanwhile readers query
the published file without pause; builds are killed at random instants; the disk runs full in each phase; the published
file is opened by other versions of DuckDB and through SQLAlchemy; mutated extract files go through staging; and it is
measured what publishing adds to a build. The figures are written to docs/publishing.md.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import click
import duckdb

from bench import figures, publishing, results
from bench.fuzz import fuzz
from bench.hold_back import deliver, hold_back
from bench.measure import PROJECT
from lernhaus.sample import generate

# Each reads until the file `stop` is there, a few times through one connection, then through a new one.
_READER = """
import json, sys
from pathlib import Path
import duckdb

published, stop = sys.argv[1:]
versions, queries, inconsistent = set(), 0, 0
query = '''
    select
        (select max(build_id) from meta_build where outcome = 'published'),
        (select sum(interaction_count) from fct_daily_activity),
        (select sum(interaction_count) from fct_enrollment),
        (select count(*) from fct_learning_event),
        (select row_count from meta_table where table_name = 'fct_learning_event')
'''
while not Path(stop).exists():
    with duckdb.connect(published, read_only=True) as connection:
        first = None
        for _ in range(5):
            row = connection.execute(query).fetchall()[0]
            first = first or row
            inconsistent += row != first or row[1] != row[2] or row[3] != row[4]
            queries += 1
        versions.add(row[0])
print(json.dumps({"versions": sorted(versions), "queries": queries, "inconsistent": inconsistent}))
"""

# The queries of the README, their answers as JSON; old versions of DuckDB know no more of Python's API than this.
_ANSWERS = """
import json, sys
published, queries = sys.argv[1], json.loads(sys.argv[2])
if sys.argv[3] == 'sqlalchemy':
    from sqlalchemy import create_engine, text
    with create_engine(f'duckdb:///{published}', connect_args={'read_only': True}).connect() as connection:
        answers = [[list(row) for row in connection.execute(text(query))] for query in queries]
else:
    import duckdb
    connection = duckdb.connect(published, read_only=True)
    answers = [[list(row) for row in connection.execute(query).fetchall()] for query in queries]
print(json.dumps(answers, default=str))
"""

_TOOLS = {
    "duckdb 1.4": ["duckdb==1.4.*"],
    "duckdb 1.5": ["duckdb==1.5.*"],
    "SQLAlchemy": ["duckdb==1.4.*", "duckdb-engine", "sqlalchemy<2.1"],
}


class Site:
    """A campus whose last days are delivered one by one, its warehouse and its published file."""

    def __init__(self, folder: Path, days: int, disk: Path | None = None) -> None:
        self.folder = folder
        disk = disk or folder  # where the warehouse and the published file lie
        self.warehouse = disk / "lernhaus.duckdb"
        self.statements = folder / "extracts" / "xapi"
        self.held = folder / "held"
        self.published = disk / "published.duckdb"
        generate(folder / "extracts", learners=30, days=60 + days)
        self.days = sorted(hold_back(self.statements, self.held, days)) if days else []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a build in a session of its own, all its output in one log."""
        settings = {
            "LERNHAUS_EXTRACTS": str(self.folder / "extracts"),
            "LERNHAUS_DATABASE": str(self.warehouse),
            "LERNHAUS_PUBLISHED": str(self.published),
            "LERNHAUS_PSEUDONYM_SECRET": "the secret of the soak",
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        with (self.folder / "build.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "lernhaus.cli", "build", *arguments],
                cwd=PROJECT,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )

    def build(self, *arguments: str) -> float:
        """A whole build; return its seconds. Raises ``RuntimeError`` with the end of its output where it fails."""
        begun = time.monotonic()
        if self.start(*arguments).wait():
            raise RuntimeError(self.said()[-3000:])
        return time.monotonic() - begun

    def said(self) -> str:
        return (self.folder / "build.log").read_text()

    def lines(self) -> int:
        return self.said().count("\n")

    def dbt_has_ended(self) -> bool:
        return "Done. PASS=" in self.said()

    def deliver(self) -> None:
        deliver(self.held, self.days.pop(0), self.statements)


def read_through_builds(site: Site, builds: int, readers: int) -> str:
    """Query without pause while the campus is built again and again; return the figures, raise where one is wrong."""
    stop = site.folder / "stop"
    # people read on machines of their own: here they leave the processors to the build as far as it wants them
    command = ["nice", "-n", "19", sys.executable, "-c", _READER, str(site.published), str(stop)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(readers)
    ]
    try:
        for number in range(builds):
            site.deliver()
            click.echo(f"build {number + 1} of {builds}: {site.build():.0f} s")
    finally:
        stop.touch()
        ended = [(*process.communicate(), process.returncode) for process in running]
    errors = [error for _, error, code in ended if code]
    # the last line: before it DuckDB may have drawn the progress of a query that took long
    told = [json.loads(output.splitlines()[-1]) for output, _, code in ended if not code]
    queries = sum(one["queries"] for one in told)
    inconsistent = sum(one["inconsistent"] for one in told)
    versions = len({version for one in told for version in one["versions"]})
    found = (
        f"{readers} readers, {builds} builds: {queries:,} queries, {len(errors)} errors, {inconsistent} inconsistent, "
        f"{versions} versions seen"
    )
    if errors or inconsistent or versions < builds:
        raise RuntimeError("\n".join([found, *errors]))
    return found


class Phase(Enum):
    """What a build does, as its output tells from without."""

    BEFORE = "before dbt"  # the copy of the warehouse
    DBT = "in dbt"
    AFTER = "after dbt"  # audit, compaction, the new file in place of the old


@dataclass(frozen=True)
class WholeBuild:
    """What a whole build took: seconds before dbt and after it, and the lines of output in between."""

    before: float
    lines: int
    after: float

    @classmethod
    def of(cls, site: Site) -> WholeBuild:
        """Build, and watch."""
        begun = time.monotonic()
        child = site.start("--full-refresh")
        _until(lambda: site.lines() > 0, child)
        started = time.monotonic()
        _until(site.dbt_has_ended, child)
        ended, lines = time.monotonic(), site.lines()
        if child.wait():
            raise RuntimeError(site.said()[-3000:])
        return cls(started - begun, lines, time.monotonic() - ended)


def kill_builds(site: Site, kills: int, seed: int) -> str:
    """Kill builds at random instants of each phase, and build after each; return figures, raise where one is wrong."""
    chance = random.Random(seed)
    whole = WholeBuild.of(site)
    phases: Counter[Phase] = Counter()
    finished = published_anew = 0
    for number in range(kills):
        before = site.published.read_bytes()
        phase = chance.choice(list(Phase))
        child = site.start("--full-refresh")
        if _reaches_an_instant(child, site, phase, whole, chance):
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            phases[phase] += 1
        elif child.returncode:
            raise RuntimeError(site.said()[-3000:])
        else:
            finished += 1
        if site.published.read_bytes() != before:
            published_anew += 1
            with duckdb.connect(str(site.published), read_only=True) as connection:
                (told,) = connection.execute(
                    "select row_count from meta_table where table_name = 'fct_learning_event'"
                ).fetchall()[0]
                assert connection.execute("select count(*) from fct_learning_event").fetchall() == [(told,)]
        click.echo(f"kill {number + 1} of {kills}, {phase.value}: the next build took {site.build():.0f} s")
    killed = ", ".join(f"{phases[phase]} {phase.value}" for phase in Phase)
    return (
        f"{kills} builds killed at random instants ({killed}; {finished} were over before): the published file was the "
        f"last good one {kills - published_anew} times and a whole new one {published_anew} times, and the next build "
        f"succeeded {kills} times"
    )


def _reaches_an_instant(
    child: subprocess.Popen[str], site: Site, phase: Phase, whole: WholeBuild, chance: random.Random
) -> bool:
    """Wait for a random instant of a phase; false where the build was over before."""
    if phase is Phase.DBT:
        lines = chance.randint(1, whole.lines)
        return _until(lambda: site.lines() >= lines, child)
    if phase is Phase.AFTER and not _until(site.dbt_has_ended, child):
        return False
    instant = time.monotonic() + chance.uniform(0, whole.before if phase is Phase.BEFORE else whole.after)
    return _until(lambda: time.monotonic() >= instant, child)


def _until(holds: Callable[[], bool], child: subprocess.Popen[str]) -> bool:
    """Wait until a condition holds; false where the process has ended before."""
    while child.poll() is None:
        if holds():
            return True
        time.sleep(0.01)
    return False


def fill_disk(site: Site, disk: Path, steps: int) -> str:
    """Build with less and less free space on a small disk, and with enough after each; raise where one was not right.

    How far a build comes tells the phase in which the disk ran full.
    """
    site.build("--full-refresh")
    filler = disk / "filler"
    needed = _needed(site, disk)
    phases: Counter[str] = Counter()
    for step in range(steps):
        before = site.published.read_bytes()
        usage = shutil.disk_usage(disk)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, usage.free - needed * step // steps))
        code = site.start("--full-refresh").wait()
        said = site.said()
        filler.unlink()
        if not code:
            phases["enough after all"] += 1
        elif site.published.read_bytes() != before:
            raise RuntimeError(f"a full disk has changed the published file: {said[-3000:]}")
        else:
            phases[_phase(said)] += 1
        click.echo(f"full disk {step + 1} of {steps}: {dict(phases)}; the next build took {site.build():.0f} s")
    told = ", ".join(f"{phase} {count}" for phase, count in phases.most_common())
    return (
        f"{steps} builds on a disk with 0 to {needed / 1e6:.0f} MB free ({told}): the published file was as before "
        f"each time that the build failed, and the next build succeeded {steps} times"
    )


def _needed(site: Site, disk: Path) -> int:
    """The bytes that a build takes beside what is there: a copy of the warehouse, what dbt adds to it, a new file."""
    return 2 * site.warehouse.stat().st_size + 2 * site.published.stat().st_size


def _phase(said: str) -> str:
    for phase, sign in (
        ("in the copy", "copying the warehouse: "),
        ("in dbt", "dbt failed"),
        ("in dbt", "running dbt: "),
        ("in compaction", "writing the new file: "),
        ("in the history", "history.py"),
    ):
        if sign in said:
            return phase
    return "elsewhere"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own in memory. Raises ``CalledProcessError`` where this may not mount one."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def open_with_other_tools(site: Site) -> list[str]:
    """Ask the queries of the README with older versions of DuckDB and SQLAlchemy; raise where answers differ."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)\n```", readme, flags=re.DOTALL)

    def answers(python: Path, how: str) -> str:
        command = [str(python), "-c", _ANSWERS, str(site.published), json.dumps(queries), how]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    expected = answers(Path(sys.executable), "duckdb")
    found = []
    for name, packages in _TOOLS.items():
        folder = site.folder / name.replace(" ", "-")
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        if answers(python, "sqlalchemy" if name == "SQLAlchemy" else "duckdb") != expected:
            raise RuntimeError(f"{name} gives other answers to the queries of the README")
        found.append(f"{name}: {len(queries)} queries of the README answered alike")
    return found


BUILDS = 20
PARTS = ("readers", "kills", "disk", "tools", "fuzz", "publishing")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", metavar="PARTS", help=f"Parts to try, separated by commas.  [default: {','.join(PARTS)}]")
@click.option("--builds", type=click.IntRange(min=1), default=BUILDS, help="Builds that readers read through.")
@click.option("--readers", type=click.IntRange(min=1), default=8, help="Readers at a time.")
@click.option("--kills", type=click.IntRange(min=1), default=100, help="Builds that are killed.")
@click.option("--full-disks", type=click.IntRange(min=1), default=20, help="Builds on a disk that runs full.")
@click.option("--files", type=click.IntRange(min=1), default=10_000, help="Mutated extract files.")
@click.option("--seed", type=int, default=1, help="Of what is left to chance.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "build" / "soak",
    help="Folder for extracts and databases; it must be empty.",
)
@click.option(
    "--oulad-zip",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="OULAD_ZIP",
    help="The archive of OULAD, for the part `publishing`.",
)
def main(
    only: str | None,
    builds: int,
    readers: int,
    kills: int,
    full_disks: int,
    files: int,
    seed: int,
    work: Path,
    oulad_zip: Path | None,
) -> None:
    """Try for long what publishing promises."""
    chosen = only.split(",") if only is not None else list(PARTS)
    if unknown := sorted(set(chosen) - set(PARTS)):
        raise click.UsageError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if "publishing" in chosen and not oulad_zip:
        without = "the part publishing needs the archive of OULAD: name it with --oulad-zip or OULAD_ZIP"
        if only is not None:
            raise click.UsageError(without)
        chosen.remove("publishing")
        click.echo(f"left out: {without}")
    if work.exists() and any(work.iterdir()):
        raise click.UsageError(f"{work} is not empty: remove it, or name another with --work")
    commit = results.commit()
    work = work.resolve()
    work.mkdir(parents=True, exist_ok=True)

    def record(part: str, found: str) -> None:
        click.echo(f"\n{part}: {found}\n")
        figures.record(part, found, commit)

    if "fuzz" in chosen:
        record("Fuzz", str(fuzz(work / "fuzz", files, seed, batch=500, say=click.echo)))
    if oulad_zip and "publishing" in chosen:
        record("Cost of publishing", publishing.measure(oulad_zip, work / "publishing"))
    if {"readers", "kills", "tools"} & set(chosen):
        site = Site(work / "site", builds if "readers" in chosen else 0)
        click.echo(f"first build: {site.build():.0f} s")
        if "readers" in chosen:
            record("Readers", read_through_builds(site, builds, readers))
        if "tools" in chosen:
            record("Other tools", "; ".join(open_with_other_tools(site)))
        if "kills" in chosen:
            record("Killed builds", kill_builds(site, kills, seed))
    if "disk" in chosen:
        with small_disk(work / "small", megabytes=400) as disk:
            record("Full disks", fill_disk(Site(work / "site-on-small", 0, disk), disk, full_disks))


if __name__ == "__main__":
    main()
