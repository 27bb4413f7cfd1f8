"""Will a bloc hold: the record, its draws and its cache."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multipolar.coalition.bargaining import slack
from multipolar.coalition.payoff import COMPONENTS
from multipolar.coalition.states import State
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError, UnknownNameError
from multipolar.study import bloc_draws
from multipolar.study.bloc import BlocResult, Options, payoff_draws, will_it_hold
from multipolar.study.bloc_map import MAPS, stability_map
from multipolar.study.bloc_record import break_even_credibility, verdict
from multipolar.study.example_blocs import EXAMPLES
from multipolar.world.bundled import load_world
from toys import toy_world

MEMBERS = ["RUS", "KAZ", "BLR"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> ChunkStore:
    """Cache of this module's solves."""
    return ChunkStore(tmp_path_factory.mktemp("bloc"))


@pytest.fixture(scope="module")
def result(cache: ChunkStore) -> BlocResult:
    """The customs union with four draws."""
    return will_it_hold(MEMBERS, options=Options(draws=4), cache=cache)


def test_the_verdict_is_said_by_one_rule(result: BlocResult) -> None:
    shares = (1.0, 0.9, 0.89, 0.29, 0.11, 0.1, 0.0)
    said = ["holds"] * 2 + ["may or may not hold"] * 3 + ["does not hold"] * 2
    assert [verdict(share) for share in shares] == said
    assert result.content["verdict"] == verdict(result.content["internally_stable_probability"])


def test_the_record_is_strict_json_and_holds_the_contract(result: BlocResult) -> None:
    content = json.loads(json.dumps(result.content, allow_nan=False))
    assert set(content) >= {
        "members",
        "world",
        "draws",
        "seed",
        "weak_link",
        "min_transfer_usd_bn",
        "price_paid_usd_bn",
        "self_financing",
        "internally_stable",
        "by_member",
        "stability",
    }
    assert set(content["weak_link"]) == {"least_attached", "likeliest_to_reopen", "dearest_to_lose"}
    for code, member in content["by_member"].items():
        assert set(member) >= {
            "payoff_pct",
            "slack_organic_pct",
            "slack_full_pct",
            "weak_link_probability",
            "pivot_usd_bn",
            "demand_usd_bn",
            "hold_up",
            "hub_leverage_pct",
        }
        assert (member["weak_link_probability"] is None) == (code == "RUS")
    _every_band(content)


def _every_band(item: Any) -> None:
    if isinstance(item, dict):
        if {"value", "lo", "hi"} <= set(item):
            assert None not in (item["value"], item["lo"], item["hi"]) or item["reason"]
        for part in item.values():
            _every_band(part)


def test_components_add_up_to_the_total(result: BlocResult) -> None:
    for member in result.content["by_member"].values():
        parts = dict(member["payoff_pct"])
        total = parts.pop("total")["value"]
        assert sum(part["value"] or 0.0 for part in parts.values()) == pytest.approx(total, abs=1e-12)


def test_equal_draws_whatever_their_number_and_the_cache(result: BlocResult, tmp_path: Path) -> None:
    again = will_it_hold(MEMBERS, options=Options(draws=2), cache=ChunkStore(tmp_path))
    np.testing.assert_array_equal(again.table.values, result.table.values[:3])
    other = will_it_hold(MEMBERS, options=Options(draws=2, seed=1), cache=ChunkStore(tmp_path))
    assert (other.table.values[0] == result.table.values[0])[np.isfinite(result.table.values[0])].all()
    assert not np.array_equal(other.table.values[1], result.table.values[1])


