"""``python -m bench.soak``: what publishing promises, tried for long on whole builds, with figures.

A small campus is built again and again by ``lernhaus build``, each time with one more day. Meanwhile readers query
the published file without pause; builds are killed at random instants; and the published file is opened by other
versions of DuckDB and through SQLAlchemy.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import click
import duckdb

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

    def __init__(self, folder: Path, days: int) -> None:
        self.folder = folder
        self.statements = folder / "extracts" / "xapi"
        self.held = folder / "held"
        self.published = folder / "published.duckdb"
        generate(folder / "extracts", learners=12, days=60 + days)
        self.days = sorted(hold_back(self.statements, self.held, days)) if days else []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a build in a session of its own, all its output in one log."""
        settings = {
            "LERNHAUS_EXTRACTS": str(self.folder / "extracts"),
            "LERNHAUS_DATABASE": str(self.folder / "lernhaus.duckdb"),
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
            raise RuntimeError((self.folder / "build.log").read_text()[-3000:])
        return time.monotonic() - begun

    def deliver(self) -> None:
        deliver(self.held, self.days.pop(0), self.statements)


def read_through_builds(site: Site, builds: int, readers: int) -> str:
    """Query without pause while the campus is built again and again; return the figures, raise where one is wrong."""
    stop = site.folder / "stop"
    command = [sys.executable, "-c", _READER, str(site.published), str(stop)]
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
    told = [json.loads(output) for output, _, code in ended if not code]
    queries = sum(one["queries"] for one in told)
    inconsistent = sum(one["inconsistent"] for one in told)
    versions = len({version for one in told for version in one["versions"]})
    figures = (
        f"{readers} readers, {builds} builds: {queries:,} queries, {len(errors)} errors, {inconsistent} inconsistent, "
        f"{versions} versions seen"
    )
    if errors or inconsistent or versions < builds:
        raise RuntimeError("\n".join([figures, *errors]))
    return figures


def kill_builds(site: Site, kills: int, seed: int) -> str:
    """Kill builds at random instants, and build after each; return the figures, raise where one was not right."""
    chance = random.Random(seed)
    seconds = site.build("--full-refresh")
    finished = published_anew = 0
    for number in range(kills):
        before = site.published.read_bytes()
        child = site.start("--full-refresh")
        try:
            child.wait(chance.uniform(0, seconds))
            finished += 1
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if site.published.read_bytes() != before:
            published_anew += 1
            with duckdb.connect(str(site.published), read_only=True) as connection:
                (told,) = connection.execute(
                    "select row_count from meta_table where table_name = 'fct_learning_event'"
                ).fetchall()[0]
                assert connection.execute("select count(*) from fct_learning_event").fetchall() == [(told,)]
        click.echo(f"kill {number + 1} of {kills}: the next build took {site.build():.0f} s")
    return (
        f"{kills} builds of {seconds:.0f} s killed at random instants ({finished} were over before): the published "
        f"file was the last good one {kills - published_anew} times and a whole new one {published_anew} times, and "
        f"the next build succeeded {kills} times"
    )


def open_with_other_tools(site: Site) -> list[str]:
    """Ask the queries of the README with older versions of DuckDB and SQLAlchemy; raise where answers differ."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)\n```", readme, flags=re.DOTALL)

    def answers(python: Path, how: str) -> str:
        command = [str(python), "-c", _ANSWERS, str(site.published), json.dumps(queries), how]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    expected = answers(Path(sys.executable), "duckdb")
    figures = []
    for name, packages in _TOOLS.items():
        folder = site.folder / name.replace(" ", "-")
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        if answers(python, "sqlalchemy" if name == "SQLAlchemy" else "duckdb") != expected:
            raise RuntimeError(f"{name} gives other answers to the queries of the README")
        figures.append(f"{name}: {len(queries)} queries of the README answered alike")
    return figures


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--builds", type=click.IntRange(min=0), default=20, help="Builds that readers read through.")
@click.option("--readers", type=click.IntRange(min=1), default=8, help="Readers at a time.")
@click.option("--kills", type=click.IntRange(min=0), default=100, help="Builds that are killed.")
@click.option("--seed", type=int, default=1, help="Of the instants.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "build" / "soak",
    help="Folder for extracts and databases; it must be empty.",
)
def main(builds: int, readers: int, kills: int, seed: int, work: Path) -> None:
    """Try for long what publishing promises."""
    if work.exists() and any(work.iterdir()):
        raise click.UsageError(f"{work} is not empty: remove it, or name another with --work")
    work.mkdir(parents=True, exist_ok=True)
    site = Site(work.resolve(), builds)
    click.echo(f"first build: {site.build():.0f} s")
    figures = [read_through_builds(site, builds, readers)] if builds else []
    figures += [kill_builds(site, kills, seed)] if kills else []
    figures += open_with_other_tools(site)
    click.echo("\n" + "\n".join(figures))


if __name__ == "__main__":
    main()
