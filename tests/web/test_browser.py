"""The page in a real browser: numbers of the command line, links, rapid clicks, no request elsewhere, accessibility."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from multipolar.web.engine import Engine
from multipolar.web.page import built_page

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"
UNION = "#build?m=RUS,KAZ,BLR&leader=RUS&draws=0"
SEEN = """() => {
  for (const part of document.querySelectorAll("details")) part.open = true;
  const plain = new CSSStyleSheet();  // axe leaves undecided what stands on a gradient: the shadow of what scrolls
  plain.replaceSync(".scroll { background: none !important }");
  document.adoptedStyleSheets = [plain];
}"""
SHOWN = ".bars td[data-code='{}']"


def ready(page: Any) -> None:
    page.wait_for_selector(".map .land[data-code] path", state="attached")
    page.wait_for_selector(".results[aria-busy='false']")


def settled(page: Any, code: str, text: str) -> None:
    """Wait until an economy's number is this one; the page's policy forbids conditions written in JavaScript."""
    page.locator(SHOWN.format(code)).first.filter(has_text=text).wait_for()


def printed(name: str, capsys: pytest.CaptureFixture) -> dict[str, Any]:
    from multipolar.cli.commands import solve_scenario

    solve_scenario(name, "world-2009", "fixed", False, True)
    return json.loads(capsys.readouterr().out)


def signed(value: float) -> str:
    """As the page writes numbers below 0.095."""
    return f"{'−' if value < 0 else '+'}{abs(value):.3f}"


def test_the_union_built_by_clicking_has_the_numbers_of_the_command_line(page: Any, server: str, capsys) -> None:
    page.goto(f"{server}/#build?draws=0")
    ready(page)
    for code in ("RUS", "KAZ"):
        page.locator(f".land[data-code='{code}']").dispatch_event("click")
    page.get_by_label("Add an economy by name").fill("Belarus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chips li:nth-child(3)")
    page.get_by_role("radio", name="Their mean").check()
    page.get_by_role("radio", name="A member's").check()
    page.get_by_label("Whose tariff").select_option("RUS")
    page.wait_for_selector(SHOWN.format("KAZ"))
    ready(page)
    expected = printed("union-leader-tariff", capsys)["economies"]["KAZ"]["real_income_pct"]
    assert page.locator(SHOWN.format("KAZ")).first.inner_text() == signed(expected) == "−0.019"
    assert page.locator(".land[data-code='KAZ']").get_attribute("aria-checked") == "true"


def test_a_link_brings_everything_back_and_the_file_runs_to_the_same(page: Any, server: str, tmp_path, capsys) -> None:
    page.goto(f"{server}/{UNION}")
    ready(page)
    page.locator("#cost").fill("5")
    settled(page, "BLR", "+0.58")
    shown = page.locator(".bars tbody").first.inner_text()
    with page.expect_download() as saved:
        page.locator("#yaml").click()
    file = tmp_path / "page.yaml"
    saved.value.save_as(file)
    assert f"{printed(str(file), capsys)['economies']['BLR']['real_income_pct']:+.2f}" == "+0.58"
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    ready(page)
    page.wait_for_selector(SHOWN.format("BLR"))
    assert page.locator(".bars tbody").first.inner_text() == shown
    assert page.locator("#cost").input_value() == "5"


def test_rapid_clicks_show_the_last_answer_only(page: Any, server: str) -> None:
    page.goto(f"{server}/{UNION}")
    ready(page)
    held: list[Any] = []
    page.route("**/api/solve*", lambda route: held.append(route))
    for value in ("2", "9", "5"):
        page.locator("#cost").fill(value)
        page.wait_for_timeout(30)
    assert len(held) == 3
    for route in (held[2], held[1], held[0]):  # the newest answer first, the older ones late
        route.continue_()
        page.wait_for_timeout(150)
    settled(page, "BLR", "+0.58")
    page.wait_for_timeout(300)
    assert page.locator(SHOWN.format("BLR")).first.inner_text() == "+0.58"
    page.unroute("**/api/solve*")


def test_bands_are_drawn_and_can_be_cancelled(page: Any, server: str) -> None:
    page.goto(f"{server}/{UNION.replace('draws=0', 'draws=10')}")
    page.wait_for_selector("text=5th to 95th percentile of 10 draws")
    assert " to " in page.locator(".bars tbody tr").first.inner_text()
    page.goto("about:blank")
    page.goto(f"{server}/{UNION.replace('draws=0', 'draws=900')}")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("text=Cancelled")


def test_a_conflict_offers_its_resolutions(page: Any, server: str) -> None:
    page.goto(f"{server}/#build?m=RUS,KGZ&leader=RUS&draws=0")
    page.wait_for_selector("text=Two commitments contradict each other")
    page.get_by_role("button", name="Cap the common tariff").click()
    page.wait_for_selector(SHOWN.format("KGZ"))


def test_hold_offers_the_same_resolutions_and_names_no_option_of_the_command_line(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=RUS,UKR")
    card = page.locator(".problem", has_text="Ukraine is bound at 5.22% in the WTO")
    card.wait_for(timeout=120_000)
    assert "--" not in card.inner_text() and card.get_by_role("button").count() == 3
    card.get_by_role("button", name="Apply it, and pay nothing").click()
    page.wait_for_selector("#verdict", timeout=120_000)
    assert page.url.endswith("&conflict=breach")
    page.get_by_role("radio", name="Cap the common tariff").check()
    assert page.url.endswith("&conflict=bind")


def test_the_keyboard_is_enough(page: Any, server: str) -> None:
    page.goto(f"{server}/#build?draws=0")
    ready(page)
    page.locator(".land[tabindex='0']").focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chips li:nth-child(2)")
    page.wait_for_selector(".bars td[data-code]")
    assert page.evaluate("document.activeElement.dataset.code") != "RUS"


def test_slack_turns_with_a_transfer_or_without_the_rent(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=RUS,KAZ,BLR")
    page.wait_for_selector("#verdict", timeout=120_000)
    assert "Russia would gain by leaving" in page.locator("#verdict").inner_text()
    page.get_by_label("energy").uncheck()
    page.get_by_label("transit").uncheck()
    page.wait_for_selector("#verdict.yes", timeout=120_000)


def test_a_transfer_turns_a_union_stable(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=RUS,KAZ,BLR&off=energy")
    page.wait_for_selector("#verdict.no", timeout=120_000)
    assert "Belarus would gain by leaving" in page.locator("#verdict").inner_text()
    page.locator("#pay-BLR").fill("1.2")
    page.wait_for_selector("#verdict.yes", timeout=120_000)


def test_hold_says_who_needs_what_and_who_could_pay(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=RUS,KAZ,BLR&up=energy_rent")
    page.wait_for_selector("#verdict", timeout=120_000)
    said = page.locator("#keeping").inner_text()
    assert all(part in said for part in ("Russia needs 0.65", "Kazakhstan has 0.33 to", "Belarus has 2.08 to spare"))
    assert "the hub is the one to be paid" in said and "Together they have more" in said
    assert page.locator("#trust").input_value() == "0.7"
    assert page.get_by_text("its range, most likely 0.70").count() == 1
    page.wait_for_selector(".stability .cell")
    ring = page.locator(".stability circle.light").bounding_box()
    cross = page.locator(".stability path.light").last.bounding_box()
    assert ring["width"] > cross["width"] and ring["x"] < cross["x"] and ring["y"] < cross["y"]


def test_before_there_are_draws_no_share_of_them_is_shown(page: Any, server: str) -> None:
    page.route("**/api/bloc", lambda route: '"draws":0' in route.request.post_data and route.continue_())
    page.goto(f"{server}/#hold?m=RUS,KAZ,BLR")
    page.wait_for_selector("#verdict", timeout=120_000)
    link = page.locator(".headed", has_text="The weak link among the hub's partners").inner_text()
    assert "Kazakhstan" in link and "%" not in link and "draws" not in link
    assert "no band yet" in page.locator(".head").inner_text() and "fewer than two" not in page.content()
    page.unroute_all(behavior="ignoreErrors")


def test_hold_names_no_parameter_where_there_is_no_map(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=KAZ,BLR")
    said = page.get_by_text("There is no map: nothing in this bloc hangs on the credibility of Kazakhstan.")
    said.wait_for(timeout=120_000)


def test_the_stability_map_says_who_stays_where_the_sliders_stand(page: Any, server: str) -> None:
    page.goto(f"{server}/#hold?m=RUS,KAZ,BLR")
    page.wait_for_selector(".stability .cell", timeout=120_000)
    assert page.locator(".stability .cell").count() == 21 * 21
    assert "Russia (−0.65) would leave" in page.locator("#at-point").inner_text()
    page.locator("#trust").fill("0.02")
    page.locator("#level").fill("0.1")
    here = "hub at 0.02 and fall of border costs that the European Union offers to whoever leaves at 10.0%"
    said = page.locator("#at-point").filter(has_text=here)
    said.wait_for()
    assert "Belarus (" in said.inner_text().split("would leave")[0]
    assert "level=0.1" in page.url
    with page.expect_download() as saved:
        page.locator(".twofold .exports").get_by_role("button", name="as CSV").click()
    rows = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    with page.expect_download() as saved:
        page.locator(".twofold .exports").get_by_role("button", name="as PNG").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    assert rows[0].startswith("credibility_probability,eu_offer_fraction,slack_usd_billion_RUS")
    assert len(rows) == 1 + 21 * 21


def test_orbits_can_be_cancelled_and_asked_for_again(page: Any, server: str, engine: Engine, monkeypatch) -> None:
    compute = engine._compute_orbits

    def slowly(poles: list[str], told: Any) -> dict[str, Any]:
        """Compiled equations answer within a second, before a click is there."""

        def step(*done: Any) -> None:
            told(*done)
            time.sleep(0.03)

        return compute(poles, step)

    monkeypatch.setattr(engine, "_compute_orbits", slowly)
    page.goto(f"{server}/#orbits?poles=RUS,CHN,EUN,USA,JPN")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("text=Cancelled")
    page.wait_for_selector("[aria-busy='true']", state="detached")
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_selector("text=Contested", timeout=120_000)


LOOKED_AT = (
    "build",
    "build?m=RUS,KAZ,BLR&draws=0",
    "build?m=RUS,KGZ&leader=RUS&draws=0",
    "build?m=RUS,XXX&cost=9999",
    "hold",
    "hold?m=RUS,KAZ,BLR",
    "orbits?on=BLR",
    "orbits?poles=RUS",
    "argument",
    "argument?verdict=refuted",
)
NARROW = ("build?m=RUS,KAZ,BLR&draws=0", "hold?m=RUS,KAZ,BLR", "orbits?on=BLR", "argument")


@pytest.mark.parametrize(("view", "width"), [*((view, 1440) for view in LOOKED_AT), *((view, 390) for view in NARROW)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_serious_finding(page: Any, server: str, view: str, theme: str, width: int, need: Any) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    need(axe.is_file(), "browser", "no axe-core; run `make web`")
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/#{view}")
    page.wait_for_selector("main .card")
    page.wait_for_selector("[aria-busy='true']", state="detached", timeout=120_000)
    if view.startswith(("build", "orbits")):
        page.wait_for_selector(".map .land[data-code] path", state="attached")
    if view.startswith("hold?"):
        page.wait_for_selector("text=percentile of 100 draws", timeout=120_000)
        page.wait_for_selector(".stability .cell")
    page.wait_for_timeout(400)
    page.evaluate(SEEN)
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = {
        f["id"]: [n["html"][:160] for n in f["nodes"]][:3] for f in found if f["impact"] in ("serious", "critical")
    }
    assert serious == {}


@pytest.mark.parametrize(
    "view", ["build?m=RUS,KAZ,BLR&draws=0", "hold?m=RUS,KAZ,BLR", "orbits?on=BLR", "argument", "x?y=z"]
)
def test_nothing_is_wider_than_a_telephone(page: Any, server: str, view: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/#{view}")
    page.wait_for_selector("main .card")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_survives_a_restart_of_the_server(chromium: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "multipolar", "serve", "--port", str(port)]
        made = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 120
        while time.monotonic() < limit:
            try:
                httpx.get(f"http://localhost:{port}/api/scenarios")
                return made
            except httpx.TransportError:
                time.sleep(0.3)
        raise AssertionError("the server did not start")

    running = start()
    context = chromium.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(40_000)
        page.goto(f"http://localhost:{port}/{UNION}")
        page.wait_for_selector(SHOWN.format("KAZ"))
        running.terminate()
        running.wait(30)
        page.locator("#cost").fill("5")
        page.wait_for_selector("text=trying again")
        assert page.get_by_text("does not answer").count() == 1 and page.locator(".problem").count() == 0
        running = start()
        settled(page, "BLR", "+0.58")
        assert page.locator("#banner").inner_text() == ""
    finally:
        context.close()
        running.terminate()
        running.wait(30)


def test_sizes_are_within_bounds() -> None:
    import gzip

    page = built_page()
    sizes = {a: len(gzip.compress(f.body, 9)) for a, f in page._files.items()}
    first = sum(size for address, size in sizes.items() if "countries" not in address)
    assert first < 150_000 and sum(sizes.values()) < 450_000


def test_a_report_carries_little_program(need: Any) -> None:
    import gzip

    script = resources.files("multipolar.report").joinpath("built", "report.js")
    need(script.is_file(), "browser", "the live part of reports is not built; run `make web`")
    assert len(gzip.compress(script.read_bytes(), 9)) < 60_000