def test_a_kept_chunk_is_not_solved_again(
    result: BlocResult, cache: ChunkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr("multipolar.study.bloc_draws.solve_batch", refuse)
    monkeypatch.setattr("multipolar.study.bloc_draws.leverage", refuse)
    again = will_it_hold(MEMBERS, options=Options(draws=4), cache=cache)
    assert again.content == result.content


def test_energy_off_changes_that_alone(result: BlocResult, cache: ChunkStore) -> None:
    off = will_it_hold(MEMBERS, options=Options(draws=4, off=("energy",)), cache=cache)
    before, after = result.content["by_member"]["BLR"], off.content["by_member"]["BLR"]
    assert "energy" not in after["payoff_pct"]
    difference = before["payoff_pct"]["total"]["value"] - after["payoff_pct"]["total"]["value"]
    assert difference == pytest.approx(before["payoff_pct"]["energy"]["value"])
    assert off.content["price_paid_usd_bn"]["value"] is None
    assert off.content["price_paid_usd_bn"]["reason"]


def test_hold_up_needs_a_sunk_cost(result: BlocResult, cache: ChunkStore) -> None:
    none = result.content["by_member"]["KAZ"]["hold_up"]
    assert none["rent_usd_bn"]["value"] is None and "--sunk-cost" in none["rent_usd_bn"]["reason"]
    given = will_it_hold(MEMBERS, options=Options(draws=4, sunk_cost={"KAZ": (0.1, 0.5)}), cache=cache)
    assert given.content["by_member"]["KAZ"]["hold_up"]["rent_usd_bn"]["value"] is not None


def test_a_transfer_moves_money_from_the_hub(result: BlocResult, cache: ChunkStore) -> None:
    paid = will_it_hold(MEMBERS, options=Options(draws=0, transfers={"BLR": 1.0}), cache=cache)
    total = paid.table.total(["transfer"])[0, paid.table.place(paid.table.states[3])]
    assert total == pytest.approx([-0.7, 0.0, 0.7])  # credibility of the hub
    assert paid.content["price_paid_usd_bn"]["value"] == pytest.approx(4.54 + 1.0)
    assert result.content["price_paid_usd_bn"]["value"] == pytest.approx(4.54)


def test_a_bloc_of_a_hub_with_few_figures_has_trade_and_distance(cache: ChunkStore) -> None:
    content = will_it_hold(["MER", "LAC"], options=Options(draws=0, wto="compensate"), cache=cache).content
    assert set(content["missing"]) == {"energy", "transit", "protection", "burden", "coercion"}
    assert content["maps"] == []  # nothing hangs on the credibility of the hub
    member = content["by_member"]["MER" if content["hub"] == "LAC" else "LAC"]
    parts = member["payoff_pct"]
    assert parts["distance"]["value"] < 0
    assert parts["total"]["value"] == pytest.approx(parts["trade"]["value"] + parts["distance"]["value"])
    assert member["payoff_pct"]["energy"] == {
        "value": None,
        "lo": None,
        "hi": None,
        "reason": member["payoff_pct"]["energy"]["reason"],
    }
    assert member["hub_leverage_pct"]["value"] > 0


def test_no_union_under_unanimity(cache: ChunkStore) -> None:
    table = will_it_hold(MEMBERS, options=Options(draws=0, rule="unanimity"), cache=cache).table
    union, _ = table.union(table.total())
    assert union.without[0, 1, 2] == pytest.approx(0.0)  # Kazakhstan goes alone: nothing is left for Belarus


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        (["EACU", "RUS"], Options(), "'EACU' is a club"),
        (["RUS"], Options(), "at least two"),
        (["RUS", "KAZ"], Options(energy_year=2010), "outcomes"),
        (["RUS", "KAZ"], Options(hub="BLR"), "not among the members"),
        (["RUS", "KAZ"], Options(sunk_cost={"BLR": (0, 1)}), "no member"),
        (["RUS", "KAZ"], Options(transfers={"RUS": 1}), "is the hub"),
        (["RUS", "BRA"], Options(), "part of 'MER'"),
        (["RUS", "KGZ"], Options(draws=0), "--wto"),
    ],
)
def test_what_cannot_be_is_refused(members: list[str], options: Options, message: str, cache: ChunkStore) -> None:
    with pytest.raises(InputError, match=message):
        will_it_hold(members, load_world(), options, cache=cache)


def test_unknown_names_suggest(cache: ChunkStore) -> None:
    with pytest.raises(UnknownNameError, match="KAZ"):
        will_it_hold(["RUS", "KZA"], cache=cache)
    with pytest.raises(UnknownNameError, match="energy"):
        will_it_hold(["RUS", "KAZ"], options=Options(off=("enrgy",)), cache=cache)


# -- the word of the hub --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off", "side"), [("coercion", "more"), ("energy", "less")])
def test_at_the_break_even_credibility_slack_is_zero(off: str, side: str, cache: ChunkStore) -> None:
    """What was promised holds Belarus from a credibility on; what a hub that is not believed may stop, up to one."""
    options = Options(draws=0, off=(off,))
    even = will_it_hold(MEMBERS, options=options, cache=cache).content["by_member"]["BLR"]["break_even_credibility"]
    assert even["side"] == side and 0 < even["value"] < 0.7
    table = payoff_draws(MEMBERS, options=replace(options, credibility=even["value"]), cache=cache).table
    counted = [name for name in COMPONENTS if name != off]
    assert slack(table.union(table.total(counted))[0])[0, 2] == pytest.approx(0.0, abs=1e-8)


def test_break_even_of_lines() -> None:
    found = break_even_credibility(np.array([0.5, -0.2, 0.5]), np.array([1.0, -0.5, 0.1]), np.array([0.7, 0.7, 0.7]))
    assert found[:2] == pytest.approx([0.2, 0.3]) and np.isnan(found[2])


