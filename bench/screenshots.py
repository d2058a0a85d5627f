"""Pictures of the report for the README: pages of the published file, as a browser shows them, in docs/img/."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from lernhaus.report import make_report

LARGEST = 200_000  # bytes of a picture
WIDTH, HEIGHT = 1200, 800
# picture, page, figure at the top (none: the head of the page), screen
PICTURES: tuple[tuple[str, str, str | None, Literal["light", "dark"]], ...] = (
    ("report-growth", "growth", None, "light"),
    ("report-course-health", "course_health", "course_heat", "light"),
    ("report-engagement", "engagement", "engagement_bands", "dark"),
    ("report-risk", "risk", "risk_bands", "light"),
    ("report-forum", "forum", "forum_topics", "light"),
)


def main() -> None:
    """Take the pictures; ends with 1 where there is no Chromium or a picture is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    published = os.environ.get("LERNHAUS_PUBLISHED") or "published/lernhaus.duckdb"
    parser.add_argument("--database", type=Path, default=Path(published), help="the file to take pictures of")
    parser.add_argument("--out", type=Path, default=Path("docs/img"), help="the folder to write to")
    chosen = parser.parse_args()
    chromium = os.environ.get("LERNHAUS_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("no Chromium on the path: install it, or name it in LERNHAUS_CHROMIUM")
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "report"
        make_report(chosen.database, site, ["en"])
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture, page_name, figure, scheme in PICTURES:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
            page.goto((site / f"{page_name}.html").as_uri())
            page.wait_for_selector("html[data-drawn]")
            if figure:
                page.locator(f"#{figure}").evaluate("figure => figure.scrollIntoView()")
            file = chosen.out / f"{picture}.png"
            page.screenshot(path=file)
            page.close()
            if file.stat().st_size > LARGEST:
                sys.exit(f"{file} has more than {LARGEST:,} bytes")
            print(f"{file}: {file.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
