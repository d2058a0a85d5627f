"""The command line, ``lernhaus``."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import click
import duckdb

from lernhaus import __version__
from lernhaus.publish import Audit, BuildFailed, Busy, DbtOutcome, TableChange, newest_kept, summarize
from lernhaus.publish import build as build_and_publish
from lernhaus.publish import rollback as roll_back
from lernhaus.publish.compare import compare
from lernhaus.publish.erasing import (
    identities_of,
    learner_accounts,
    learners_in,
    loaded_systems,
    people_in,
    people_with_address,
    person_columns,
    systems_of_learners,
)
from lernhaus.publish.erasures import (
    ENVIRONMENT_VARIABLE,
    ERASURES_FILE,
    ErasureListError,
    Erasures,
    erasures_path,
    request,
)
from lernhaus.publish.export import FORMATS
from lernhaus.publish.export import export as export_tables
from lernhaus.publish.publish import STORAGE_VERSION, check_storage_version
from lernhaus.publish.status import Status, status_of

PROJECT_FILE = "dbt_project.yml"
EXIT_BUSY = 3
# what the commands are for, in the order in which they are needed
SECTIONS = {
    "Make": ["sample", "build"],
    "Look": ["status", "summary", "diff"],
    "Pass on": ["export", "report"],
    "Undo": ["rollback", "erase"],
}
DEFAULT_MEMORY_LIMIT = "2GB"  # as in profiles.yml
# parameters of `dbt build` that build a part of the warehouse, a part of its rows, or another file
PARTIAL_BUILD = {
    "select",
    "exclude",
    "selector",
    "resource_types",
    "exclude_resource_types",
    "empty",
    "sample",
    "event_time_start",
    "event_time_end",
    "target",
}


def _project() -> Path:
    """Return the project folder, the working directory; raise ``click.UsageError`` where it is none."""
    folder = Path.cwd()
    if not (folder / PROJECT_FILE).is_file():
        raise click.UsageError(f"{folder} holds no {PROJECT_FILE}: run this in the folder of the project")
    return folder


def _refuse_partial_build(dbt_arguments: tuple[str, ...]) -> None:
    """Raise ``click.UsageError`` where the arguments, as dbt itself reads them, do not build the whole warehouse."""
    from dbt.cli.main import build as dbt_build

    parameters = dbt_build.make_context("build", list(dbt_arguments)).params
    refused = [p for p in dbt_build.params if p.name in PARTIAL_BUILD and parameters[p.name]]
    if refused:
        options = ", ".join(max(parameter.opts, key=len) for parameter in refused)
        raise click.UsageError(
            f"only a complete build is published, and {options} would not give one: run plain `dbt build` for parts"
        )


def _path_from_environment(variable: str, default: str) -> Path:
    """Return the path in an environment variable; one that is empty counts as not set."""
    return Path(os.environ.get(variable) or default)


def _print_summary(published: Path, seconds: float | None = None) -> None:
    tables = summarize(published)
    width = max(len(table.name) for table in tables)
    click.echo()
    for table in tables:
        click.echo(f"  {table.name:<{width}}  {table.rows:>12,} rows")
    total = sum(table.rows for table in tables)
    took = f" in {seconds:.0f} s" if seconds is not None else ""
    megabytes = published.stat().st_size / 1e6
    click.echo(f"\n{published}: {len(tables)} tables, {total:,} rows, {megabytes:.1f} MB{took}. Open it with\n")
    click.echo(f"  duckdb -readonly {published}")
    click.echo(
        f"  python -c \"import duckdb; duckdb.connect('{published}', read_only=True).sql('show tables').show()\""
    )


def _summary(published: Path) -> dict[str, Any]:
    """What there is in a published file, for programs."""
    tables = summarize(published)
    return {
        "published": str(published),
        "byte_count": published.stat().st_size,
        "row_count": sum(table.rows for table in tables),
        "tables": {table.name: table.rows for table in tables},
    }


def _print_json(found: Any) -> None:
    click.echo(json.dumps(found, indent=2, default=str))


class _Commands(click.Group):
    """The commands in the order in which they are needed, with what their end says to the shell."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for names in SECTIONS.values() for name in names if name in self.commands]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for section, names in SECTIONS.items():
            known = [(name, self.commands[name].get_short_help_str(200)) for name in names if name in self.commands]
            with formatter.section(section):
                formatter.write_dl(known)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except duckdb.IOException as error:
            raise click.ClickException(
                f"{error}\nName a DuckDB file that no other program is writing to (LERNHAUS_PUBLISHED is the one that "
                "people read)."
            ) from error
        except OSError as error:  # it names the file; a closed pipe is for click to end
            if error.errno == errno.EPIPE:
                raise
            raise click.ClickException(str(error)) from error