def test_patience_compares_what_was_promised_with_the_loss_of_the_member(result: BlocResult, cache: ChunkStore) -> None:
    content, found = result.content, payoff_draws(MEMBERS, options=Options(draws=0), cache=cache)
    union = found.table.union(found.table.total())[0]
    terms = found.rows[0].terms
    for i, code in ((1, "KAZ"), (2, "BLR")):
        promised = terms.share_lost[i] * terms.rent[i] + terms.transfer[i]
        broken = union.inside[0, 0] + terms.credibility * promised  # nothing is paid this year
        lost = broken - union.without[0, i, 0]
        expected = 0.0 if promised <= 0 else 1.0 if lost <= promised else promised / lost
        assert content["by_member"][code]["critical_discount_factor"]["value"] == pytest.approx(expected)
    assert content["by_member"]["RUS"]["critical_discount_factor"]["reason"] == "it is the hub"


def test_a_word_that_nobody_believes_costs_as_much_patience_to_keep(cache: ChunkStore) -> None:
    """Patience is what keeping a promise takes: the promise, not what a partner expects of it."""
    transfers = {"KAZ": 0.2}
    found = [
        will_it_hold(
            MEMBERS,
            options=Options(draws=0, transfers=transfers, credibility=q, off=("coercion", "energy")),
            cache=cache,
        ).content["by_member"]["KAZ"]["critical_discount_factor"]["value"]
        for q in (0.01, 0.5, 0.99)
    ]
    # The less is paid on average the more a hub that stops altogether has, but what it saves is 0.2 each time.
    assert min(found) > 0.2 and max(found) - min(found) < 0.35


def test_without_promises_there_is_no_break_even(cache: ChunkStore) -> None:
    content = will_it_hold(["MER", "LAC"], options=Options(draws=0, wto="compensate"), cache=cache).content
    for code in ("MER", "LAC"):
        for key in ("break_even_credibility", "critical_discount_factor"):
            assert content["by_member"][code][key]["value"] is None and content["by_member"][code][key]["reason"]
    assert content["by_member"]["MER"]["stands_for"] == ["ARG", "BRA", "PRY", "URY"]


# -- other blocs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "eurasia" and EXAMPLES[name].recipe is None])
def test_every_example_can_be_asked(name: str, cache: ChunkStore) -> None:
    example = EXAMPLES[name]
    content = will_it_hold(example.members, options=Options(draws=0, wto=example.wto), cache=cache).content
    assert content["members"] == list(example.members)
    known = {"coercion"} if content["hub"] == "RUS" else set()
    assert set(content["missing"]) == {"energy", "transit", "protection", "burden", "coercion"} - known
    assert all(member["payoff_pct"]["trade"]["value"] is not None for member in content["by_member"].values())


def test_russia_leads_where_it_is_a_member(cache: ChunkStore) -> None:
    assert will_it_hold(["CHN", "RUS"], options=Options(draws=0, wto="compensate"), cache=cache).content["hub"] == "RUS"


def test_a_conflict_of_two_unions_is_not_called_one_with_the_wto(cache: ChunkStore) -> None:
    with pytest.raises(InputError, match="TUR cannot join") as caught:
        will_it_hold(["RUS", "TUR"], options=Options(draws=0), cache=cache)
    assert "--wto" not in str(caught.value) and "no other customs union" in str(caught.value)


def test_the_european_union_takes_in_ukraine_with_or_without_turkey(cache: ChunkStore) -> None:
    two = will_it_hold(["EUN", "UKR"], options=Options(draws=0), cache=cache)
    three = will_it_hold(["EUN", "TUR", "UKR"], options=Options(draws=0), cache=cache)
    both = three.table.place(State(0b101))
    alone = two.table.place(State(0b11))
    for code in ("EUN", "UKR"):
        one, other = two.table.bloc.members.index(code), three.table.bloc.members.index(code)
        assert two.table.values[0, alone, one, 0] == pytest.approx(three.table.values[0, both, other, 0])
    turkey = three.table.values[0, both, 1]
    assert not turkey[1:].any() and turkey[0] != 0.0  # outside the bloc trade alone moves


# -- maps -----------------------------------------------------------------------------------------------------------


def test_a_map_agrees_with_the_record_at_the_likeliest_point(result: BlocResult, cache: ChunkStore) -> None:
    options = Options(draws=0, credibility=0.5)
    made = stability_map(MEMBERS, options=options, x="credibility", y="energy_rent", points=11, cache=cache)
    content = will_it_hold(MEMBERS, options=options, cache=cache).content
    across, up = made.x.values.tolist().index(0.5), 4
    assert made.x.at == 0.5 and made.y.values[up] == pytest.approx(made.y.at)
    for i, code in enumerate(MEMBERS):
        assert made.slack[up, across, i] == pytest.approx(content["by_member"][code]["slack_full_usd_bn"]["value"])
    assert (made.stays == (made.slack >= -1e-5)).all()
    belarus = made.slack[:, :, 2]
    assert (np.diff(belarus, axis=0)[:, 1:] > 0).all()  # a larger rent holds it, if the hub keeps its word at all
    assert np.ptp(belarus[:, 0]) == pytest.approx(0.0)


