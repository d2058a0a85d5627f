"""The command line: ``lernhaus sample``, ``lernhaus build`` and ``lernhaus summary``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click

from lernhaus import __version__
from lernhaus.publish import publish, summarize

PROJECT_FILE = "dbt_project.yml"
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Lernhaus, the open learning-analytics warehouse."""


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
    type=click.IntRange(min=1),
    help="Add post_labels/, what raters think of so many of the posts.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("extracts"),
    show_default=True,
    help="Folder to write the sub-folders oneroster/ and xapi/ into.",
)
def sample(
    learners: int,
    days: int,
    seed: int,
    intensity: float,
    first_year: int | None,
    streams: int | None,
    daily: int,
    moodle: int | None,
    labels: int | None,
    out: Path,
) -> None:
    """Generate the extracts of a sample campus: OneRoster CSV drops and xAPI statements."""
    from lernhaus.sample import generate
    from lernhaus.sample.labels import write_labels
    from lernhaus.sample.moodle import write_log

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
            progress=click.echo,
        )
    except (FileExistsError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(
        f"{out}: {campus.learners:,} learners, {campus.course_runs:,} course runs, {campus.enrollments:,} enrollments, "
        f"{campus.statements:,} statements, {campus.posts:,} posts"
    )
    if moodle:
        log = write_log(out / "moodle", learners=moodle, days=days, seed=seed)
        click.echo(f"{out / 'moodle'}: {len(log['files'])} log exports")
    if labels:
        truth = json.loads((out / "sample_truth.json").read_text("utf-8"))
        if "posts" not in truth:
            raise click.UsageError("a campus of this size does not list its posts, so they cannot be labelled")
        try:
            rated = write_labels(out / "post_labels", truth["posts"], count=labels, seed=seed)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        click.echo(f"{out / 'post_labels'}: {sum(file['records'] for file in rated['files']):,} labels")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("dbt_arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def build(context: click.Context, dbt_arguments: tuple[str, ...]) -> None:
    """Build the warehouse from the extracts, test it, and publish it if all tests pass.

    DBT_ARGUMENTS are handed to `dbt build`; those that build a part are refused. Where LERNHAUS_EXTRACTS is not set
    and the folder extracts/ is absent or empty, the sample campus is generated first.
    """
    from lernhaus.dbt_runner import run_dbt

    begun = time.monotonic()
    project = _project()
    os.environ.setdefault("DBT_PROFILES_DIR", str(project))
    _refuse_partial_build(dbt_arguments)
    extracts = Path("extracts")
    if not os.environ.get("LERNHAUS_EXTRACTS") and not (extracts.exists() and any(extracts.iterdir())):
        context.invoke(sample, out=extracts, learners=300, days=250, seed=1)
    result = run_dbt(["build", *dbt_arguments])
    if not result.success:
        click.echo("The build failed; the published file is as it was.", err=True)
        sys.exit(1)
    published = _path_from_environment("LERNHAUS_PUBLISHED", "published/lernhaus.duckdb")
    publish(_path_from_environment("LERNHAUS_DATABASE", "lernhaus.duckdb"), published)
    _print_summary(published, time.monotonic() - begun)


@main.command()
@click.argument("published", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def summary(published: Path | None) -> None:
    """Print the tables of a published file (by default the one of LERNHAUS_PUBLISHED) and how to open it."""
    published = published or _path_from_environment("LERNHAUS_PUBLISHED", "published/lernhaus.duckdb")
    if not published.is_file():
        raise click.ClickException(f"{published} is not there: run `lernhaus build` first")
    _print_summary(published)


if __name__ == "__main__":
    main()
