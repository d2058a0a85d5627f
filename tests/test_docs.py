"""The documentation says what the models are: the stars, the bus matrix, and the check for missing descriptions."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import PROJECT

from lernhaus.docs_coverage import gaps
from lernhaus.report.data import query_text, tables_read
from lernhaus.report.figure import Page
from lernhaus.report.pages import PAGES
from lernhaus.stars import Column, Table, bus_matrix, diagram, pages, stale, tables
from lernhaus.stars_page import star

FACTS = PROJECT / "models" / "marts" / "core" / "facts"
KEYS = {
    "learner": "learner_key",
    "learner version": "learner_version_key",
    "course run": "course_run_key",
    "activity": "activity_key",
    "assessment": "assessment_key",
    "demographics": "demographics_key",
}


def _columns_of_facts() -> dict[str, set[str]]:
    models = [model for path in FACTS.glob("*.yml") for model in yaml.safe_load(path.read_text("utf-8"))["models"]]
    return {model["name"]: {column["name"] for column in model["columns"]} for model in models}


def _bus_matrix(page: Path) -> dict[str, set[str]]:
    """The table that begins with the facts and their grains: for each fact the columns whose cells are not empty."""
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    header = next(line for line in lines if line.startswith("| fact: one row per |"))
    names = _cells(header)
    assert set(_cells(next(lines))) == {"---"}
    matrix: dict[str, set[str]] = {}
    for line in lines:
        if not line.startswith("|"):
            break
        row = dict(zip(names, _cells(line), strict=True))
        fact, _, grain = row.pop("fact: one row per").partition(": ")
        assert grain
        matrix[fact.strip("`")] = {name for name, cell in row.items() if cell}
    return matrix


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@pytest.mark.parametrize("page", ["README.md", "models/docs/overview.md", "docs/stars.md"])
def test_bus_matrix_is_that_of_the_models(page: str) -> None:
    expected = {
        fact: {name for name, key in KEYS.items() if key in columns}
        | ({"date"} if any(column.endswith("date_key") for column in columns) else set())
        for fact, columns in _columns_of_facts().items()
    }
    assert _bus_matrix(PROJECT / page) == expected


def test_pages_with_stars_show_the_models() -> None:
    assert stale(PROJECT) == []


def test_page_that_does_not_show_a_model_is_stale(tmp_path: Path) -> None:
    for folder in ("models", "docs"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    shutil.copy(PROJECT / "README.md", tmp_path)
    declared = tmp_path / "models" / "marts" / "core" / "facts" / "fct_post.yml"
    declared.write_text(declared.read_text("utf-8").replace("ref('dim_activity')", "ref('dim_topic')"), "utf-8")
    assert set(stale(tmp_path)) == set(pages(tmp_path))


def test_star_shows_each_declared_relationship() -> None:
    order = Table(
        "fct_order",
        "One row per order.",
        key=("order_key",),
        columns=(
            Column("order_key", "bigint", is_nullable=False),
            Column("ordered_day_key", "bigint", False, "dim_day", "day_key"),
            Column("paid_day_key", "bigint", True, "dim_day", "day_key"),
            Column("buyer_key", "bigint", False, "dim_buyer", "buyer_key"),
            Column("amount", "double", is_nullable=True),
        ),
        grain="order",
        fact_type="transaction",
    )
    day, buyer, shop = (
        Table(f"dim_{name}", "", (f"{name}_key",), (Column(f"{name}_key", "bigint", is_nullable=False),))
        for name in ("day", "buyer", "shop")
    )
    assert bus_matrix([order], [day, buyer, shop]).splitlines()[0] == "| fact: one row per | buyer | day |"
    assert bus_matrix([order], [day, buyer, shop]).splitlines()[2] == (
        "| `fct_order`: order (transaction) | ● | ordered, paid |"
    )
    drawn = diagram(order, [day, buyer, shop]).splitlines()
    assert drawn[1:4] == [
        '    dim_day ||--o{ fct_order : "ordered_day_key"',
        '    dim_day |o--o{ fct_order : "paid_day_key"',
        '    dim_buyer ||--o{ fct_order : "buyer_key"',
    ]
    assert "        bigint order_key PK" in drawn
    assert "        bigint buyer_key FK" in drawn
    assert "        bigint buyer_key PK" in drawn
    assert not [line for line in drawn if "dim_shop" in line]


def test_picture_of_a_star_has_a_line_for_each_key() -> None:
    facts, dimensions, bridges = (tables(PROJECT, kind) for kind in ("facts", "dimensions", "bridges"))
    for centre in (*facts, *bridges):
        drawn = star(centre, [*dimensions, *facts])
        assert [(line.column, line.to) for line in drawn.lines] == [(c.name, c.to) for c in centre.columns if c.to]
        assert [row.name for row in drawn.boxes[0].rows] == [c.name for c in centre.columns]
        places = sorted((box.x, box.y, box.y + box.height) for box in drawn.boxes)
        for (x, _, bottom), (below_x, top, _) in itertools.pairwise(places):
            assert x != below_x or bottom < top, f"boxes of {centre.name} lie on each other"


def test_every_fact_is_described_and_carries_the_enrollment() -> None:
    facts = _columns_of_facts()
    assert sorted(facts) == sorted(path.stem for path in FACTS.glob("*.sql"))
    assert [fact for fact, columns in facts.items() if "enrollment_key" not in columns] == []


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_exposure_of_a_report_page_names_what_the_page_reads(page: Page) -> None:
    exposures = yaml.safe_load((PROJECT / "models" / "_exposures.yml").read_text("utf-8"))["exposures"]
    (exposure,) = (exposure for exposure in exposures if exposure["name"] == f"report_{page.name}")
    named = {reference.split("'")[1] for reference in exposure["depends_on"]}
    queries = {figure.query_name for figure in page.figures} | ({f"{page.tiles}_tiles"} if page.tiles else set())
    with duckdb.connect() as parser:
        read = set().union(*(tables_read(parser, query_text(query)) for query in queries))
    models = {path.stem for pattern in ("models/**/*.sql", "python_models/**/*.py") for path in PROJECT.glob(pattern)}
    # publishing adds tables that no model makes
    assert read & models <= named


def _model(name: str, description: str, columns: dict[str, str], package: str = "lernhaus") -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "package_name": package,
        "description": description,
        "columns": {column: {"name": column, "description": text} for column, text in columns.items()},
        "config": {"materialized": "table"},
    }


def test_missing_descriptions_are_reported() -> None:
    models = [
        _model("fct_good", "One row per enrollment.", {"learner_key": "Key in `dim_learner`."}),
        _model("fct_bare", "", {"learner_key": "Key in `dim_learner`."}),
        _model("fct_parrot", "One row per post.", {"learner_key": "Learner key.", "post_key": ""}),
        _model("fct_hollow", "One row per day.", {}),
        _model("fct_echo", "One row per echo of a fct.", {"post_titles": "The title of the post."}),
        _model("not_ours", "", {"learner_key": ""}, package="other"),
    ]
    manifest = {
        "metadata": {"project_name": "lernhaus"},
        "nodes": {model["name"]: model for model in models},
        "sources": {
            "s": {
                "resource_type": "source",
                "source_name": "xapi",
                "name": "statements",
                "description": "Statements",
                "columns": {
                    "id": {"name": "id", "description": "Its id."},
                    "verb": {"name": "verb", "description": "IRI."},
                },
            }
        },
        "exposures": {"e": {"resource_type": "exposure", "name": "report_risk", "description": "The report on risks."}},
        "metrics": {"m": {"resource_type": "metric", "name": "posts", "description": "Texts that learners wrote."}},
        "semantic_models": {
            "t": {
                "resource_type": "semantic_model",
                "name": "topics",
                "description": "What posts are about.",
                "measures": [{"name": "topic_count", "description": None}],
            }
        },
    }
    assert gaps(manifest, PROJECT) == [
        "exposure report_risk: no description",
        "model fct_bare: no description",
        "model fct_echo.post_titles: no description",
        "model fct_hollow: no columns in its YAML",
        "model fct_parrot.learner_key: no description",
        "model fct_parrot.post_key: no description",
        "semantic_model topics.topic_count: no description",
        "source xapi.statements.id: no description",
        "source xapi.statements: no description",
    ]


def test_files_that_the_docs_say_to_write_stay_out_of_the_repository(tmp_path: Path) -> None:
    """Learners' data lies in them, and ids."""
    named = {
        name
        for page in [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
        for name in re.findall(
            r"(?:--out|--csv|--file|OULAD_ZIP=path/to/)[ ]?([a-z]\S*?)(?=[`\s])", page.read_text("utf-8")
        )
    }
    assert {"exported", "parquet", "csv", "answer.csv", "learners.txt", "anonymisedData.zip"} <= named
    shutil.copy(PROJECT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in named:
        (tmp_path / name).touch() if "." in name else (tmp_path / name).mkdir()
    ignored = subprocess.run(["git", "check-ignore", *named], cwd=tmp_path, capture_output=True, text=True).stdout
    assert set(ignored.split()) == named