class _BusyError(click.ClickException):
    exit_code = EXIT_BUSY


_quiet = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON, for programs.")


def _teller(silent: bool) -> Callable[[str], None]:
    """What tells people of progress: prints, or is silent."""
    return (lambda message: None) if silent else click.echo


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Lernhaus, the open learning-analytics warehouse.

    Run in the folder of the project. To begin, `lernhaus build` makes a sample campus, builds the warehouse from it,
    and publishes the file that people read. Each command has more to say: lernhaus COMMAND --help.

    \b
    Ends with  0  done
               1  failed; what was published before is untouched
               2  called wrongly
               3  another build is running, and --no-wait was asked for
    """


@main.command()
@click.option(
    "--learners", type=click.IntRange(min=2), default=300, show_default=True, help="How many learners at a time."
)
@click.option("--days", type=click.IntRange(min=14), default=250, show_default=True, help="How many days of school.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same files.")
@click.option(
    "--intensity",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Multiplies the visits; 5.4 gives about 330 events per enrollment.",
)
@click.option(
    "--first-year",
    type=click.IntRange(1990, 2100),
    help="The school opens on the first Monday of September; by default so that the days end in the year 2024/25.",
)
@click.option(
    "--streams",
    type=click.IntRange(1, 99),
    help="Files of statements per week, written in parallel; by default as many as the visits ask for.",
)
@click.option(
    "--daily",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Write the last so many days to files of their own: what came before stays as it is without them.",
)
@click.option(
    "--moodle",
    type=click.IntRange(min=2),
    help="Add moodle/, the logs of a small department of so many learners whose courses run on Moodle.",
)
@click.option(
    "--labels",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Add post_labels/, what raters think of so many of the posts.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("extracts"),
    show_default=True,
    help="Folder to write the sub-folders oneroster/ and xapi/ into.",
)
@_quiet
def sample(
    learners: int,
    days: int,
    seed: int,
    intensity: float,
    first_year: int | None,
    streams: int | None,
    daily: int,
    moodle: int | None,
    labels: int,
    out: Path,
    quiet: bool,
) -> None:
    """Generate the extracts of a sample campus: OneRoster CSV drops and xAPI statements."""
    from lernhaus.sample import generate
    from lernhaus.sample.moodle import write_log

    say = _teller(quiet)
    try:
        campus = generate(
            out,
            learners=learners,
            days=days,
            seed=seed,
            intensity=intensity,
            first_year=first_year,
            streams=streams,
            daily=daily,
            labels=labels,
            progress=say,
        )
    except (FileExistsError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    say(
        f"{out}: {campus.learners:,} learners, {campus.course_runs:,} course runs, {campus.enrollments:,} enrollments, "
        f"{campus.statements:,} statements, {campus.posts:,} posts"
    )
    if strangers := campus.faults.get("unknown_learner"):
        say(f"{strangers} of the statements are by learners whom no roster names: a build infers enrollments for them")
    if moodle:
        log = write_log(out / "moodle", learners=moodle, days=days, seed=seed)
        say(f"{out / 'moodle'}: {len(log['files'])} log exports")


def _warehouse() -> Path:
    return _path_from_environment("LERNHAUS_DATABASE", "lernhaus.duckdb")


def _published() -> Path:
    return _path_from_environment("LERNHAUS_PUBLISHED", "published/lernhaus.duckdb")


def _path_for_dbt(database: Path) -> str:
    """Return the path of a database as dbt-duckdb can read it: from the working folder on, where it lies in it.

    Raises ``click.UsageError`` where dbt-duckdb takes that for a web address, or DuckDB the whole path.
    """
    path = str(database.relative_to(Path.cwd()) if database.is_relative_to(Path.cwd()) else database)
    if urlparse(path).path != path or "?" in str(database.absolute()):
        raise click.UsageError(
            f"{database.absolute()}: a database cannot be at this path, which is taken for a web address because of a "
            "?, # or ; in it; set LERNHAUS_DATABASE to another"
        )
    return path


def dbt_build(arguments: tuple[str, ...]) -> Callable[[Path], DbtOutcome]:
    """A ``dbt build`` with these arguments, of whatever file it is given."""

    def run(database: Path) -> DbtOutcome:
        from lernhaus.dbt_runner import environment, outcome_of, run_dbt

        settings = {
            "LERNHAUS_DATABASE": _path_for_dbt(database),
            ENVIRONMENT_VARIABLE: str(database.with_name(ERASURES_FILE)),
        }
        if os.environ.get("NO_COLOR"):
            settings["DBT_USE_COLORS"] = "false"  # dbt knows no NO_COLOR
        with environment(settings):
            return outcome_of(run_dbt(["build", *arguments]))

    return run


class MaxAge(click.ParamType[tuple[str | None, int]]):
    """An age in days, of one source system or of none."""

    name = "[SYSTEM=]DAYS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str | None, int]:
        system, _, days = str(value).rpartition("=")
        if not days.isdecimal():
            self.fail(f"{value!r} is neither a number of days nor SYSTEM=DAYS", param, ctx)
        return system or None, int(days)


def _storage_version(context: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        check_storage_version(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    return value


@main.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--max-row-loss",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    envvar="LERNHAUS_MAX_ROW_LOSS",
    help="Do not publish where a table has lost more than this share of its rows; 1 = never mind.",
)
@click.option(
    "--max-age-days",
    "max_ages",
    type=MaxAge(),
    multiple=True,
    envvar="LERNHAUS_MAX_AGE_DAYS",
    help="Do not publish where the latest activity is older, or with SYSTEM=DAYS the latest of a source system; any "
    "number of times, by default they may be of any age.",
)
@click.option(
    "--kept-files",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    envvar="LERNHAUS_KEPT_FILES",
    help="How many earlier published files are kept for `lernhaus rollback`.",
)
@click.option(
    "--storage-version",
    default=STORAGE_VERSION,
    callback=_storage_version,
    show_default=True,
    envvar="LERNHAUS_STORAGE_VERSION",
    help="The oldest DuckDB that can open the published file; v1.0.0 for older tools.",
)
@click.option("--keep", is_flag=True, help="Leave the file of a failed build beside the warehouse, as <name>.failed.")
@click.option("--no-wait", is_flag=True, help="Give up where another build is running, instead of waiting for it.")
@_quiet
@_as_json
@click.argument("dbt_arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def build(
    context: click.Context,
    max_row_loss: float,
    max_ages: tuple[tuple[str | None, int], ...],
    kept_files: int,
    storage_version: str,
    keep: bool,
    no_wait: bool,
    quiet: bool,
    as_json: bool,
    dbt_arguments: tuple[str, ...],
) -> None:
    """Build the warehouse from the extracts on a private copy, test it, and publish it if all is right.

    DBT_ARGUMENTS are handed to `dbt build`; those that build a part are refused. Where LERNHAUS_EXTRACTS is not set
    and the folder extracts/ is absent or empty, the sample campus is generated first. Readers of the published file
    see the old one until the new one is there; a build that fails or is killed changes nothing.
    """
    begun = time.monotonic()
    project = _project()
    os.environ.setdefault("DBT_PROFILES_DIR", str(project))
    _refuse_partial_build(dbt_arguments)
    _path_for_dbt(_warehouse())
    silent = quiet or as_json
    if silent:
        dbt_arguments = (*dbt_arguments, "--quiet")
    extracts = Path("extracts")
    if not os.environ.get("LERNHAUS_EXTRACTS") and not (extracts.exists() and any(extracts.iterdir())):
        context.invoke(sample, out=extracts, learners=300, days=250, seed=1, quiet=silent)
    try:
        changes = build_and_publish(
            _warehouse(),
            _published(),
            dbt_build(dbt_arguments),
            audit=Audit(
                max_row_loss,
                max_age_days=dict(max_ages).get(None),
                source_max_age_days={system: days for system, days in max_ages if system is not None},
            ),
            storage_version=storage_version,
            memory_limit=os.environ.get("LERNHAUS_MEMORY_LIMIT") or DEFAULT_MEMORY_LIMIT,
            kept_files=kept_files,
            keep_failed=keep,
            read_erasures=_erasures,
            wait=not no_wait,
            say=_teller(silent),
        )
    except Busy as error:
        raise _BusyError(f"{error}; wait for it, or leave out --no-wait") from error
    except BuildFailed as error:
        hint = "" if keep else " (--keep leaves the file of the build for a look)"
        raise click.ClickException(f"{error}\nThe build failed; the published file is as it was{hint}.") from error
    except KeyboardInterrupt as error:
        raise click.ClickException("interrupted; the published file is as it was") from error
    seconds = time.monotonic() - begun
    if as_json:
        changed = [asdict(change) for change in changes]
        _print_json({**_summary(_published()), "seconds": round(seconds, 1), "changes": changed})
    elif not quiet:
        _print_summary(_published(), seconds)
        _print_changes(changes)


def _secret() -> bytes:
    from dbt_common.exceptions import DbtRuntimeError

    from lernhaus.dbt_plugin import pseudonym_secret

    try:
        return pseudonym_secret()
    except DbtRuntimeError as error:
        raise click.ClickException(str(error)) from error


def _erasures(*, with_secret: bool = True) -> Erasures:
    try:
        return Erasures.read(erasures_path(), _secret() if with_secret else None)
    except ErasureListError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option(
    "--learner",
    "learners",
    multiple=True,
    metavar="SYSTEM:SOURCE_ID",
    help="A learner by source system and id there, such as oneroster:u-17; any number of times.",
)
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of learners, one SYSTEM:SOURCE_ID a line.",
)
@click.option("--only", is_flag=True, help="Not the other identities that belong to the same learner.")
def erase(learners: tuple[str, ...], file: Path | None, only: bool) -> None:
    """Request that learners or staff are erased: from the next build on nothing of them is anywhere.

    This is what GDPR Art. 17 asks for. With somebody in the warehouse go the other identities that it shows to be the
    same person: xAPI actors with an e-mail address that the roster has had for them, plain or as SHA-1. The list
    (LERNHAUS_ERASURES, by default erasures.jsonl) holds keyed digests, no ids. Keep it as you keep the pseudonym
    secret: builds need it while extracts hold these people.

    Of each id it says where it is known. One that is not known, or is of a source system that is off, is put on the
    list all the same, for extracts to come, and the command ends with 0; with a source system that does not exist
    nobody is put on it.
    """
    project = _project()
    try:
        named = [*learners, *(file.read_text(encoding="utf-8-sig").splitlines() if file else ())]
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8: {error}") from error
    systems = systems_of_learners(project)
    requested = list(dict.fromkeys(_learner(one, systems) for one in named if one.strip()))
    if not requested:
        raise click.UsageError("name a learner with --learner, or a --file of them")
    secret, before = _secret(), _erasures()
    places = {"the warehouse": _warehouse(), "the published file": _published()}
    accounts, columns = learner_accounts(project), person_columns(project)
    known = {name: learners_in(path, requested, secret, accounts) for name, path in places.items()}
    recorded = people_in(_warehouse(), requested, accounts, columns)
    loaded = loaded_systems(_warehouse())
    found = [] if only else identities_of(_warehouse(), requested, accounts, columns)
    namesakes = people_with_address(_warehouse(), requested, columns)
    try:
        identities = [*requested, *((one.source_system, one.name) for one in found)]
        added = request(erasures_path(), secret, identities, say=click.echo)
    except (ErasureListError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for learner in requested:
        told = [f"is in {name}" for name in places if learner in known[name]]
        if not told and learner in recorded:
            told.append(
                "is in the warehouse, but is no learner there: staff, or somebody to whom others did something (no "
                "published file says who they are; what staff posted is in it until the next build)"
            )
        told += ["was on the list before"] if before.is_erased(*learner) else []
        if loaded and learner[0] not in loaded:
            unknown = (
                f"is of a source system that is off: the warehouse has {', '.join(sorted(loaded))}. There is nothing "
                f"of it to erase; the list keeps it out of builds with {learner[0]}"
            )
        else:
            unknown = "is not known, neither to the warehouse nor to the published file. Is it spelt right?"
        click.echo(f"{':'.join(learner)} {', '.join(told) or unknown}", err=not told)
        for one in found:
            if one.of == learner:
                click.echo(f"  and {one.source_system or 'refused records with'}:{one.name} ({one.reason})")
        for person in namesakes.get(learner, []):
            if person not in requested:
                click.echo(
                    f"  but not {':'.join(person)}, who has this address: name them too, if it is the same person"
                )
    words = sum(one.source_system is None for one in added)
    click.echo(
        f"Put on the list {erasures_path()}: {len(added) - words} identities, and {words} words by which refused "
        "records are found. `lernhaus build` erases them; copies and exports that were made elsewhere have to be "
        "erased by hand, and so have the extracts."
    )


def _learner(text: str, systems: Sequence[str]) -> tuple[str, str]:
    system, separator, learner_id = text.strip().partition(":")
    if not (separator and system and learner_id):
        raise click.UsageError(f"expected SYSTEM:SOURCE_ID, such as oneroster:u-17, found {text!r}")
    if system not in systems:
        raise click.UsageError(f"there is no source system {system} that has learners; there are {', '.join(systems)}")
    return system, learner_id


def _print_changes(changes: list[TableChange]) -> None:
    if changes:
        width = max(len(change.table_name) for change in changes)
        click.echo("\nChanged since the last published build:\n")
        for change in changes:
            difference = change.rows_after - change.rows_before
            click.echo(f"  {change.table_name:<{width}}  {change.rows_after:>12,} rows  {difference:>+12,}")


@main.command()
@_as_json
def status(as_json: bool) -> None:
    """Print what is published, from which commit and extracts, how fresh it is, and how the last builds ended."""
    found = status_of(_published(), _erasures(with_secret=False))
    if as_json:
        _print_json(asdict(found))
    else:
        click.echo(_told(found))


def _told(found: Status) -> str:
    lines = []
    if found.build is None:
        lines.append(f"{found.published}: nothing is published; run `lernhaus build`")
    else:
        build = found.build
        lines += [
            f"{found.published}: {found.table_count} tables, {found.row_count:,} rows, {found.byte_count / 1e6:.1f} MB",
            f"  build {build.build_id}, {build.finished_at} UTC, lernhaus {build.lernhaus_version or 'unknown'}, "
            f"commit {build.code_commit or 'unknown'}",
            f"  {build.source_file_count or 0} extract files ({(build.extracts_hash or 'unknown')[:12]}), "
            f"{build.test_count or 0} tests passed, latest activity on {found.latest_activity_date or 'no day'}",
        ]
    if found.sources:
        lines += ["", "Sources:"]
        lines += [
            f"  {source.source_system:<12} {source.file_count:>5} files, latest date {source.latest_date or 'none'}, "
            f"last loaded at {source.loaded_at} UTC"
            for source in found.sources
        ]
    if found.erasure_count:
        state = "the next build erases them" if found.erasures_pending else "none of them is in the published file"
        lines += ["", f"To be erased: {found.erasure_count} identities; {state}."]
    if found.builds:
        lines += ["", "Last builds:"]
        lines += [
            f"  {build.started_at} UTC  {build.outcome}" + (f": {build.problem}" if build.problem else "")
            for build in found.builds
        ]
    if found.kept_builds:
        lines += ["", f"Kept for `lernhaus rollback`: {', '.join(found.kept_builds)}"]
    return "\n".join(lines)


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@_quiet
def rollback(yes: bool, quiet: bool) -> None:
    """Put the published file of the build before in the place of the present one."""
    try:
        to = newest_kept(_published()).stem
        question = f"The published file will be gone then. Put that of build {to} in its place?"
        if not yes:
            click.confirm(question, abort=True)
        build_id = roll_back(_published(), to=to, say=_teller(quiet))
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; `lernhaus status` lists those that are") from error
    _teller(quiet)(f"{_published()} is that of build {build_id} again.")


@main.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_as_json
@click.option("--exit-code", is_flag=True, help="End with 1 where the files differ.")
@click.pass_context
def diff(context: click.Context, before: Path, after: Path, as_json: bool, exit_code: bool) -> None:
    """Print what differs between two published files: rows added, removed and changed in each table."""
    found = compare(before, after)
    if as_json:
        _print_json([asdict(one) for one in found])
    elif not found:
        click.echo("All tables hold the same rows.")
    else:
        width = max(len(one.table_name) for one in found)
        for one in found:
            columns = [*(f"+{name}" for name in one.added_columns), *(f"-{name}" for name in one.removed_columns)]
            counts = f"{one.added_rows:>+10,}  {-one.removed_rows:>10,}  {one.changed_rows:>10,} changed"
            click.echo(f"{one.table_name:<{width}}  {counts}" + (f"  columns {' '.join(columns)}" if columns else ""))
    context.exit(1 if found and exit_code else 0)


@main.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to; one per table."
)
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True, help="Kind of file."
)
@_quiet
@_as_json
def export(out: Path, file_format: str, quiet: bool, as_json: bool) -> None:
    """Write the published tables as Parquet or CSV files, facts partitioned by year."""
    try:
        folders = export_tables(_published(), out, format=file_format)
    except (FileExistsError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        _print_json({"out": str(out), "format": file_format, "tables": [folder.name for folder in folders]})
    elif not quiet:
        click.echo(f"{out}: {len(folders)} tables")


@main.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write the pages into."
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to report on; by default the published one.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "de", "both"]),
    default="both",
    show_default=True,
    help="With both, English is at the top of the folder and German in de/.",
)
@_quiet
@_as_json
def report(out: Path, database: Path | None, language: str, quiet: bool, as_json: bool) -> None:
    """Write pages with pictures of the published file: open its index.html. They need no server and no network."""
    from lernhaus.report import LANGUAGES, OtherVersionError, make_report

    published = database or _published()
    try:
        made = make_report(published, out, LANGUAGES if language == "both" else (language,))
    except (FileExistsError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    except OtherVersionError as error:
        raise click.ClickException(
            f"{published} cannot be reported on: {error}\nBuild it anew with `lernhaus build`."
        ) from error
    if as_json:
        _print_json(asdict(made))
    elif not quiet:
        click.echo(f"{out}: {len(made.pages)} pages, {made.figure_count} figures with data. Open {out / 'index.html'}")
        if made.without_data:
            click.echo(f"Without data: {', '.join(made.without_data)}")


@main.command()
@click.argument("published", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_as_json
def summary(published: Path | None, as_json: bool) -> None:
    """Print the tables of a published file (by default the one of LERNHAUS_PUBLISHED) and how to open it."""
    published = published or _published()
    if not published.is_file():
        raise click.ClickException(f"{published} is not there: run `lernhaus build` first")
    if as_json:
        _print_json(_summary(published))
    else:
        _print_summary(published)


if __name__ == "__main__":
    main()
