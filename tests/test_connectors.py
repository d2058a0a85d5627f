"""Every staging folder fills the contract and turns off with its system; the guide shows the contract as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT

STAGING = PROJECT / "models" / "staging"
SYSTEMS = sorted(path.name for path in STAGING.iterdir() if path.is_dir())
GUIDE = PROJECT / "docs" / "add-a-source.md"


def contract() -> dict[str, dict[str, Any]]:
    """The conformed models by entity, as their YAML declares them."""
    files = sorted((PROJECT / "models" / "conformed").glob("*.yml"))
    return {model["name"]: model for path in files for model in yaml.safe_load(path.read_text("utf-8"))["models"]}


def columns_under(entity: dict[str, Any], test: str) -> list[str]:
    """The columns that a test of an entity names."""
    tests = [entry[test]["arguments"]["columns"] for entry in entity["data_tests"] if test in entry]
    return [column for columns in tests for column in columns]


@pytest.mark.parametrize("system", SYSTEMS)
def test_staging_folder_fills_every_entity(system: str) -> None:
    needed = {f"stg_{system}__{entity}.sql" for entity in [*contract(), "quarantine", "reconciliation"]}
    found = {path.name for path in (STAGING / system).iterdir()}
    assert needed | {f"_{system}__sources.yml"} <= found


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_that_is_off_has_no_models(system: str) -> None:
    switch = f"'{system}' in var('source_systems')"
    files = [path for path in (STAGING / system).iterdir() if path.suffix == ".sql" or "__sources" in path.name]
    seeds = [path for path in (PROJECT / "seeds").glob("*.yml") if path.stem.startswith(f"map_{system}_")]
    assert [path.name for path in files + seeds if switch not in path.read_text("utf-8")] == []


def table(page: Path, header: str) -> list[list[str]]:
    """The rows of the Markdown table with this header, without backticks."""
    rows = page.read_text("utf-8").partition(header)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def test_guide_shows_the_contract() -> None:
    expected = []
    for name, entity in contract().items():
        grain, filled = columns_under(entity, "grain"), columns_under(entity, "filled")
        types = {column["name"]: column["data_type"] for column in entity["columns"]}
        optional = [column for column in types if column not in grain + filled]
        cells = [", ".join(f"{column} {types[column]}" for column in columns) for columns in (grain, filled, optional)]
        expected.append([name, *cells])
    assert sorted(table(GUIDE, "| entity | its key | never null | may be null |")) == sorted(expected)


def test_guide_names_files_that_are_there() -> None:
    named = re.findall(r"`((?:models|seeds|macros|tests|lernhaus)/[\w./]+\.\w+)`", GUIDE.read_text("utf-8"))
    assert len(named) > 5
    assert [name for name in named if not (PROJECT / name).is_file()] == []