def test_the_offer_of_the_european_union_draws_members_away(cache: ChunkStore) -> None:
    made = stability_map(MEMBERS, options=Options(draws=0), points=5, cache=cache)
    assert made.slack.shape == (5, 5, 3) and made.x.parameter == "credibility" and made.y.parameter == "eu_offer"
    for i in (1, 2):
        assert (np.diff(made.slack[:, :, i], axis=0) <= 1e-9).all()
        assert made.slack[-1, :, i].max() < made.slack[0, :, i].max()
    offered = will_it_hold(MEMBERS, options=Options(draws=0), cache=cache).table
    state = State(offered.bloc.left_by(2), 2, "eu")
    worth = offered.total()[0, offered.place(state), 2]  # at the stated fall of five percent
    half = stability_map(MEMBERS, options=Options(draws=0, credibility=0.7), points=3, cache=cache)
    inside = offered.total()[0, offered.place(State(0b111)), 2]
    at = np.interp(0.7, half.x.values, half.slack[1, :, 2])
    assert at == pytest.approx(inside - worth, abs=0.02)


@pytest.mark.parametrize(
    ("members", "named", "message"),
    [
        (MEMBERS, {"x": "credibility", "y": "credibility"}, "named twice"),
        (MEMBERS, {"y": "oil"}, "unknown parameter 'oil'"),
        (MEMBERS, {"points": 1}, "2 to 101"),
        (["MER", "LAC"], {"y": "energy_rent"}, "hangs on the credibility"),
        (["USA", "CAN"], {"x": "energy_rent"}, "no energy rent"),
    ],
)
def test_a_map_of_nothing_is_refused(members: Sequence[str], named: dict, message: str, cache: ChunkStore) -> None:
    with pytest.raises(InputError, match=message):
        stability_map(members, options=Options(draws=0, wto="compensate"), cache=cache, **named)


def test_maps_come_with_the_record(result: BlocResult) -> None:
    maps = result.content["maps"]
    assert [(m["x"]["parameter"], m["y"]["parameter"]) for m in maps] == list(MAPS)
    assert all(len(m["stays"]) == len(m["y"]["values"]) and len(m["stays"][0]) == len(m["x"]["values"]) for m in maps)
    assert all(len(cell) == 3 for m in maps for row in m["stays"] for cell in row)


# -- a killed run ---------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[2].split(os.pathsep)
from multipolar.equilibrium import chunks
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.study import bloc_draws
from multipolar.study.bloc import Options, will_it_hold
from toys import toy_world
calls = 0
def third(original):
    def call(*given, **named):
        global calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **named)
    return call
if sys.argv[3] == "solving":
    bloc_draws.solve_batch = third(bloc_draws.solve_batch)
else:
    chunks.os.replace = third(os.replace)
will_it_hold(["RUS", "KAZ", "BLR"], toy_world(), Options(draws=45), cache=ChunkStore(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def uninterrupted() -> str:
    """The record of 45 draws, in three chunks and the most likely values."""
    made = will_it_hold(MEMBERS, toy_world(), Options(draws=45), cache=ChunkStore(None))
    return json.dumps(made.content)


@pytest.mark.parametrize("moment", ["solving", "writing"])
def test_a_killed_run_loses_one_chunk_at_most_and_ends_in_the_same_bytes(
    moment: str, uninterrupted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), paths, moment], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(list(tmp_path.glob("*.npz"))) == 2  # the most likely values and the first twenty draws
    solved: list[int] = []
    original = bloc_draws._solve_chunk

    def spy(*given: Any) -> Any:
        solved.append(given[-1].start)
        return original(*given)

    monkeypatch.setattr(bloc_draws, "_solve_chunk", spy)
    again = will_it_hold(MEMBERS, toy_world(), Options(draws=45), cache=ChunkStore(tmp_path))
    assert solved == [20, 40]
    assert json.dumps(again.content) == uninterrupted


def test_a_bloc_that_was_solved_before_loads_neither_pandas_nor_scipy(cache: ChunkStore) -> None:
    # They take a third of the time of a warm call; with three members nothing needs them.
    will_it_hold(["RUS", "KAZ", "BLR"], options=Options(draws=2), cache=cache)
    code = (
        "import sys\n"
        "from multipolar.equilibrium.chunks import ChunkStore\n"
        "from multipolar.study.bloc import Options, will_it_hold\n"
        "found = will_it_hold(['RUS', 'KAZ', 'BLR'], options=Options(draws=2), cache=ChunkStore(sys.argv[1]))\n"
        "print(found.content['hub'], [name for name in ('jax', 'pandas', 'scipy') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(cache.folder)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "RUS []"
