"""The JSON API: the same numbers as the command line, errors that say what to do, and bounds that hold."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from multipolar.study import run
from multipolar.web.app import create_app, openapi, scenario_yaml
from multipolar.web.contracts import (
    BandsAnswer,
    ClubsAnswer,
    OrbitsAnswer,
    ScenariosAnswer,
    SolveAnswer,
    StabilityAnswer,
    WorldAnswer,
)
from multipolar.web.engine import Engine, scenario_of
from multipolar.web.jobs import Jobs
from multipolar.web.page import Page
from serving import serving

UNION = {
    "schema": 1,
    "kind": "scenario",
    "id": "union",
    "title": "Union",
    "shocks": [
        {
            "kind": "customs_union",
            "members": ["RUS", "KAZ", "BLR"],
            "leader": "RUS",
            "external_tariff": {"rule": "leader"},
        }
    ],
}
EVIL = {"origin": "http://evil.example"}


def events(text: str) -> list[tuple[str, dict]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n", 1)
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_answers_have_the_shape_they_promise(client: httpx.Client) -> None:
    world = WorldAnswer.model_validate(client.get("/api/world").json())
    assert [e.code for e in world.economies][:3] == ["RUS", "KAZ", "BLR"]
    assert {c.iso3: c.economy for c in world.countries}["DEU"] == "EUN"
    clubs = ClubsAnswer.model_validate(client.get("/api/clubs", params={"on": "2009-06-15"}).json())
    assert {"RUS", "KAZ", "BLR"} <= set({c.club: c.members for c in clubs.clubs}["EURASEC"])
    assert ScenariosAnswer.model_validate(client.get("/api/scenarios").json()).scenarios
    SolveAnswer.model_validate(client.post("/api/solve", json=UNION).json())


def test_solve_gives_what_the_command_line_gives(client: httpx.Client, capsys: pytest.CaptureFixture) -> None:
    from multipolar.cli.commands import solve_scenario

    solve_scenario("union-leader-tariff", "world-2009", "fixed", False, True)
    printed = json.loads(capsys.readouterr().out)
    scenario = client.get("/api/scenarios/union-leader-tariff").json()
    assert client.post("/api/solve", json=scenario).json() == printed


def test_a_downloaded_file_runs_to_the_same_numbers(client: httpx.Client, tmp_path: Path, capsys) -> None:
    from multipolar.cli.commands import solve_scenario

    question = {**UNION, "title": "Союз: 'one' & \"two\" # three", "on": "2010-01-01"}
    answer = client.post("/api/yaml", json=question)
    assert 'filename="union.yaml"' in answer.headers["content-disposition"]
    file = tmp_path / "union.yaml"
    file.write_bytes(answer.content)
    solve_scenario(str(file), "world-2009", "fixed", False, True)
    assert json.loads(capsys.readouterr().out) == client.post("/api/solve", json=question).json()
    back = client.post("/api/scenario", content=answer.content).json()
    assert back["scenario"] == question


@pytest.mark.parametrize("name", ["belarus-dearer-gas", "iran-energy-embargo", "union-pooled-duties"])
def test_every_kind_of_scenario_survives_the_round_trip(name: str) -> None:
    from multipolar.scenario import load_scenario, parse_scenario

    shipped = load_scenario(name)
    again = parse_scenario(scenario_yaml(shipped))
    assert again.model_dump() == shipped.model_dump()


def test_bands_are_those_of_a_study(client: httpx.Client) -> None:
    study = run("customs-union-2009", draws=4, seed=7).summary()
    expected = next(s for s in study["scenarios"] if s["id"] == "union-leader-tariff")["economies"]["KAZ"]
    scenario = client.get("/api/scenarios/union-leader-tariff").json()
    found = events(client.post("/api/bands?draws=4&seed=7", json=scenario).text)
    assert found[0][0] == "start" and found[-1][0] == "done"
    assert ("progress", 4) in [(name, data.get("done")) for name, data in found]
    band = BandsAnswer.model_validate(found[-1][1]).economies["KAZ"]["real_income_pct"]
    shown = expected["real_income_pct"]
    assert (band.value, band.lo, band.hi) == pytest.approx((shown["value"], shown["lo"], shown["hi"]), abs=1e-9)


def test_long_work_is_cancelled_by_name_and_by_leaving(client: httpx.Client, jobs: Jobs) -> None:
    with client.stream("POST", "/api/bands?draws=1000", json=UNION) as answer:
        lines = answer.iter_lines()
        next(lines)
        job = json.loads(next(lines).removeprefix("data: "))["id"]
        with httpx.Client(base_url=client.base_url) as other:
            assert other.delete(f"/api/jobs/{job}").status_code == 204
        assert list(lines)[-3:-1] == ["event: cancelled", "data: {}"]
    with client.stream("POST", "/api/bands?draws=1000", json=UNION) as answer:
        next(answer.iter_lines())
    limit = time.monotonic() + 30
    while jobs.busy and time.monotonic() < limit:
        time.sleep(0.05)
    assert jobs.busy == 0
    assert client.delete("/api/jobs/none").status_code == 404


def test_long_work_is_bounded_in_number_and_time(engine: Engine) -> None:
    app = create_app(engine, jobs=Jobs(most=1, seconds=0.0))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        last = events(client.post("/api/bands?draws=50", json=UNION).text)[-1]
        assert last[0] == "problem" and "fewer draws" in last[1]["detail"]
    with pytest.raises(Exception, match="under way"):
        Jobs(most=0).begin(lambda told: {})


def test_orbits_and_bloc(client: httpx.Client) -> None:
    found = events(client.post("/api/orbits", json={"poles": ["RUS", "EUN"]}).text)[-1]
    answer = OrbitsAnswer.model_validate(found[1])
    by_code = {row.economy: row for row in answer.economies}
    assert by_code["RUS"].pole is None and by_code["BLR"].pole in ("RUS", "EUN")
    name, problem = events(client.post("/api/orbits", json={"poles": ["RUS", "XXX"]}).text)[-1]
    assert name == "problem" and "unknown economy 'XXX'" in problem["detail"]
    name, problem = events(client.post("/api/bloc", json={"members": ["RUS", "EURASEC"]}).text)[-1]
    assert name == "problem" and "is a club" in problem["detail"]


def test_a_bloc_is_what_the_command_line_says(client: httpx.Client, capsys: pytest.CaptureFixture) -> None:
    from multipolar.study.bloc import Options, will_it_hold

    question = {"members": ["RUS", "KAZ", "BLR"], "draws": 2, "transfers": {"BLR": 1.0}, "credibility": 0.4}
    name, found = events(client.post("/api/bloc", json=question).text)[-1]
    assert name == "done"
    options = Options(draws=2, transfers={"BLR": 1.0}, credibility=0.4)
    assert found == json.loads(json.dumps(will_it_hold(["RUS", "KAZ", "BLR"], options=options).content))
    trusted = will_it_hold(["RUS", "KAZ", "BLR"], options=Options(draws=0, transfers={"BLR": 1.0}, credibility=1.0))
    paid, promised = (r["by_member"]["BLR"]["payoff_pct"]["transfer"]["value"] for r in (trusted.content, found))
    assert promised == pytest.approx(0.4 * paid)


def test_the_stability_map_meets_the_bloc_where_the_figures_stand(client: httpx.Client) -> None:
    members = ["RUS", "KAZ", "BLR"]
    name, found = events(client.post("/api/stability", json={"members": members, "up": "energy_rent"}).text)[-1]
    answer = StabilityAnswer.model_validate(found)
    _, bloc = events(client.post("/api/bloc", json={"members": members, "draws": 0}).text)[-1]
    assert answer.x.most_likely is not None and answer.y.most_likely is not None
    across = int(np.abs(np.array(answer.x.values) - answer.x.most_likely).argmin())
    up = int(np.abs(np.array(answer.y.values) - answer.y.most_likely).argmin())
    assert answer.x.values[across] == pytest.approx(answer.x.most_likely)
    assert answer.y.values[up] == pytest.approx(answer.y.most_likely)
    expected = [bloc["by_member"][code]["slack_full_usd_bn"]["value"] for code in answer.members]
    assert name == "done" and answer.slack_usd_bn[up][across] == pytest.approx(expected, abs=1e-6)
    assert {stays for row in answer.stays for cell in row for stays in cell} == {True, False}


def test_the_centre_of_gravity_is_that_of_the_world_without_gdp_by_year(client: httpx.Client, engine: Engine) -> None:
    found = client.get("/api/centre").json()
    assert found["track"] is None and "wdi-gdp" in found["reason"]
    assert found["point"]["year"] == 2009 and found["point"]["covered"] == len(engine.world.economies)
    assert 40 < found["point"]["lat"] < 80  # beneath the North Atlantic or northern Europe, between its three masses


NONSENSE = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b"[1]", "mapping"),
    (b"9" * 5000, "not JSON"),
    (b"{}", "kind"),
    (b'{"schema": 1, "kind": "study"}', "kind: scenario"),
    (json.dumps({**UNION, "shocks": []}).encode(), "at least one"),
    (json.dumps({**UNION, "shocks": [{"kind": "customs_unio"}]}).encode(), "customs_union"),
    (json.dumps({**UNION, "title": "\x1b[31m"}).encode(), "control character"),
    (json.dumps({**UNION, "title": "\ud800"}).encode(), "control character"),
    (json.dumps({**UNION, "shocks": [{**UNION["shocks"][0], "members": ["RUS", "Narnia"]}]}).encode(), "Narnia"),
    (json.dumps({**UNION, "shocks": [{**UNION["shocks"][0], "non_tariff_cost": 1e400}]}).encode(), "number"),
    (json.dumps({**UNION, "shocks": [{**UNION["shocks"][0], "members": ["/etc/passwd", "RUS"]}]}).encode(), "unknown"),
]


@pytest.mark.parametrize(("body", "says"), NONSENSE)
def test_nonsense_gets_one_line_with_a_remedy(client: httpx.Client, body: bytes, says: str) -> None:
    answer = client.post("/api/solve", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    detail = answer.json()["detail"]
    assert says in detail and "\n" not in detail and "Traceback" not in answer.text
    assert str(Path.cwd()) not in answer.text


def test_a_conflict_says_how_it_is_resolved(client: httpx.Client) -> None:
    shock = {**UNION["shocks"][0], "members": ["RUS", "KGZ"]}
    answer = client.post("/api/solve", json={**UNION, "shocks": [shock]})
    assert answer.json()["type"] == "urn:multipolar:conflict" and "WTO" in answer.json()["detail"]
    mended = {**UNION, "shocks": [shock], "resolutions": {"WTO": "bind"}}
    assert client.post("/api/solve", json=mended).status_code == 200


def test_a_bad_file_is_told_by_line(client: httpx.Client) -> None:
    answer = client.post("/api/scenario", content=b"schema: 1\nkind: scenario\nid: X Y\ntitle: t\nshocks: []\n")
    assert answer.json()["detail"].startswith("file:3:")
    assert "tag" in client.post("/api/scenario", content=b"a: !!python/object:os.system {}\n").json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example"}, 421),
        ({"host": ""}, 421),
        (EVIL, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "127.0.0.1"}, 200),
        ({"host": "[::1]:80"}, 200),
    ],
)
def test_only_our_own_page_is_answered(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/api/world", headers=headers).status_code == status


def test_big_bodies_are_refused_announced_or_not(client: httpx.Client) -> None:
    assert client.post("/api/solve", content=b" " * 300_000).status_code == 413

    def parts():
        for _ in range(40):
            yield b" " * 10_000

    with contextlib.suppress(httpx.WriteError):  # the server may hang up while we are still sending
        assert client.post("/api/solve", content=parts()).status_code == 413


def test_the_browser_is_told_to_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    policy = client.get("/api/world").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "http" not in policy


@pytest.mark.parametrize("address", ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page.py"])
def test_no_address_names_a_file(client: httpx.Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_without_a_built_page_the_remedy_is_told(engine: Engine) -> None:
    app = create_app(engine, page=Page({}))
    with serving(app) as address, httpx.Client(base_url=address) as client:
        answer = client.get("/")
        assert answer.status_code == 503 and "make web" in answer.text
        assert client.get("/api/world").status_code == 200


def test_a_scenario_reads_as_from_a_file() -> None:
    assert scenario_of(json.dumps(UNION).encode()).id == "union"


def test_the_committed_description_is_current(engine: Engine) -> None:
    committed = Path(__file__).parents[2] / "web" / "openapi.json"
    assert json.loads(committed.read_text(encoding="utf-8")) == json.loads(json.dumps(openapi(create_app(engine)))), (
        "run `python tools/web/openapi.py`, then `npm run types` in web/"
    )
