"""``docs/performance.md`` from the results: figures by rule, sentences from the template ``performance.md.jinja``."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.campus import MEMORY_LIMIT
from bench.measure import PROJECT, Run, median, ratio
from bench.results import Results

PAGE = PROJECT / "docs" / "performance.md"
TEMPLATES = Path(__file__).parent
REFERENCE, CORE, WHOLE, UNSCORED, AGAIN = (
    "plain DuckDB",
    "dbt core models",
    "dbt build",
    "dbt build without scores",
    "dbt build, nothing new",
)

# below, a build is dbt's own share and little else, whether there is news or not
SMALLEST_OF_A_SHARE = 1_000_000

Measure = Literal["wall_seconds", "cpu_seconds"]
MEASURES: tuple[Measure, Measure] = ("wall_seconds", "cpu_seconds")


@dataclass(frozen=True)
class Goal:
    """A bound that a figure is to keep, both in ``unit``; ``cpu`` is the same figure in CPU time, if it has one."""

    name: str
    bound: float
    figure: float
    unit: str
    cpu: float | None = None

    @property
    def is_met(self) -> bool:
        return self.figure <= self.bound


def values(runs: Sequence[Run], measure: Measure) -> list[float]:
    """Return one measure of each run."""
    return [run[measure] for run in runs]


def net(runs: Sequence[Run], cut: Sequence[Run], measure: Measure) -> list[float]:
    """Return, round by round, what was taken beyond the run on the cut files: the work on the data alone."""
    return [run - base for run, base in zip(values(runs, measure), values(cut, measure), strict=True)]


def model_building(runs: dict[str, list[Run]], measure: Measure) -> float:
    """Return how many times as long dbt's core models work on the data as the hand-written DuckDB script."""
    return ratio(
        net(runs[CORE], runs[f"{CORE}, cut"], measure), net(runs[REFERENCE], runs[f"{REFERENCE}, cut"], measure)
    )


def goals(results: Results) -> list[Goal]:
    """Return the goals of the parts that were measured, with their figures."""
    found = []
    if "oulad" in results:
        runs = results["oulad"]["runs"]

        def times(name: str, measure: Measure) -> float:
            return ratio(values(runs[name], measure), values(runs[REFERENCE], measure))

        found += [
            Goal(
                "OULAD: building the core models, to plain DuckDB",
                1.3,
                model_building(runs, "wall_seconds"),
                "x",
                model_building(runs, "cpu_seconds"),
            ),
            *(
                Goal(
                    f"OULAD: {what} with its tests, to plain DuckDB",
                    2.5,
                    times(name, "wall_seconds"),
                    "x",
                    times(name, "cpu_seconds"),
                )
                for what, name in (("`dbt build` without the scores", UNSCORED), ("the whole `dbt build`", WHOLE))
            ),
            Goal(
                "OULAD: a build without news, to the first build",
                25,
                100 * ratio(values(runs[AGAIN], "wall_seconds"), values(runs[WHOLE], "wall_seconds")),
                "%",
                100 * ratio(values(runs[AGAIN], "cpu_seconds"), values(runs[WHOLE], "cpu_seconds")),
            ),
            Goal("OULAD: peak memory of the whole `dbt build`", 2.5, median(runs[WHOLE])["peak_mb"] / 1e3, "GB"),
        ]
    for name, site in _sites(results, "no-change"):
        if site["statements"] < SMALLEST_OF_A_SHARE:
            continue
        share = {measure: 100 * _growth(site["first_build"], site["runs"], measure) for measure in MEASURES}
        found.append(
            Goal(
                f"{name} events: a build without news, to the first build",
                25,
                share["wall_seconds"],
                "%",
                share["cpu_seconds"],
            )
        )
    if "new-day" in results:
        (small, one), (large, other) = _sites(results, "new-day")
        slope = {measure: ratio(values(other["runs"], measure), values(one["runs"], measure)) for measure in MEASURES}
        found.append(
            Goal(
                f"one new day at {large} events, to one at {small}",
                1.5,
                slope["wall_seconds"],
                "x",
                slope["cpu_seconds"],
            )
        )
    if "events" in results:
        (small, one), (large, other) = _sites(results, "events")
        growth = {measure: _growth(one["first_build"], other["first_build"], measure) for measure in MEASURES}
        found += [
            Goal(
                f"first build of {large} events, to that of {small}",
                12,
                growth["wall_seconds"],
                "x",
                growth["cpu_seconds"],
            ),
            Goal(f"{large} events: peak memory of the first build", 8, _peak_gb(other["first_build"]), "GB"),
            Goal(f"{large} events: peak memory of the generation", 8, _peak_gb(other["generation"]), "GB"),
        ]
    return found


def _sites(results: Results, part: str) -> list[tuple[str, Results]]:
    """The campuses of a part by name, the smaller one first."""
    sites = {name: site for name, site in results.get(part, {}).items() if name != "circumstances"}
    return sorted(sites.items(), key=lambda item: item[1]["statements"])


def _growth(first: Sequence[Run], second: Sequence[Run], measure: Measure) -> float:
    """How many times the median of the first runs the median of the second is."""
    return median(second)[measure] / median(first)[measure]


def _peak_gb(runs: Sequence[Run]) -> float:
    return median(runs)["peak_mb"] / 1e3


def summary(results: Results) -> str:
    """Return the goals and their figures as lines for a terminal."""
    found = goals(results)
    width = max((len(goal.name) for goal in found), default=0)
    return "\n".join(
        f"{'  ok' if goal.is_met else 'MISS'}  {goal.name:<{width}}  {goal.figure:6.2f} {goal.unit:<2}"
        f" (at most {goal.bound:g})" + (f", CPU {goal.cpu:.2f} {goal.unit}" if goal.cpu is not None else "")
        for goal in found
    )


def render(results: Results) -> str:
    """Return the page; a part that was never measured is left out."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown
    )
    environment.filters["seconds"] = lambda seconds: f"{seconds:,.1f} s" if seconds < 100 else f"{seconds:,.0f} s"
    environment.filters["number"] = lambda number, digits=0: f"{number:,.{digits}f}"
    environment.globals.update(
        {
            "median": median,
            "ratio": lambda runs, base, measure: ratio(values(runs, measure), values(base, measure)),
            "net": lambda runs, cut, measure: statistics.median(net(runs, cut, measure)),
        }
    )
    sites = {part: _sites(results, part) for part in ("events", "no-change", "new-day")}
    return environment.get_template("performance.md.jinja").render(
        results=results, goals=goals(results), sites=sites, memory_limit=MEMORY_LIMIT
    )
