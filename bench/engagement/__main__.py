"""``python -m bench.engagement``: print the evidence for the engagement index and write it into docs/engagement.md."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from bench.engagement import attention, page, pictures, weights
from bench.evidence import Evidence, read
from lernhaus.engagement.engagement_week import DEFAULT_WEIGHTS


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option(
    "--warehouse",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="oulad.duckdb",
    help="A warehouse built from OULAD, as `make oulad` leaves it.",
)
def main(warehouse: Path) -> None:
    """Evaluate the engagement index on OULAD: its weights on the runs of 2013, the rest on those of 2014."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        evidence = Evidence(read(connection, "engagement_validation", "cohort", "course_week"))
        ((version,),) = connection.execute("select distinct engagement_version from engagement_validation").fetchall()
        candidates = weights.search(connection)
    best = candidates[0].weights
    if best != dict(DEFAULT_WEIGHTS):
        raise click.ClickException(f"the best weights are {best}, the default ones are {dict(DEFAULT_WEIGHTS)}")
    found = page.goals(evidence)
    for what, figure, goal, met in found:
        click.echo(f"{'met' if met else 'MISSED':<7} {what}: {figure} ({goal})")
    text = page.PAGE.read_text(encoding="utf-8")
    text = page.insert(text, "weights", page.weights_block(candidates))
    text = page.insert(text, "figures", page.figures_block(evidence, version))
    text = page.insert(text, "attention", page.attention_block(attention.replay(warehouse)))
    page.PAGE.write_text(text, encoding="utf-8")
    written = [page.PAGE, *pictures.draw(page.PICTURES, page.TESTED_ON, evidence)]
    click.echo(f"\nWritten: {', '.join(map(str, written))}")


if __name__ == "__main__":
    main()
