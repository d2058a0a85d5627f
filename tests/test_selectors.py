"""The slices of the warehouse that `dbt build --selector` knows: each is what its name says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT
from dbt.cli.main import dbtRunner

SLICES = {
    "staging": {"models/staging", "seeds", "snapshots"},
    "conformed": {"models/conformed"},
    "stars": {"models/marts/core"},
    "nlp": {"python_models/nlp", "models/marts/core", "models/marts/reporting"},
    "engagement": {"python_models/engagement"},
    "risk": {"python_models/risk"},
    "growth": {"models/marts/growth"},
    "reporting": {"models/marts/reporting"},
    "published": {
        "models/marts/core",
        "models/marts/growth",
        "models/marts/reporting",
        "models/meta",
        "python_models/engagement",
        "python_models/nlp",
        "python_models/risk",
    },
}


@pytest.fixture(scope="module")
def ls(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """What `dbt ls --selector` lists, of a project that is parsed once."""
    target = str(tmp_path_factory.mktemp("target"))
    folders = ["--target", "lint", "--target-path", target, "--log-path", target]
    settings = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), *folders]
    parsed = dbtRunner().invoke(["parse", "--quiet", *settings])
    assert parsed.success, parsed.exception

    def ls(name: str) -> list[dict[str, Any]]:
        keys = ["--output", "json", "--output-keys", "resource_type", "original_file_path"]
        listed = dbtRunner(manifest=parsed.result).invoke(["ls", "--quiet", "--selector", name, *keys, *settings])
        assert listed.success, listed.exception
        return [json.loads(line) for line in listed.result]

    return ls


def test_every_slice_is_tried_here() -> None:
    selectors = yaml.safe_load((PROJECT / "selectors.yml").read_text("utf-8"))["selectors"]
    assert {selector["name"] for selector in selectors} == {*SLICES, "warehouse", "unit_tests"}
    assert all(selector["description"] for selector in selectors)


@pytest.mark.parametrize("name", SLICES)
def test_slice_has_what_it_says_and_no_unit_tests(ls: Callable[[str], list[dict[str, Any]]], name: str) -> None:
    listed = ls(name)
    made = [Path(one["original_file_path"]) for one in listed if one["resource_type"] in ("model", "seed", "snapshot")]
    folders = {part for path in made for part in SLICES[name] if path.is_relative_to(part)}
    assert folders == SLICES[name]
    assert [path for path in made if not any(path.is_relative_to(part) for part in folders)] == []
    assert "test" in {one["resource_type"] for one in listed}
    assert "unit_test" not in {one["resource_type"] for one in listed}
