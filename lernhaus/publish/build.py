"""Write, audit, publish: a build on a private copy of the warehouse, which nobody sees until all of it is right."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from lernhaus import __version__
from lernhaus.publish import files
from lernhaus.publish.erasing import LearnerKeys, begin_afresh, keys_of_erased, write_report
from lernhaus.publish.erasures import ERASURES_FILE, Erasures
from lernhaus.publish.facts import (
    DESCRIBED_BY_PUBLISHING,
    OWN_DESCRIPTIONS,
    DataTestResult,
    Description,
    describe_tables,
    erased_records,
    extracts_fingerprint,
    has_expired,
    has_retention,
    sources_of,
    write_descriptions,
    write_facts,
)
from lernhaus.publish.history import FAILED, PUBLISHED, ROLLED_BACK, Build, History
from lernhaus.publish.locking import exclusive
from lernhaus.publish.publish import STORAGE_VERSION, compact, has_table, publish, spill_folder, state_folder, summarize


class BuildFailed(RuntimeError):
    """A build that is not published; the published file is as it was."""


@dataclass(frozen=True)
class DbtOutcome:
    """How a ``dbt build`` ended: what failed by name, what the data tests said, grain and meaning of each table."""

    success: bool
    failures: Sequence[str] = ()
    tests: Sequence[DataTestResult] = ()
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    descriptions: Mapping[str, Description] = field(default_factory=dict)


@dataclass(frozen=True)
class Audit:
    """What a new file has to hold beside passed tests.

    ``max_row_loss``: the greatest share of its rows that a table may have lost since the last published build, from 0
    (no row) to 1 (all of them, or the table itself). ``max_age_days``: how old the latest activity may be, none: any.
    ``source_max_age_days``: how old the latest that a source system tells of may be, by source system.
    """

    max_row_loss: float = 0.5
    max_age_days: int | None = None
    source_max_age_days: Mapping[str, int] = field(default_factory=dict)


DEFAULT_AUDIT = Audit()
NOBODY = Erasures()
NO_KEYS = LearnerKeys({})


@dataclass(frozen=True)
class TableChange:
    """A table whose number of rows differs between two published files; 0 rows where it is not there."""

    table_name: str
    rows_before: int
    rows_after: int


def build(
    warehouse: Path,
    published: Path,
    run_dbt: Callable[[Path], DbtOutcome],
    *,
    audit: Audit = DEFAULT_AUDIT,
    storage_version: str = STORAGE_VERSION,
    memory_limit: str | None = None,
    kept_files: int = 3,
    keep_failed: bool = False,
    read_erasures: Callable[[], Erasures] = Erasures,
    wait: bool = True,
    say: Callable[[str], None] = print,
) -> list[TableChange]:
    """Build the warehouse and publish it; return what changed since the last published build.

    ``run_dbt`` builds the warehouse file that it is given: a copy of ``warehouse`` in a folder of its own. Where dbt
    succeeds and ``audit`` agrees, the tables of ``main`` become the file ``published``, and the copy becomes
    ``warehouse``, from which the next build goes on. The published file before is kept for ``rollback``, as are the
    ``kept_files`` - 1 before it. In everything else, whatever happened, both files are as they were; a file that failed
    is removed, or with ``keep_failed`` left beside ``warehouse`` as ``<name>.failed``.

    Where others are to be erased than in the last published build, the copy begins empty but for what snapshots
    remember of other learners, the audit looks for the erased ones in the new files, and with the publication all files
    go that have them: the kept ones and that of a failed build. ``say`` is told how many rows went, and a report stays
    beside the published file. ``read_erasures`` is asked for them once, when the build has its turn; ``run_dbt`` has to
    leave out the learners of this list, which lies in the file ``ERASURES_FILE`` beside the copy.

    Where events or texts are kept for a time alone, the copy is rewritten, since deleted rows live on in free blocks,
    and with the publication all files go that have what is past it.

    Builds take turns: a second one waits, or raises ``Busy`` where ``wait`` is false.

    Raises ``BuildFailed`` with the reason, where files cannot be read or written too, and what else ``run_dbt`` raises.
    """
    # whatever link it is reached by, it is one file with one lock
    warehouse, published = warehouse.resolve(), published.resolve()
    if warehouse == published or published.is_dir():
        what = "a folder" if published.is_dir() else "the warehouse itself, which has names and raw records"
        raise BuildFailed(f"{published} is {what}: name another file to publish to (LERNHAUS_PUBLISHED)")
    if warehouse.is_dir():
        raise BuildFailed(f"{warehouse} is a folder: name a file to build in (LERNHAUS_DATABASE)")
    private = warehouse.with_name(f".{warehouse.name}.build")
    history = History(published)
    with ExitStack() as locks:
        locks.enter_context(exclusive(private / "lock", wait=wait, say=say))
        locks.enter_context(exclusive(state_folder(published) / "lock", wait=wait, say=say))
        erasures = read_erasures()
        begun = Build(
            build_id=_new_id(),
            started_at=_now(),
            code_commit=_commit(Path.cwd()),
            lernhaus_version=__version__,
            dbt_version=importlib.metadata.version("dbt-core"),
            duckdb_version=duckdb.__version__,
            erasure_count=len(erasures),
            erasure_hash=erasures.fingerprint,
        )
        history.write(begun)
        copy = private / "copy" / warehouse.name
        builds: list[Build] = []
        changes: list[TableChange] = []

        def complete(new: Path) -> None:
            done = _describe(new, begun, outcome, history)
            changes.extend(changed_tables(published, new))
            left = [table for file in (copy, new) for table in erased_keys.rows(file)]
            if objections := [*_objections(new, changes, audit), *(f"{t} still has erased learners" for t in left)]:
                raise BuildFailed(f"the audit refused the new file: {'; '.join(objections)}")
            builds.append(done)

        doing = "reading the published file"
        try:
            erasing = erasures.fingerprint != _erased_before(published, private, erasures)
            doing = "copying the warehouse"
            _copy_warehouse(warehouse, copy, erasures if erasing else None)
            erased_keys = keys_of_erased(warehouse, erasures) if erasing else NO_KEYS
            rows_to_erase = erased_keys.rows(warehouse)
            erasures.write(copy.with_name(ERASURES_FILE))
            doing = "running dbt"
            outcome = run_dbt(copy)
            doing = "writing the new file"
            if not outcome.success:
                raise BuildFailed(f"dbt failed: {', '.join(outcome.failures) or 'see its messages'}")
            if expiring := has_retention(copy):
                compact(copy, memory_limit=memory_limit)
            publish(
                copy,
                published,
                storage_version=storage_version,
                memory_limit=memory_limit,
                complete=complete,
                keep=lambda new: _keep(published, new, kept_files, erasures),
            )
        except BaseException as error:
            problem = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
            is_of_files = isinstance(error, (OSError, duckdb.Error))
            if is_of_files:
                problem = f"{doing}: {problem}"
            if keep_failed and copy.is_file():
                files.replace(copy, _failed(warehouse))
            history.write(replace(begun, finished_at=_now(), outcome=FAILED, problem=problem))
            if is_of_files:
                raise BuildFailed(problem) from error
            raise
        else:
            history.write(builds[0])
            _remove_log(warehouse)
            files.replace(copy, warehouse)
            if erasing or expiring:
                _failed(warehouse).unlink(missing_ok=True)
            if erasing:
                # what a plain dbt that was killed had no memory for
                shutil.rmtree(spill_folder(warehouse), ignore_errors=True)
                _note_erased(private, erasures)
                records = erased_records(published)
                report = write_report(published, begun.build_id, len(erasures), rows_to_erase, records)
                for table, rows in rows_to_erase.items():
                    say(f"erased from {table}: {rows:,} rows")
                say(f"{sum(records.values()):,} records of erased learners are not read any more; report: {report}")
        finally:
            shutil.rmtree(copy.parent, ignore_errors=True)
    return changes


def _erased_before(published: Path, private: Path, erasures: Erasures) -> str | None:
    """The fingerprint of the erasures that the published file and the warehouse have both seen, if any.

    Raises ``BuildFailed`` where somebody was erased in the published file who is not on the list.
    """
    last = build_of(published) if published.is_file() else Build("", "")
    published_note = _published_erasures(published)
    noted = published_note.read_text(encoding="utf-8").splitlines() if published_note.is_file() else []
    # the note may have gone with its folder; the published file itself has the number of learners
    lost = erasures.missing(noted) or max(0, (last.erasure_count or 0) - len(erasures))
    if lost:
        raise BuildFailed(
            f"{lost} identities were erased before and are not on the list of erasures, which has {len(erasures)}: a "
            "build would bring them back. Restore the list (LERNHAUS_ERASURES)"
        )
    note = _erased_note(private)
    # a process that was killed after the rename has left a warehouse that is older than the published file
    seen = note.read_text() if note.is_file() else None
    return seen if seen == last.erasure_hash else None


def _note_erased(private: Path, erasures: Erasures) -> None:
    """Note that the warehouse has seen the erasures, now that it has."""
    files.write(_erased_note(private), erasures.fingerprint or "")


def _erased_note(private: Path) -> Path:
    return private / "erasures"


def _published_erasures(published: Path) -> Path:
    """The file that has, line by line, the identities that were erased in the published file."""
    return state_folder(published) / "erased"


def _failed(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.failed")


def _copy_warehouse(warehouse: Path, copy: Path, erasures: Erasures | None) -> None:
    """Copy the warehouse, if any, with its write-ahead log, or begin it afresh without those who are to be erased.

    Raises ``BuildFailed`` while a process writes to it.
    """
    shutil.rmtree(copy.parent, ignore_errors=True)  # left by a process that was killed
    copy.parent.mkdir(mode=0o700)
    if not warehouse.is_file():
        return
    try:
        reader = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.IOException as error:
        raise BuildFailed(f"{warehouse} cannot be read: {error}") from error
    if erasures is not None:
        reader.close()
        begin_afresh(warehouse, copy, erasures)
        files.keep_mode(warehouse, copy)
        return
    with reader:  # while this is open, no other process can write to the file
        for source in (warehouse, _log_of(warehouse)):
            if source.is_file():
                files.copy(source, copy.with_name(source.name))


def _log_of(database: Path) -> Path:
    return database.with_name(database.name + ".wal")


def _remove_log(database: Path) -> None:
    """Remove the write-ahead log of a file that is about to be replaced: it must not be read as that of the next."""
    if _log_of(database).is_file():
        _log_of(database).unlink()
        files.sync(database.parent)


def _describe(new: Path, begun: Build, outcome: DbtOutcome, history: History) -> Build:
    """Write what the new file says of itself into it; return the build as it will be known."""
    tables = describe_tables(new, outcome.keys)
    extracts_hash, file_count = extracts_fingerprint(new)
    done = replace(
        begun,
        finished_at=_now(),
        outcome=PUBLISHED,
        extracts_hash=extracts_hash,
        source_file_count=file_count,
        table_count=len(tables),
        row_count=sum(table.row_count for table in tables),
        test_count=len(outcome.tests),
    )
    earlier = [build for build in history.builds(running=True) if build.build_id != begun.build_id]
    write_facts(new, tables, outcome.tests, [*earlier, done])
    write_descriptions(new, {**outcome.descriptions, **OWN_DESCRIPTIONS})
    return done


def changed_tables(before: Path, after: Path) -> list[TableChange]:
    """The tables of two published files that differ in their number of rows; none where ``before`` is missing."""
    if not before.is_file():
        return []
    counts = [{table.name: table.rows for table in summarize(file)} for file in (before, after)]
    names = sorted({*counts[0], *counts[1]} - set(DESCRIBED_BY_PUBLISHING))
    changes = [TableChange(name, *(count.get(name, 0) for count in counts)) for name in names]
    return [change for change in changes if change.rows_before != change.rows_after]


def _objections(new: Path, changes: Sequence[TableChange], audit: Audit) -> list[str]:
    objections = [
        f"{change.table_name} has {change.rows_after:,} rows after {change.rows_before:,}"
        for change in changes
        if change.rows_after < (1 - audit.max_row_loss) * change.rows_before
    ]
    if objections:
        objections[-1] += " (if that is meant to be, --max-row-loss 1 lets it pass)"
    if audit.max_age_days is not None:
        latest = latest_activity(new)
        if (age := _age(latest)) > audit.max_age_days:
            objections.append(f"the latest activity is of {latest}, {age:,} days ago")
    if audit.source_max_age_days:
        latest_dates = {source.source_system: source.latest_date for source in sources_of(new)}
        for system, limit in audit.source_max_age_days.items():
            if system not in latest_dates:
                objections.append(f"there is no source system {system}")
            elif (age := _age(latest_dates[system])) > limit:
                objections.append(f"the latest of {system} is of {latest_dates[system]}, {age:,} days ago")
    return objections


def _age(latest: date | None) -> int:
    return (datetime.now(UTC).date() - (latest or date.min)).days


def latest_activity(published: Path) -> date | None:
    """The date of the latest activity that a published file tells of."""
    with duckdb.connect(str(published), read_only=True) as connection:
        latest: date | None = connection.execute("select max(last_active_date) from fct_enrollment").fetchall()[0][0]
        return latest


def kept(published: Path) -> list[Path]:
    """The earlier published files that are kept, oldest first; each is named by its build."""
    return sorted((state_folder(published) / "kept").glob("*.duckdb"))


def _keep(published: Path, new: Path, number: int, erasures: Erasures) -> None:
    """Keep the file that is about to be replaced beside the ``number`` - 1 before it; it takes no space before that.

    Files from before an erasure are not kept: whoever went back to them would bring learners back. Neither are those
    with events or texts that the ``new`` file does not keep any more.
    """
    if erasures.entries:
        files.write(_published_erasures(published), "\n".join(sorted(erasures.identities)) + "\n", mode=0o600)
    folder = state_folder(published) / "kept"
    folder.mkdir(exist_ok=True)

    def may_be_kept(old: Path) -> bool:
        return build_of(old).erasure_hash == erasures.fingerprint and not has_expired(old, new)

    for old in kept(published):
        if not may_be_kept(old):
            old.unlink()
    if published.is_file() and number > 0 and may_be_kept(published):
        name = folder / f"{build_of(published).build_id}.duckdb"
        name.unlink(missing_ok=True)
        try:
            os.link(published, name)
        except OSError:  # a file system without hard links
            files.copy(published, name)
    for old in kept(published)[: -number or None]:
        old.unlink()
    files.sync(folder)


def build_of(published: Path) -> Build:
    """The build that a published file came from; of one without the table ``meta_build`` only its time is known."""
    with duckdb.connect(str(published), read_only=True) as connection:
        if has_table(connection, "meta_build"):
            found = connection.execute("from meta_build where outcome = 'published' order by build_id desc limit 1")
            names = [column[0] for column in found.description or ()]
            row = dict(zip(names, found.fetchall()[0], strict=True))
            moments = {name: row[name].isoformat(timespec="milliseconds") for name in ("started_at", "finished_at")}
            return Build(**row | moments)
    written = datetime.fromtimestamp(published.stat().st_mtime, UTC)
    return Build(_id(written), _iso(written), PUBLISHED, _iso(written))


def newest_kept(published: Path) -> Path:
    """The kept file to which ``rollback`` returns. Raises ``FileNotFoundError`` where none is kept."""
    if not kept(published):
        raise FileNotFoundError(f"no earlier file than {published} is kept (an erasure removes them all)")
    return kept(published)[-1]


def rollback(published: Path, *, to: str | None = None, wait: bool = True, say: Callable[[str], None] = print) -> str:
    """Put the newest kept file in the place of the published one, and return the build that it came from.

    The file that was published is gone then: build again to have it back. Raises ``FileNotFoundError`` where none is
    kept, or where the newest is not that of build ``to``.
    """
    with exclusive(state_folder(published) / "lock", wait=wait, say=say):
        target = newest_kept(published)
        if to not in (None, target.stem):
            raise FileNotFoundError(f"the file of build {to} is not the newest one any more that is kept")
        now = _now()
        files.replace(target, published)
        History(published).write(
            Build(_new_id(), now, ROLLED_BACK, now, problem=f"back to {target.stem}", lernhaus_version=__version__)
        )
        return target.stem


def _now() -> str:
    return _iso(datetime.now(UTC))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00")


def _id(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S%fZ")


def _new_id() -> str:
    """An id that sorts by time; builds take turns, so no two are of one microsecond."""
    return _id(datetime.now(UTC))


def _commit(folder: Path) -> str | None:
    """The commit of the folder, with ``+`` behind it where its files differ; none where it is not under git."""
    if shutil.which("git") is None:
        return None
    answers = [
        subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
        for arguments in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    ]
    if any(answer.returncode for answer in answers):
        return None
    return answers[0].stdout.strip() + ("+" if answers[1].stdout else "")
