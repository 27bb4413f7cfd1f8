"""What a newcomer stumbles over: links that are not quite right, words that differ, things that move, the tab key."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from multipolar.cli import app

pytestmark = pytest.mark.browser

UNION = "build?m=RUS,KAZ,BLR&leader=RUS&draws=0"


def opened(page: Any, server: str, view: str) -> None:
    page.goto(f"{server}/#{view}")
    page.wait_for_selector("main .card")
    page.wait_for_selector("[aria-busy='true']", state="detached", timeout=120_000)


@pytest.mark.parametrize(
    ("link", "said", "corrected"),
    [
        (
            "build?m=RUS,KAZ&leader=USA&draws=0",
            "“USA” is not a member, so its tariff cannot be taken",
            "build?m=RUS,KAZ&",
        ),
        ("build?cost=9999", "“9999” is more than 30%: 30% is shown", "build?cost=30"),
        ("build?cost=abc", "“abc” is no number: 0% is shown", "build"),
        ("build?draws=2.5", "3 instead of 2.5", "build?draws=3"),
        ("build?m=RUS,XXX,DEU", "“DEU” is part of European Union of 27 (2009) (EUN) in this world", "build?m=RUS"),
        ("build?q=cut-short", "The scenario in the address cannot be read", "build"),
        ("build?club=guild&shine=1", "“shine” means nothing in an address of this page", "build"),
        ("holding?m=RUS,KAZ", "There is no view “holding”: Build is shown", "build?m=RUS,KAZ"),
        ("hold?m=RUS&pay=KAZ:1", "“KAZ:1” names no member", "hold?m=RUS"),
        (
            "hold?m=RUS,KAZ,BLR&level=500",
            "500 is beyond the end of the axis: 10.0% is shown",
            "hold?m=RUS,KAZ,BLR&level=0.1",
        ),
        ("orbits?poles=RUS,CHN,ZZZ", "Pole “ZZZ” is no economy of this world: it is left out", "orbits?poles=RUS,CHN"),
        ("argument?verdict=guilty", "Verdict “guilty” is unknown: every claim is shown", "argument"),
        ("argument?theme=cheese", "There is no theme “cheese” among these claims", "argument"),
    ],
)
def test_what_of_a_link_is_not_understood_is_said_and_put_right(
    page: Any, server: str, link: str, said: str, corrected: str
) -> None:
    opened(page, server, link)
    notice = page.locator("#notice[role='status']")
    notice.filter(has_text=said).wait_for()
    assert page.url.split("#")[1].startswith(corrected)
    page.get_by_role("button", name="Dismiss").click()
    assert notice.inner_text() == "" and page.evaluate("document.activeElement.id") == "main"
    right = page.url
    page.goto("about:blank")
    page.goto(right)
    page.wait_for_selector("main .card")
    assert notice.inner_text() == ""


def test_a_link_that_is_right_is_left_alone(page: Any, server: str) -> None:
    link = "hold?m=RUS,KAZ,BLR&rate=12&cost=7.5&pay=BLR:1.2&trust=0.4&up=energy_rent&off=transit&poles=CHN,USA&on=KAZ"
    opened(page, server, link)
    assert page.url.endswith(link) and page.locator("#notice").inner_text() == ""


def test_the_filter_of_claims_is_part_of_the_link(page: Any, server: str) -> None:
    opened(page, server, "argument")
    page.get_by_role("radio", name="refuted").check()
    assert page.url.endswith("#argument?verdict=refuted")
    page.goto("about:blank")
    opened(page, server, "argument?verdict=refuted")
    assert page.locator("article.claim").count() == 1


@pytest.mark.parametrize("terms", ["", "&off=energy&pay=BLR:0.5&rule=unanimity"])
def test_hold_says_what_the_command_it_names_says(page: Any, server: str, terms: str) -> None:
    opened(page, server, f"hold?m=RUS,KAZ,BLR{terms}")
    page.wait_for_selector("text=percentile of 100 draws", timeout=120_000)
    command = shlex.split(page.locator("#counted code").inner_text())
    assert command[:3] == ["multipolar", "bloc", "RUS,KAZ,BLR"]
    plain = CliRunner().invoke(app, command[1:], env={"COLUMNS": "200"})
    content = json.loads(CliRunner().invoke(app, [*command[1:], "--json"]).stdout)
    shown = page.locator("#verdict").inner_text()
    assert f"this bloc {content['verdict']}: in " in " ".join(plain.stdout.split())
    assert shown.startswith(f"This bloc {content['verdict']}: in {100 * content['internally_stable_probability']:.0f}%")
    assert "no figure for the gas that crosses it in 2009" in page.locator("main").inner_text() or "transit" in terms
    assert "_" not in page.locator("main").inner_text()


def test_groups_of_countries_are_faint_in_orbits_and_nobodys_ground_is_hatched(page: Any, server: str) -> None:
    opened(page, server, "orbits")
    page.wait_for_selector("text=Contested", timeout=120_000)
    looks = {code: page.locator(f".land[data-code='{code}']").get_attribute("class") for code in ("ROW", "KAZ", "EUN")}
    assert [code for code, look in looks.items() if "faint" in look.split()] == ["ROW"]
    assert "Faint: several countries counted as one economy" in page.locator(".legendbox").inner_text()
    assert "42 countries counted as one" in page.locator(".land[data-code='ROW']").get_attribute("aria-label")
    with page.expect_download() as saved:
        page.locator(".mapbox .exports").get_by_role("button", name="as SVG").click()
    said = " ".join(re.findall(r"<text[^>]*>([^<]*)", Path(saved.value.path()).read_text(encoding="utf-8")))
    for part in (
        "Outlined: poles.",
        "Two colours: contested.",
        "Faint: several countries",
        "Hatched in grey",
        "Dots: places",
    ):
        assert part in said
    nobody = page.locator(".ground > .land:not([data-code])")
    assert "nobody" in nobody.evaluate("node => node.style.fill")


def test_one_pole_asks_for_another(page: Any, server: str) -> None:
    opened(page, server, "orbits?poles=RUS")
    page.wait_for_selector("text=Choose two poles at least")
    assert page.locator(".land[data-code='KAZ']").get_attribute("class") == "land s-x"
    page.get_by_label("Add a pole").select_option("CHN")
    page.wait_for_selector("text=Contested", timeout=120_000)


@pytest.mark.parametrize("width", [390, 1440])
def test_the_legend_names_measure_unit_and_limits_without_overlap(page: Any, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, server, UNION)
    legend = page.locator(".legend")
    assert legend.locator("b").inner_text() == "Real income, %"
    labels = legend.locator("i")
    assert labels.all_inner_texts() == [
        "−2",
        "−0.5",
        "−0.1",
        "−0.02",
        "−0.005",
        "+0.005",
        "+0.02",
        "+0.1",
        "+0.5",
        "+2",
    ]
    assert legend.locator(".key.s-n").inner_text().startswith("0")
    boxes = [labels.nth(i).bounding_box() for i in range(labels.count())]
    for i, a in enumerate(boxes):
        assert a["x"] >= 0 and a["x"] + a["width"] <= width
        for b in boxes[i + 1 :]:
            apart = (
                a["x"] + a["width"] <= b["x"]
                or a["y"] + a["height"] <= b["y"] + 1
                or b["y"] + b["height"] <= a["y"] + 1
            )
            assert apart, (a, b)


@pytest.mark.parametrize(("width", "most"), [(1440, 2), (1050, 2), (390, 3)])
def test_names_beside_bars_have_room(page: Any, server: str, width: int, most: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, server, UNION.replace("draws=0", "draws=3"))
    page.wait_for_selector("text=percentile of 3 draws")
    page.get_by_role("button", name="All 34 economies").click()
    names = "[...document.querySelectorAll('.bars tbody th')].map(th => { const r = document.createRange();"
    names += " r.selectNodeContents(th); return [th.textContent, r.getClientRects().length]; })"
    lines = page.evaluate(names)
    assert len(lines) == 34 and [row for row in lines if row[1] > most] == []
    assert (
        page.evaluate(
            "document.querySelector('.bars .scroll').scrollWidth - document.querySelector('.bars .scroll').clientWidth"
        )
        <= 0
    )


def test_buttons_stay_where_they_are_as_members_are_added(page: Any, server: str) -> None:
    opened(page, server, "build?draws=0")
    page.get_by_text("All 34 economies").click()
    watched = [page.get_by_role("button", name="The union of 2009"), page.locator("[data-key='all-GEO']")]
    before = [node.bounding_box() for node in watched]
    for code in ("RUS", "KAZ", "BLR", "UKR", "MDA"):
        page.locator(f"[data-key='all-{code}']").check()
    assert page.locator(".chips li").count() == 5
    assert [node.bounding_box() for node in watched] == before


def test_the_keyboard_stays_where_it_was(page: Any, server: str) -> None:
    focused = """() => { const node = document.activeElement;
      return node.getAttribute("aria-label") ?? node.closest("label")?.textContent.trim(); }"""
    opened(page, server, UNION)
    page.get_by_role("button", name="Remove Russia").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "Remove Kazakhstan"
    page.get_by_role("radio", name="Their mean").focus()
    page.keyboard.press("Space")
    assert page.evaluate(focused) == "Their mean"
    opened(page, server, "hold?m=RUS,KAZ,BLR")
    page.wait_for_selector("text=percentile of 100 draws", timeout=120_000)
    page.get_by_label("burden").focus()
    page.keyboard.press("Space")
    assert page.evaluate(focused) == "burden"
    page.wait_for_selector("text=left out: burden")
    assert page.evaluate(focused) == "burden"


@pytest.mark.parametrize("view", [UNION, "hold?m=RUS,KAZ,BLR", "orbits"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_tab_key_follows_what_is_seen(page: Any, server: str, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, server, view)
    if view == UNION:
        page.wait_for_selector(".map .land[tabindex='0']", state="attached")
    stop = """() => { const node = document.activeElement; if (node === document.body) return null;
      if (node.matches(".skip")) return [];
      const part = node.closest("header, main section, main, footer"), box = part.getBoundingClientRect();
      const seen = node.matches(".choice input") ? node.nextElementSibling : node.querySelector("path") ?? node;
      const look = getComputedStyle(seen);
      return [part.className, Math.round(box.top + scrollY), Math.round(box.left),
        node instanceof SVGElement ? look.strokeWidth === "3px" : look.outlineStyle === "solid"]; }"""
    met: list[Any] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(stop)
        if found is None:
            break
        met += [found] if found else []
    assert len(met) > 15 and all(ringed for *_, ringed in met)
    parts = list(dict.fromkeys((top, left) for _, top, left, _ in met))
    places = [(top, left) if width == 390 else (left if top > 100 else 0, top) for top, left in parts]
    assert places == sorted(places)


def test_headings_of_wide_tables_stay_and_are_wrapped(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, UNION)
    heading = page.locator(".caption", has_text="Trade created, trade diverted (USD bn a year)")
    heading.wait_for()
    card = heading.locator("..")
    card.locator(".scroll").evaluate("box => { box.scrollLeft = 200; }")
    box, inside = heading.bounding_box(), card.bounding_box()
    assert card.locator(".scroll").evaluate("box => box.scrollLeft") > 0
    assert box["x"] >= inside["x"] and box["x"] + box["width"] <= 390
    assert heading.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_click_beside_a_border_hits_the_country_under_the_pointer(page: Any, server: str) -> None:
    opened(page, server, UNION)
    page.wait_for_selector(".map .land[data-code='RUS'].marked path", state="attached")
    shape = page.locator(".map .land[data-code='RUS'] path").first
    assert shape.evaluate("node => getComputedStyle(node).pointerEvents") == "fill"


def test_the_way_to_the_content_keeps_the_address(page: Any, server: str) -> None:
    opened(page, server, UNION)
    before = page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url == before and page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("view", ["Hold", "Orbits", "Argument"])
def test_a_server_that_is_away_is_one_message_and_the_view_shown_goes_on(page: Any, server: str, view: str) -> None:
    opened(page, server, UNION)
    page.route("**/api/**", lambda route: route.abort())
    page.locator("#cost").fill("3")
    page.wait_for_selector("#banner:has-text('trying again')")
    page.get_by_role("link", name=view).click()
    page.wait_for_timeout(400)
    assert page.get_by_text("does not answer").count() == 1 and page.locator(".problem").count() == 0
    page.unroute("**/api/**")
    found = {"Hold": "#verdict", "Orbits": ".caption:has-text('Contested')", "Argument": "article.claim"}[view]
    page.wait_for_selector(found, timeout=120_000)
    assert page.locator("#banner").inner_text() == ""
