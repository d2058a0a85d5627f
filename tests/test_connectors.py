"""Every staging folder fills the contract and turns off with its system; the guide shows the contract as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, Warehouse

from lernhaus.dbt_runner import failures_of

STAGING = PROJECT / "models" / "staging"
SYSTEMS = sorted(path.name for path in STAGING.iterdir() if path.is_dir())
GUIDE = PROJECT / "docs" / "add-a-source.md"


def contract() -> dict[str, dict[str, Any]]:
    """The conformed models by entity, as their YAML declares them."""
    files = sorted((PROJECT / "models" / "conformed").glob("*.yml"))
    return {model["name"]: model for path in files for model in yaml.safe_load(path.read_text("utf-8"))["models"]}


def key(name: str) -> list[str]:
    """The columns that identify a row of an entity, as the head of its SQL says."""
    first = (PROJECT / "models" / "conformed" / f"{name}.sql").read_text("utf-8").splitlines()[0]
    return first.removeprefix(f"-- {name}.sql: grain = ").split(" x ")


def never_null(entity: dict[str, Any]) -> list[str]:
    """The columns of an entity that its test `filled` names."""
    tests = [entry["filled"]["arguments"]["columns"] for entry in entity.get("data_tests", []) if "filled" in entry]
    return [column for columns in tests for column in columns]


@pytest.mark.parametrize("system", SYSTEMS)
def test_staging_folder_fills_every_entity(system: str) -> None:
    needed = {f"stg_{system}__{entity}.sql" for entity in [*contract(), "quarantine", "reconciliation"]}
    found = {path.name for path in (STAGING / system).iterdir()}
    assert needed | {f"_{system}__sources.yml"} <= found


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_that_is_off_has_no_models(system: str) -> None:
    switches = [f"'{system}' in {systems}" for systems in ("source_systems()", "var('source_systems')")]
    files = [path for path in (STAGING / system).iterdir() if path.suffix == ".sql" or "__sources" in path.name]
    seeds = [path for path in (PROJECT / "seeds").glob("*.yml") if path.stem.startswith(f"map_{system}_")]
    assert [path.name for path in files + seeds if switches[path.suffix == ".yml"] not in path.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("systems", "shown"),
    [
        ("[]", "[]"),
        ("null", "null"),
        ("xapi", '"xapi"'),
        ("[xapi, xapi]", '["xapi", "xapi"]'),
        ("[xapi, 3]", '["xapi", 3]'),
    ],
)
def test_source_systems_that_are_no_list_of_names_stop_every_command(tmp_path: Path, systems: str, shown: str) -> None:
    result = Warehouse(tmp_path, tmp_path).dbt("parse", "--vars", f"{{source_systems: {systems}}}")
    assert f"The var source_systems is {shown}, expected a list of the source systems that are on" in str(
        result.exception
    )


def test_source_system_without_a_folder_is_named(tmp_path: Path) -> None:
    result = Warehouse(tmp_path, tmp_path).dbt("parse", "--vars", "{source_systems: [xapi, moodel]}")
    (failure,) = failures_of(result)
    assert re.search(r"has moodel, .* no model models/staging/moodel/stg_moodel__\w+\.sql$", failure)


def table(page: Path, header: str) -> list[list[str]]:
    """The rows of the Markdown table with this header, without backticks."""
    rows = page.read_text("utf-8").partition(header)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def test_guide_shows_the_contract() -> None:
    expected = []
    for name, entity in contract().items():
        grain, filled = key(name), never_null(entity)
        types = {column["name"]: column["data_type"] for column in entity["columns"]}
        optional = [column for column in types if column not in grain + filled]
        cells = [", ".join(f"{column} {types[column]}" for column in columns) for columns in (grain, filled, optional)]
        expected.append([name, *cells])
    assert sorted(table(GUIDE, "| entity | its key | never null | may be null |")) == sorted(expected)


def test_guide_names_files_that_are_there() -> None:
    named = re.findall(r"`((?:models|seeds|macros|tests|lernhaus)/[\w./]+\.\w+)`", GUIDE.read_text("utf-8"))
    assert len(named) > 5
    assert [name for name in named if not (PROJECT / name).is_file()] == []
