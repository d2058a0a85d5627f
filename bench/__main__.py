"""``python -m bench``: measure, merge the results into ``bench/results.json``, write ``docs/performance.md``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import click

from bench import campus, oulad, overhead, page
from bench.measure import PROJECT
from bench.results import RESULTS, ProcessorTime, Results, circumstances, load, merge, save

PARTS = ("oulad", "overhead", "events", "no-change", "new-day")
CAMPUS_PARTS = ("events", "no-change", "new-day")
ROUNDS = {"small": 1, "standard": 3, "full": 3}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option(
    "--scale", type=click.Choice(list(campus.SCALES)), default="full", help="Sizes of the generated campuses."
)
@click.option("--only", default=",".join(PARTS), metavar="PARTS", help="Parts to measure, separated by commas.")
@click.option(
    "--rounds", type=click.IntRange(min=1), help="Rounds of everything that is repeated.  [default: by scale]"
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / "build" / "bench",
    help="Folder for extracts and databases; each part removes its own when it is done.",
)
@click.option("--page-only", is_flag=True, help="Write the page from the results there are, measure nothing.")
def main(scale: str, only: str, rounds: int | None, work: Path, page_only: bool) -> None:
    """Measure Lernhaus and write docs/performance.md."""
    if not page_only:
        chosen = only.split(",")
        if unknown := sorted(set(chosen) - set(PARTS)):
            raise click.UsageError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
        _measure(scale, chosen, rounds or ROUNDS[scale], work.resolve())
    results = load(RESULTS)
    page.PAGE.write_text(page.render(results), encoding="utf-8")
    click.echo(f"\n{page.summary(results)}\n\nWritten: {page.PAGE}")


def _measure(scale: str, chosen: list[str], rounds: int, work: Path) -> None:
    """Measure part by part, saving each when it is done."""

    def record(name: str, measure: Callable[[Path], Results]) -> None:
        folder = work / name
        if folder.exists():  # of a run that was interrupted
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        begun = ProcessorTime.now()
        found = measure(folder)
        save(RESULTS, merge(load(RESULTS), found, circumstances(scale, rounds, begun)))
        shutil.rmtree(folder)

    if "oulad" in chosen:
        if oulad.archive().is_file():
            record("oulad", lambda folder: {"oulad": oulad.measure(folder, rounds, click.echo)})
        else:
            click.echo(f"skipped oulad: there is no {oulad.archive()} (set OULAD_ZIP or LERNHAUS_REAL_DATA)")
    if "overhead" in chosen:
        record("overhead", lambda folder: {"overhead": overhead.measure(folder, rounds, click.echo)})
    if of_campuses := [part for part in chosen if part in CAMPUS_PARTS]:
        record("campus", lambda folder: campus.measure(scale, of_campuses, folder, rounds, click.echo))


if __name__ == "__main__":
    main()
