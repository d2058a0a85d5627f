"""``python -m bench.risk``: print the evidence for the risk scores and write it into docs/model-card.md."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import duckdb

from bench import measure
from bench.evidence import Evidence, read
from bench.risk import page, pictures, published

TENTHS = """
    select as_of_day, avg(said) as said, avg(happened) as happened
    from (
        select
            as_of_day,
            fail_or_withdraw_probability as said,
            did_fail_or_withdraw::integer as happened,
            ntile(10) over (partition by as_of_day order by fail_or_withdraw_probability, enrollment_key) as tenth
        from risk_backtest
        where protocol = ?
    )
    group by as_of_day, tenth
    order by as_of_day, tenth
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option(
    "--warehouse",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="oulad.duckdb",
    help="A warehouse built from OULAD, as `make oulad` leaves it.",
)
def main(warehouse: Path) -> None:
    """Evaluate the risk scores on OULAD: the tables of the build, and models on the protocols of published work."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        evidence = Evidence(read(connection, "risk_evaluation", "protocol", "as_of_day"))
        tenths = connection.execute(TENTHS, [page.PROTOCOL]).df()
        campus = published.Campus(connection)
        found = [*published.next_run(campus), *published.course_share(campus)]
        weeks = campus.rows([7 * week for week in published.WEEKS])
        found += published.next_week(weeks)
        beside = published.next_week(weeks, published.PROTECTED)
        protected = published.protected(campus)
    with TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "bench.risk.whole", warehouse.resolve())
        cost = measure.run(command, Path(folder) / "whole.log")
    goals = [*page.goals(evidence, found), *page.cost_goals(cost)]
    for what, figure, goal, met in goals:
        click.echo(f"{'met' if met else 'MISSED':<7} {what}: {figure} ({goal})")
    text = page.PAGE.read_text(encoding="utf-8")
    text = page.insert(text, "figures", page.figures_block(evidence, goals))
    text = page.insert(text, "groups", page.groups_block(evidence, protected))
    text = page.insert(text, "published", page.published_block([*found, *beside]))
    page.PAGE.write_text(text, encoding="utf-8")
    written = [page.PAGE, *pictures.draw(page.PICTURES, page.PROTOCOL, evidence, tenths)]
    click.echo(f"\nWritten: {', '.join(map(str, written))}")


if __name__ == "__main__":
    main()
