"""Pages in a headless Chromium: what they show, say and ask for. Skips where there is no Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Warehouse
from playwright.sync_api import Browser, Page, sync_playwright

from lernhaus.sample import generate

WIDE, NARROW = 1440, 390


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the one of LERNHAUS_CHROMIUM, or the one on the path."""
    named = os.environ.get("LERNHAUS_CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    executable = next(filter(None, found), None)
    if executable is None:
        pytest.skip("no Chromium on the path: `make test-browser` installs it where it may, or set LERNHAUS_CHROMIUM")
    with sync_playwright() as playwright:
        # as root, as in most containers, Chromium has no sandbox
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page, with what it wrote to the console and what it asked for."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def outside(self) -> list[str]:
        """What the page asked for that is neither a file on this disk nor in the page itself."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]

    def violations(self) -> list[str]:
        """What axe-core finds on the page that is serious or critical."""
        self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']}: {violation['help']}: {json.dumps([node['target'] for node in violation['nodes']])}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
        ]


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Opens a file as a page: ``visit(path, width=1440, scheme="light", fragment="")``."""
    contexts = []

    def open_page(path: Path, *, width: int = WIDE, scheme: str = "light", fragment: str = "") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True, offline=True
        )
        contexts.append(context)
        visit = Visit(context.new_page())
        visit.page.on("console", lambda message: visit.messages.append(f"{message.type}: {message.text}"))
        visit.page.on("pageerror", lambda error: visit.messages.append(f"error: {error}"))
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        visit.page.goto(path.resolve().as_uri() + fragment)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A small campus as `lernhaus build` builds and publishes it, into ``published/`` of its folder."""
    extracts = tmp_path_factory.mktemp("extracts")
    generate(extracts, learners=120, days=130)
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), extracts)
    places = {
        "LERNHAUS_EXTRACTS": extracts,
        "LERNHAUS_DATABASE": warehouse.database,
        "LERNHAUS_PUBLISHED": warehouse.folder / "published" / "lernhaus.duckdb",
        "PYTHONPATH": PROJECT,
    }
    folders = ["--target-path", warehouse.folder / "target", "--log-path", warehouse.folder / "logs"]
    built = subprocess.run(
        [sys.executable, "-m", "lernhaus.cli", "build", *folders],
        cwd=PROJECT,
        env=os.environ | {name: str(place) for name, place in places.items()},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return warehouse


@pytest.fixture(scope="session")
def published(request: pytest.FixtureRequest) -> Path:
    """The published file of the small campus, or the one that LERNHAUS_TEST_PUBLISHED names."""
    if named := os.environ.get("LERNHAUS_TEST_PUBLISHED"):
        return Path(named)
    warehouse: Warehouse = request.getfixturevalue("warehouse")
    return warehouse.folder / "published" / "lernhaus.duckdb"
