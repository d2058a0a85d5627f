"""The report in a browser: every figure with data, filters, downloads, both languages, no network, no barrier."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT
from playwright.sync_api import Browser, Page

from bench.screenshots import LARGEST as LARGEST_PICTURE
from bench.screenshots import PICTURES
from lernhaus.report import LANGUAGES, make_report
from lernhaus.report.pages import PAGES

from .conftest import NARROW, WIDE, Visit, Visitor

NAMES = [page.name for page in PAGES]
LARGEST = 3_000_000  # bytes of a page with all that it loads


@pytest.fixture(scope="module")
def site(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "site"
    make_report(published, folder)
    return folder


def _drawn(visit: Visit) -> Page:
    """The page, once its figures are drawn."""
    visit.page.wait_for_selector("html[data-drawn]")
    return visit.page


def _open(visit: Visitor, site: Path, name: str, language: str = "en", **options: object) -> Visit:
    path = site / f"{name}.html" if language == LANGUAGES[0] else site / language / f"{name}.html"
    visited = visit(path, **options)
    _drawn(visited)
    return visited


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_drawn_with_data(visit: Visitor, site: Path, name: str, language: str) -> None:
    visited = _open(visit, site, name, language)
    figures = visited.page.locator("section.figure")
    assert figures.count() == len(next(page for page in PAGES if page.name == name).figures)
    for figure in figures.all():
        title = figure.locator("h2").inner_text()
        if figure.locator(".absent").count():
            assert figure.locator(".absent").inner_text().strip(), title
            continue
        if figure.locator(".chart").count():
            assert int(figure.locator(".chart").get_attribute("data-rows") or 0) > 0, title
            assert figure.locator(".chart svg .role-mark:not(.mark-group) path").count() > 0, title
        assert figure.locator(".words").inner_text(), title
    assert visited.messages == []
    assert visited.outside() == []


@pytest.mark.parametrize("name", ["index", *NAMES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier(visit: Visitor, site: Path, name: str, scheme: str) -> None:
    visited = visit(site / f"{name}.html", scheme=scheme)
    if name != "index":
        page = _drawn(visited)
        if page.locator("#filter-course_run").count():
            page.select_option("#filter-course_run", index=1)
        for summary in page.locator("summary").all():
            if not summary.evaluate("node => node.parentNode.open"):
                summary.click()
    assert visited.violations() == []


@pytest.mark.parametrize("name", NAMES)
def test_downloads_are_the_tables(visit: Visitor, site: Path, name: str) -> None:
    page = _open(visit, site, name).page
    for figure in page.locator("section.figure:not(:has(.absent))").all():
        details = figure.locator("details.table")
        if not details.evaluate("node => node.open"):
            details.locator("summary").click()
        table = figure.locator("table").evaluate(
            "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
        )
        kinds = figure.locator("table").evaluate(
            "table => [...table.rows[0].cells].map(cell => cell.className === 'number')"
        )
        with page.expect_download() as download:
            figure.locator("button.download").click()
        text = Path(download.value.path()).read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) == len(table) > 1
        assert rows[0] == table[0]
        for row, shown in zip(rows[1:], table[1:], strict=True):
            for value, cell, is_number in zip(row, shown, kinds, strict=True):
                if is_number:
                    assert _same_number(value, cell), (value, cell)
                elif value[:4].isdigit() and value[4:5] == "-":
                    assert value[:4] in cell, (value, cell)
                else:
                    assert value.removeprefix("'") == cell or (value, cell) == ("", "–")


def _same_number(value: str, cell: str) -> bool:
    """Whether the cell shows the value, rounded as the table rounds."""
    if value == "":
        return cell == "–"
    shown = float(cell.replace(",", "").replace("−", "-").rstrip("%"))
    return abs(shown - float(value) * (100 if cell.endswith("%") else 1)) <= 0.0501


def test_formulas_are_harmless_in_downloads(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "growth").page
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"):
        assert page.evaluate("text => quoted(text)", text) == f"'{text}"
    assert page.evaluate("quoted('a \"b\", c')") == '"a ""b"", c"'


@pytest.mark.parametrize("name", [page.name for page in PAGES if any(figure.filters for figure in page.figures)])
def test_filters_choose_the_rows(visit: Visitor, site: Path, name: str) -> None:
    page = _open(visit, site, name).page
    if not page.locator("form.filters").count():  # the warehouse has nothing of this page
        assert page.locator("section.figure:not(:has(.absent))").count() == 0
        return
    run = page.locator("#filter-course_run option").nth(1).get_attribute("value")
    before = page.evaluate("figures.map(figure => JSON.stringify(figure.shown))")
    page.select_option("#filter-course_run", run)
    assert page.locator("#filter-course").input_value() != ""  # its course is chosen with it
    assert f"course_run={run}" in page.url
    page.wait_for_function(
        "figures.every(figure => !figure.filters.course_run || figure.shown.every("
        "row => row.course_run === choice.course_run))"
    )
    after = page.evaluate("figures.map(figure => JSON.stringify(figure.shown))")
    filtered = page.evaluate("figures.map(figure => Object.keys(figure.filters).length > 0)")
    for was, now, is_filtered in zip(before, after, filtered, strict=True):
        assert (was != now) == is_filtered
    page.select_option("#filter-course", "")
    assert page.locator("#filter-course_run").input_value() == ""
    page.wait_for_function("choice.course === null")
    assert page.evaluate("figures.map(figure => JSON.stringify(figure.shown))") == before


@pytest.mark.parametrize("name", NAMES)
def test_page_is_light(site: Path, name: str) -> None:
    for language in ("", "de/"):
        files = [site / f"{language}{name}.html", *(site / "assets").iterdir()]
        assert sum(file.stat().st_size for file in files) < LARGEST


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["index", *NAMES])
def test_nothing_runs_out_of_the_page(visit: Visitor, site: Path, name: str, width: int) -> None:
    visited = visit(site / f"{name}.html", width=width)
    if name != "index":
        _drawn(visited)
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_a_chart_is_cut(visit: Visitor, site: Path, name: str, language: str) -> None:
    page = _open(visit, site, name, language, width=NARROW).page
    cut = """[...document.querySelectorAll('.chart svg')].flatMap(svg => {
        const place = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const box = text.getBoundingClientRect();
            const isOut = box.left < place.left - 1 || box.right > place.right + 1;
            return box.width && getComputedStyle(text).opacity > 0 && (isOut || text.textContent.endsWith('…'));
        }).map(text => text.textContent);
    })"""
    assert page.evaluate(cut) == []
    # names and numbers at one axis do not touch
    touching = """[...document.querySelectorAll('.chart svg .role-axis-label')].flatMap(axis => {
        const labels = [...axis.querySelectorAll('text')].filter(text => text.getAttribute('opacity') > 0);
        const boxes = labels.map(text => text.getBoundingClientRect());
        const isOn = (one, other) => one.left < other.right && other.left < one.right
            && one.top + 3 < other.bottom && other.top + 3 < one.bottom;
        return labels.filter((_, place) => place && isOn(boxes[place - 1], boxes[place])).map(text => text.textContent);
    })"""
    assert page.evaluate(touching) == []


def test_dark_and_light_have_their_own_colours(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "growth").page
    colour = "document.querySelector('#growth_funnel svg .mark-rect path').getAttribute('fill')"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{colour} !== '{light}'")


def test_click_on_a_run_chooses_it(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "course_health").page
    mark = page.locator("#course_heat svg .mark-rect path").first
    mark.click()
    page.wait_for_function("choice.course_run !== null")
    assert page.locator("#filter-course_run").input_value() in page.url
    page.reload()
    page.wait_for_selector("html[data-drawn]")
    assert page.evaluate("choice.course_run") == page.locator("#filter-course_run").input_value() != ""


def test_choice_at_a_figure_holds_for_it(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "engagement").page
    weeks = page.locator("#engagement_distribution-course_week")
    words = page.locator("#engagement_distribution .words").inner_text()
    others = page.locator("#engagement_bands .words").inner_text()
    weeks.select_option(index=0)
    page.wait_for_function("figures.find(f => f.name === 'engagement_distribution').shown.every(r => !r.course_week)")
    assert page.locator("#engagement_distribution .words").inner_text() != words
    assert page.locator("#engagement_bands .words").inner_text() == others


@pytest.mark.parametrize(("language", "says"), [("en", "Withheld, since they"), ("de", "Nicht gezeigt, weil daraus")])
def test_groups_without_a_bar_are_named(visit: Visitor, site: Path, language: str, says: str) -> None:
    """One bar of an attribute tells nobody that there are others, which privacy withholds."""
    page = _open(visit, site, "risk", language).page
    groups: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for row in page.evaluate("figures.find(figure => figure.name === 'risk_groups').rows"):
        at = (row["course"] or "", row["attribute"], str(row["as_of_day"]))
        is_withheld = row["mean_fail_or_withdraw_probability"] is None
        groups.setdefault(at, ([], []))[is_withheld].append(row["attribute_value"])
    some = next(at for at, (told, withheld) in groups.items() if told and withheld)
    none = next(at for at, (told, withheld) in groups.items() if told and not withheld)
    for (course, attribute, day), end in ((some, f": {'; '.join(groups[some][1])}."), (none, "")):
        page.select_option("#filter-course", course)
        page.select_option("#risk_groups-attribute", attribute)
        page.select_option("#risk_groups-as_of_day", day)
        words = page.locator("#risk_groups .words").inner_text()
        assert all(group in words for group in groups[course, attribute, day][0])
        assert words.partition(says)[2].endswith(end) and (says in words) == bool(end)


def test_print_is_in_the_colours_of_paper(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "growth", scheme="dark").page
    fill = "document.querySelector('#growth_funnel svg .mark-rect path').getAttribute('fill')"
    dark = page.evaluate(fill)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(fill)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.emulate_media(media="screen", color_scheme="light")
    page.wait_for_function(f"{fill} !== '{dark}'")
    assert page.evaluate(fill) == printed != dark


def test_heat_maps_are_printed_in_the_colours_of_paper(visit: Visitor, site: Path) -> None:
    colours = """[...document.querySelectorAll('#course_heat svg .mark-rect path, #course_heat svg stop')]
        .map(mark => mark.getAttribute('fill') ?? mark.getAttribute('stop-color'))
        .filter(colour => colour.startsWith('rgb')).map(colour => colour.match(/\\d+/g).map(Number))"""
    light = _open(visit, site, "course_health").page.evaluate(colours)
    page = _open(visit, site, "course_health", scheme="dark").page
    dark = page.evaluate(colours)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(colours)
    assert len(light) == len(dark) == len(printed) > 10
    # where two shares have one colour on the dark screen, they have one on paper
    assert printed == [pytest.approx(colour, abs=4) for colour in light]
    assert not [one for one, other in zip(light, dark, strict=True) if one == pytest.approx(other, abs=4)]


def test_languages_lead_to_each_other(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "growth").page
    page.click("a.language")
    page.wait_for_selector("html[lang=de][data-drawn]")
    assert page.locator("h1").inner_text() == "Wachstum"
    page.click("a.language")
    page.wait_for_selector("html[lang=en][data-drawn]")


def test_pictures_are_taken_of_the_report(browser: Browser, published: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.screenshots", "--database", published, "--out", tmp_path]
    subprocess.run(command, check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)
    taken = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert taken.keys() == {f"{name}.png" for name, *_ in PICTURES}
    assert all(10_000 < size < LARGEST_PICTURE for size in taken.values())
    assert {file.name for file in (PROJECT / "docs" / "img").glob("report-*.png")} == taken.keys()


def test_everything_is_reached_by_keyboard(visit: Visitor, site: Path) -> None:
    page = _open(visit, site, "growth").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(e => e.id || e.className || e.tagName)(document.activeElement)"))
    assert {"filter-course", "filter-course_run", "SUMMARY", "download"} <= seen
