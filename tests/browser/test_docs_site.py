"""The data dictionary as `make docs` writes it: opened from disk, with nothing but what is in its folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import PROJECT, Warehouse

from lernhaus import stars_page

from .conftest import Visit, Visitor

COLIBRI = PROJECT / ".tools" / "colibri" / "bin" / "colibri"
# the lineage graph as dbt's page holds it
GRAPH = "angular.element(document.querySelector('[ng-app]') ?? document.body).injector().get('graph')"


@pytest.fixture(scope="module")
def site(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    made = warehouse.dbt("docs", "generate", "--static")
    assert made.success, made.exception
    shutil.copy(warehouse.folder / "target" / "static_index.html", folder / "index.html")
    (folder / "stars.html").write_text(stars_page.page(PROJECT), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def columns(warehouse: Warehouse, site: Path) -> Path:
    """The folder that the lineage of columns is written to; its page lies beside the dictionary."""
    if not COLIBRI.is_file():
        pytest.skip("the tool for the lineage of columns is not installed: `make test-browser` does it")
    target = warehouse.folder / "target"
    files = ["--manifest", str(target / "manifest.json"), "--catalog", str(target / "catalog.json")]
    command = [
        str(COLIBRI),
        "generate",
        "--disable-telemetry",
        "--light",
        *files,
        "--output-dir",
        str(target / "colibri"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stdout + done.stderr
    shutil.copy(target / "colibri" / "index.html", site / "columns.html")
    return target / "colibri"


def failures(visit: Visit) -> list[str]:
    """Errors of scripts, and files that are not there.

    Not those of dbt's own page whose address is a template that is not filled in: ``{{ getIcon(...) }}``, ``${...}``.
    """
    files = {url.removeprefix("file://").partition("#")[0] for url in visit.requests if url.startswith("file://")}
    missing = [name for name in files if "%7B" not in name and not Path(unquote(name)).is_file()]
    wrong = [message for message in visit.messages if message.startswith("error:")]
    of_images = ("error: Failed to load resource", "error: Unsafe attempt to load URL")
    return [*missing, *(message for message in wrong if not message.startswith(of_images))]


def test_dictionary_opens_from_disk(visit: Visitor, site: Path) -> None:
    opened = visit(site / "index.html", fragment="#!/overview")
    page = opened.page
    page.get_by_role("heading", name="Where to start").wait_for()
    page.get_by_role("heading", name="The bus matrix").wait_for()
    # tables are as wide as the panel or less
    widths = page.evaluate(
        "[...document.querySelectorAll('table')].map(table => [table.offsetWidth, table.parentElement.offsetWidth])"
    )
    assert widths
    assert [table for table, panel in widths if table > panel] == []
    assert page.get_by_role("link", name="columns.html").get_attribute("href") == "columns.html"
    assert page.get_by_role("link", name="pictures").get_attribute("href") == "stars.html"
    for section in ("Sources", "Exposures", "Metrics"):
        assert page.locator(".menu", has_text=section).first.is_visible()
    assert opened.outside() == []
    assert failures(opened) == []


def test_table_shows_what_its_columns_mean(visit: Visitor, site: Path) -> None:
    opened = visit(site / "index.html", fragment="#!/model/model.lernhaus.fct_enrollment_week")
    page = opened.page
    page.get_by_text("One row per enrollment and course week").first.wait_for()
    assert page.get_by_text("Days of the week with an interaction, 0 to 7.").first.is_visible()
    assert failures(opened) == []


def test_lineage_of_the_attention_list_goes_back_to_the_sources(visit: Visitor, site: Path) -> None:
    opened = visit(site / "index.html", fragment="#!/overview?g_v=1&g_i=%2Brpt_learner_attention")
    page = opened.page
    page.locator("canvas").first.wait_for()
    page.wait_for_function(f"{GRAPH}.graph.elements?.length > 0")
    edges = page.evaluate(
        f"{GRAPH}.graph.elements.filter(e => e.group == 'edges').map(e => [e.data.source, e.data.target])"
    )
    reached, found = set(), {"model.lernhaus.rpt_learner_attention"}
    while found:
        reached |= found
        found = {source for source, target in edges if target in found} - reached
    for step in ("engagement_week", "risk_enrollment", "fct_daily_activity", "interaction", "stg_xapi__interaction"):
        assert f"model.lernhaus.{step}" in reached
    assert "source.lernhaus.xapi.statement" in reached
    assert "source.lernhaus.oneroster.enrollment" in reached
    assert failures(opened) == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_stars_are_drawn_and_lead_to_the_dictionary(visit: Visitor, site: Path, width: int, scheme: str) -> None:
    opened = visit(site / "stars.html", width=width, scheme=scheme)
    page = opened.page
    assert page.locator("svg").count() == 8
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # no text is wider than its box, or on top of another one
    assert (
        page.evaluate(
            """[...document.querySelectorAll('svg text.type')].filter(type => {
            const name = type.previousElementSibling.getBoundingClientRect();
            return name.right > type.getBoundingClientRect().left;
        }).map(type => type.previousElementSibling.textContent)"""
        )
        == []
    )
    assert opened.violations() == []
    assert opened.outside() == []
    page.locator("#fct_post ~ .wide").first.get_by_text("dim_course_run", exact=True).click()
    page.get_by_text("One row per course run").first.wait_for()


def test_column_goes_back_to_what_it_is_made_of(columns: Path) -> None:
    made = json.loads((columns / "colibri-manifest.json").read_text("utf-8"))
    parents: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in made["lineage"]["edges"]:
        target = (edge["target"], edge["targetColumn"])
        parents.setdefault(target, set()).add((edge["source"], edge["sourceColumn"]))
    reached, found = set(), {("model.lernhaus.rpt_course_week", "interaction_count")}
    while found:
        reached |= found
        found = {parent for column in found for parent in parents.get(column, set())} - reached
    assert ("model.lernhaus.fct_enrollment_week", "interaction_count") in reached
    assert ("model.lernhaus.stg_xapi__interaction", "interaction_count") in reached


@pytest.mark.usefixtures("columns")
def test_lineage_of_columns_opens_from_disk(visit: Visitor, site: Path) -> None:
    opened = visit(site / "columns.html")
    opened.page.get_by_placeholder("Filter models...").first.wait_for()
    assert opened.outside() == []
    assert failures(opened) == []
