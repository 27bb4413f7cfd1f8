"""The report in a real browser, opened from disk: nothing is asked for, and the numbers are the summary's."""

from __future__ import annotations

import csv
import json
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from multipolar.report.argument import write_argument
from multipolar.report.live import can_be_live
from multipolar.report.write import write_result
from toy_study import toy_summary

pytestmark = pytest.mark.browser

MOST = 3_000_000


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    found = toy_summary(6)
    found["scenarios"][1]["title"] = "A union</script><script>throw 1</script>"
    return found


@pytest.fixture(scope="module")
def report(summary: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_result(summary, folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def argument(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def claim(number: int, theme: str, verdict: str, share: float) -> dict[str, Any]:
        part = {"id": "p", "name": "a gain", "value": 0.4, "lo": 0.1, "hi": 0.7, "unit": "USD bn a year"}
        part |= {"threshold": 0.2, "above": True, "probability": share}
        readings = [{"id": str(i), "title": f"reading {i}", "probability": share, "parts": [part]} for i in range(2)]
        rest = {"left_out": None, "measured_from_files": [], "as_shipped": [], "shipped_verdict": None}
        rest |= {"reason": None, "depends_on": None, "rule": "above 0.2", "notes": [], "data": ["made up"]}
        found = {
            "id": number,
            "theme": theme,
            "claim": f"Claim {number}",
            "proposition": "It is so",
            "verdict": verdict,
        }
        flips = [{"parameter": "a cost", "by": "a line through the draws", "value": 0.1, "unit": "fraction"}]
        shares = {"supported": 0.9, "refuted": 0.1}
        readings = [{**r, "reason": None, "statistic": part, "verdict": verdict} for r in readings]
        more = {"statistic": part, "probability": share, "readings": readings, "flips_at": flips, "shares": shares}
        nearly = {"share": 0.88, "draws": 9, "draws_needed": 9, "line": 0.9, "standard_error": 0.1}
        near = [{"reading": "1", **nearly, "verdict": "supported"}]
        return {**found, **more, **rest, "near": near if share == 0.88 else []}

    claims = [claim(1, "trade", "supported", 1.0), claim(2, "trade", "refuted", 0.0), claim(3, "hold", "depends", 0.88)]
    folder = tmp_path_factory.mktemp("argument")
    content = {
        "schema": 1,
        "study": "argument",
        "title": "An argument",
        "about": "Made up.",
        "version": "0",
        "world": "w",
    }
    content |= {"cut_off": "2009-06-15", "draws": 9, "seed": 1, "files": [], "claims": claims, "scorecard": []}
    write_argument(content, folder)
    return folder / "report.html"


@pytest.fixture
def opened(chromium: Any, need: Callable[[bool, str, str], None]) -> Iterator[Callable[..., Any]]:
    """Open a file with no network; whatever else is asked for, and any error, fails the test."""
    need(can_be_live(), "browser", "the live part of reports is not built; run `make web`")
    made: list[Any] = []
    wrong: list[str] = []

    def go(file: Path, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, offline=True, **options)
        context.set_default_timeout(20_000)
        made.append(context)
        page = context.new_page()
        address = file.as_uri()
        page.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or wrong.append(r.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.goto(address)
        return page

    yield go
    for context in made:
        context.close()
    assert wrong == []


def shown(page: Any, code: str) -> str:
    return page.locator(f".bars td[data-code='{code}']").first.inner_text()


def signed(value: float) -> str:
    size = abs(value)
    text = f"{size:.2f}" if size >= 0.095 else f"{size:.3f}"
    return f"{'−' if value < 0 else '+'}{text}"


def test_map_and_bars_show_the_numbers_of_the_summary(opened, report: Path, summary: dict[str, Any]) -> None:
    page = opened(report)
    page.wait_for_selector("#explore .land[data-code='KAZ'] path", state="attached")
    for place, scenario in enumerate(summary["scenarios"]):
        page.get_by_label("Scenario", exact=True).select_option(str(place))
        for measure in ("real_income_pct", "real_income_usd_bn"):
            page.get_by_label("Measure", exact=True).select_option(label=_label(page, measure))
            expected = signed(scenario["economies"]["KAZ"][measure]["value"])
            assert shown(page, "KAZ") == expected
            assert expected in page.locator(".land[data-code='KAZ']").get_attribute("aria-label")


def _label(page: Any, measure: str) -> str:
    return {"real_income_pct": "Real income, %", "real_income_usd_bn": "Real income, USD bn"}[measure]


def test_pointing_says_value_band_and_source_and_keys_reach_every_economy(opened, report: Path) -> None:
    page = opened(report)
    land = page.locator(".land[data-code='RUS']")
    land.dispatch_event("pointermove", {"clientX": 700, "clientY": 400})
    said = page.locator(".tip").inner_text()
    assert "Economy RUS: real income" in said and "nine draws in ten" in said and "6 draws, seed 7, world toy" in said
    page.locator(".land[tabindex='0']").focus()
    reached = {page.evaluate("document.querySelector('.live').shadowRoot.activeElement.dataset.code")}
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp") * 3:
        page.keyboard.press(key)
        reached.add(page.evaluate("document.querySelector('.live').shadowRoot.activeElement.dataset.code"))
    assert len(reached) > 1
    page.keyboard.press("Enter")
    page.wait_for_selector("text=scenario by scenario: real income")


def test_bars_are_sorted_by_a_click(opened, report: Path) -> None:
    page = opened(report)
    table = page.locator(".bars table").first

    def column(number: int) -> list[str]:
        return [row.strip() for row in table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()]

    first = column(1)
    table.get_by_role("button", name="Economy", exact=True).click()
    assert column(1) == sorted(first, key=str.casefold) != first
    table.locator("thead .num button").click()
    values = [float(v.replace("−", "-")) for v in column(3)]
    assert values == sorted(values, reverse=True)
    table.locator("thead .num button").click()
    table.locator("thead .num button").click()
    assert column(1) == first


@pytest.mark.parametrize(
    ("chart", "column", "holds"),
    [
        (".mapbox", "code", {"RUS", "KAZ", "CHN"}),
        (".bars", "code", {"RUS", "KAZ", "CHN"}),
        (".bars:has(.sum)", "part", {"terms of trade", "together"}),
    ],
    ids=["map", "bars", "waterfall"],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_saved_as_they_look(
    opened, report: Path, chart: str, column: str, holds: set[str], theme: str, tmp_path
) -> None:
    page = opened(report, color_scheme=theme)
    page.wait_for_selector("#explore .land[data-code='KAZ'] path", state="attached")
    box = page.locator(chart).first
    files = {}
    for kind in ("SVG", "PNG", "CSV"):
        with page.expect_download() as saved:
            box.get_by_role("button", name=f"as {kind}").click()
        files[kind] = tmp_path / saved.value.suggested_filename
        saved.value.save_as(files[kind])
    root = ET.parse(files["SVG"]).getroot()
    paper = "rgb(26, 32, 41)" if theme == "dark" else "rgb(255, 255, 255)"
    assert root[0].tag.endswith("rect") and root[0].get("fill") == paper
    texts = [node for node in root.iter() if node.tag.endswith("text")]
    assert texts and all(node.get("fill") and "system-ui" in node.get("font-family", "") for node in texts)
    assert not any({"class", "style"} & set(node.attrib) or "var(" in str(node.attrib) for node in root.iter())
    head = files["PNG"].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (2 * float(root.get("width", 0)), 2 * float(root.get("height", 0)))
    rows = list(csv.DictReader(files["CSV"].read_text(encoding="utf-8").splitlines()))
    assert holds <= {row[column] for row in rows}


LONG = "A union of everybody who could be asked in time, with one tariff, one border and a long name in every chart"


@pytest.fixture(scope="module")
def long_winded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose names are too long for any column."""
    found = toy_summary(6)
    for place, scenario in enumerate(found["scenarios"]):
        scenario["title"] = f"{LONG}, number {place}"
    found["economies"][0]["name"] = "The Most Serene and United Islands of the Northern and the Southern Sea"
    folder = tmp_path_factory.mktemp("long-winded")
    write_result(found, folder)
    return folder / "report.html"


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("text")].map((node) => [node.textContent, node.getBoundingClientRect()]);
  const sheet = document.documentElement.getBoundingClientRect();
  const cut = boxes.filter(([, b]) => b.left < 0 || b.top < 0 || b.right > sheet.width || b.bottom > sheet.height);
  const over = boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4
  ).map(([other]) => [one, other]));
  return [cut.map(([text]) => text), over];
}"""
"""Words that leave the sheet, and pairs of words that lie on each other."""


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        (0, ["Real income, change in percent", "5th to 95th percentile of 6 draws (seed 7)", "nine draws in ten"]),
        (1, ["Scenario", f"{LONG}, number 1", "5th to 95th percentile of 6 draws (seed 7)", "nine draws in ten"]),
        (2, ["by cause", "Percent of baseline income", "Part"]),
        ("map", ["Real income, change in percent, most likely", "−0.005 to +0.005", "Boundaries: Natural Earth"]),
    ],
    ids=["bars", "scenarios", "waterfall", "map"],
)
def test_a_saved_picture_stands_alone_and_cuts_no_word(opened, long_winded: Path, chart, says, tmp_path) -> None:
    page = opened(long_winded)
    page.wait_for_selector("#explore .land[data-code='KAZ'] path", state="attached")
    page.get_by_label("Economy", exact=True).select_option("KAZ")
    box = page.locator("#explore .mapbox") if chart == "map" else page.locator("#explore .bars").nth(chart)
    with page.expect_download() as saved:
        box.get_by_role("button", name="as SVG").click()
    file = tmp_path / "picture.svg"
    saved.value.save_as(file)
    picture = opened(file)
    assert picture.evaluate(OVERLAPS) == [[], []]
    said = " ".join(picture.locator("text").all_text_contents())
    for words in (*says, "Source: multipolar", "world toy"):
        assert words in said


def test_columns_of_a_table_say_measure_and_unit(opened, report: Path, tmp_path) -> None:
    page = opened(report)
    page.get_by_label("Measure", exact=True).select_option(label="Real income, USD bn")
    with page.expect_download() as saved:
        page.locator("#explore .bars").first.get_by_role("button", name="as CSV").click()
    head = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()[0]
    stem = "real_income_change_usd_billion"
    assert head == f"code,economy,{stem},{stem}_5th_percentile,{stem}_95th_percentile"
    page.get_by_label("Economy", exact=True).select_option("KAZ")
    assert page.locator("#explore .bars thead th button").first.inner_text() == "Economy"
    assert page.locator("#explore .bars").nth(1).locator("thead th button").first.inner_text() == "Scenario"


def test_without_javascript_the_sentences_and_tables_are_there(opened, report: Path) -> None:
    page = opened(report, java_script_enabled=False)
    assert not page.locator("#explore").is_visible()
    for heading in ("In short", "At a glance", "Scenario by scenario", "Sources"):
        assert page.get_by_role("heading", name=heading, exact=True).is_visible()


def test_print_leaves_out_what_only_a_screen_can_use(opened, report: Path) -> None:
    page = opened(report, color_scheme="dark")
    page.emulate_media(media="print")
    for gone in (".zoom", ".exports", ".theme", ".pickers"):
        assert not page.locator(gone).first.is_visible()
    assert page.locator("#explore .map").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 50_000


def test_a_sheet_of_paper_is_wide_enough_and_keeps_together_what_belongs_together(
    opened, report: Path, argument: Path
) -> None:
    """A page wider than the sheet would be shrunk as a whole by the browser."""
    sheet = 673  # A4 less the margins of `@page`, in CSS pixels
    whole = {report: (".together", "figure", "#explore .mapbox", ".causes"), argument: ("figure", ".claim > p")}
    for file, parts in whole.items():
        page = opened(file)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": sheet, "height": 987})
        assert page.evaluate("document.documentElement.scrollWidth") <= sheet
        for part in parts:
            assert page.locator(part).first.evaluate("n => getComputedStyle(n).breakInside") == "avoid", part
        for heading in ("h2", "h3"):
            assert page.locator(f"main {heading}").first.evaluate("n => getComputedStyle(n).breakAfter") == "avoid"
    tables = opened(report).locator(
        "#scenarios .together > h3 ~ .scroll > table, #causes .together > h3 ~ .scroll > table"
    )
    assert tables.count() >= 2


def test_numbers_of_three_digits_have_room_before_the_sources(opened, report: Path) -> None:
    """What stands left of a list is cut at the edge of the section on paper."""
    page = opened(report)
    page.emulate_media(media="print")
    room, needed = page.locator("ol.sources").evaluate(
        """list => {
            const pen = document.createElement("canvas").getContext("2d");
            const style = getComputedStyle(list);
            pen.font = `${style.fontSize} ${style.fontFamily}`;
            return [parseFloat(style.paddingLeft), pen.measureText("100. ").width];
        }"""
    )
    assert room > needed > 10


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["study", "claims"])
def test_axe_has_no_serious_finding(opened, report: Path, argument: Path, kind: str, theme: str, need) -> None:
    axe = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
    need(axe.is_file(), "browser", "no axe-core; run `make web`")
    page = opened(report if kind == "study" else argument, color_scheme=theme)
    page.wait_for_selector("#explore .card", state="attached")
    page.wait_for_timeout(400)
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = {
        f["id"]: [n["html"][:160] for n in f["nodes"]][:3] for f in found if f["impact"] in ("serious", "critical")
    }
    assert serious == {}


def test_light_and_dark_are_switched_in_page_and_map(opened, report: Path) -> None:
    page = opened(report, color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.live')).getPropertyValue('--card').trim()")
        == "#1a2029"
    )


def test_nothing_is_wider_than_a_telephone(opened, report: Path, argument: Path) -> None:
    for file in (report, argument):
        page = opened(file)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_claims_are_chosen_by_verdict_and_theme(opened, argument: Path) -> None:
    page = opened(argument)
    page.get_by_role("radio", name="refuted (1)").check()
    assert (
        page.locator("#explore article.claim", has_text="It would turn with a cost")
        .all_inner_texts()[0]
        .startswith("2. Claim 2")
    )
    assert page.locator("#explore article.claim").count() == 1
    page.get_by_role("radio", name="All").first.check()
    page.get_by_role("radio", name="hold", exact=True).check()
    said = page.locator("#explore article.claim").inner_text()
    assert "near its threshold" in said and "reading 1: 88.0% of 9 draws hold; at 90%" in said


def test_a_claim_with_lines_of_its_own_says_them(opened, argument: Path, tmp_path: Path) -> None:
    content = json.loads((argument.parent / "summary.json").read_text())
    content["claims"][0]["shares"] = {"supported": 0.6667, "refuted": 0.3333}
    write_argument(content, tmp_path)
    cards = opened(tmp_path / "report.html").locator("#explore article.claim").all_inner_texts()
    assert ["supported from 67% of the draws on, refuted up to 33%" in card for card in cards] == [True, False, False]


def test_what_was_not_drawn_holds_or_not_and_has_no_share_of_draws(opened, argument: Path, tmp_path: Path) -> None:
    content = json.loads((argument.parent / "summary.json").read_text())
    for claim in content["claims"][1:]:
        for reading in claim["readings"]:
            reading["probability"] = 0.0
            for part in reading["parts"]:
                part.update(lo=None, hi=None, probability=0.0)
        claim.update(probability=0.0, verdict="depends", near=[])
    write_argument(content, tmp_path)
    page = opened(tmp_path / "report.html")
    cards = page.locator("#explore article.claim").all_inner_texts()
    assert "100% of draws" in cards[0] and "holds in 100% of draws, in its weakest reading" in cards[0]
    assert all("does not hold" in card and "% of draws" not in card for card in cards[1:])
    assert "holds in 100% of draws" in page.locator("#claim-1").first.inner_text()
    assert "% of draws" not in page.locator("#claim-3").first.inner_text()
    with page.expect_download() as saved:
        page.locator("#explore").get_by_role("button", name="as SVG").click()
    said = " ".join(ET.fromstring(Path(saved.value.path()).read_text(encoding="utf-8")).itertext())
    assert "100%  supported" in said and "depends" not in said
    assert "Not shown: 2 claims that cannot be tested, or whose weakest reading" in " ".join(said.split())
    with page.expect_download() as saved:
        page.locator("#explore").get_by_role("button", name="as CSV").click()
    rows = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()[1:]
    assert [row.rsplit(",", 1)[1] for row in rows] == ["1", "1", "", "", "", ""]


def test_a_file_stays_within_its_size(report: Path, argument: Path) -> None:
    assert max(file.stat().st_size for file in (report, argument)) < MOST
