"""``python -m bench.nlp``: evaluate, merge the figures into ``bench/nlp/results.json`` and ``docs/nlp.md``."""

from __future__ import annotations

import importlib
import os
from dataclasses import asdict
from pathlib import Path

import click
import duckdb

from bench.measure import PROJECT
from bench.nlp import EVALUATIONS, DataMissing, Figure, page
from bench.results import ProcessorTime, load, merge, save, surroundings

RESULTS = PROJECT / "bench" / "nlp" / "results.json"
PACKAGES = ("vaderSentiment", "py3langid", "textblob-de", "scikit-learn", "pyarrow")


def real_data() -> Path:
    """Return the folder of real data: LERNHAUS_REAL_DATA, or its place beside the project."""
    return Path(os.environ.get("LERNHAUS_REAL_DATA") or PROJECT.parent / "shared" / "data")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", default=",".join(EVALUATIONS), metavar="NAMES", help="Evaluations, separated by commas.")
@click.option("--page-only", is_flag=True, help="Write the page from the results there are, evaluate nothing.")
@click.option(
    "--warehouse",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A built sample campus: also write what the queries of the page print.",
)
def main(only: str, page_only: bool, warehouse: Path | None) -> None:
    """Evaluate the text features; prints a table and writes the figures of docs/nlp.md.

    What lacks its data is skipped, and its last results are kept.
    """
    chosen = only.split(",")
    if unknown := sorted(set(chosen) - set(EVALUATIONS)):
        raise click.UsageError(f"no such evaluation: {', '.join(unknown)}; there are {', '.join(EVALUATIONS)}")
    for name in [] if page_only else chosen:
        click.echo(f"{name} ...")
        begun = ProcessorTime.now()
        try:
            figures: list[Figure] = importlib.import_module(f"bench.nlp.{name}").evaluate(real_data())
        except DataMissing as missing:
            click.echo(f"skipped {name}: {missing} (set LERNHAUS_REAL_DATA)")
            continue
        found = {name: {"figures": [asdict(figure) for figure in figures]}}
        save(RESULTS, merge(load(RESULTS), found, surroundings(begun, PACKAGES)))
    results = load(RESULTS)
    page.write(results)
    if warehouse:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            page.PAGE.write_text(page.answer(page.PAGE.read_text(encoding="utf-8"), connection), encoding="utf-8")
    click.echo(f"\n{page.summary(results)}\n\nWritten: {RESULTS}, {page.PAGE}")


if __name__ == "__main__":
    main()
