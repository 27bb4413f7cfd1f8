"""Claims on trade and on holding: made-up payoffs for which the verdict must flip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from claims_toys import ROWS, inside, made, payoffs, places, trade, verdict
from multipolar.atlas import politics
from multipolar.claims import commitment, hold
from multipolar.claims import trade as talks
from multipolar.claims.context import MEMBERS, Context
from multipolar.coalition.payoff import payoff_table
from multipolar.coalition.states import State
from multipolar.scenario import Scenario, derive_policy
from multipolar.world.bundled import load_world

DELAY = {"delay_discount": 0.9, "accession_delay/RUS/EACU": 1.5, "accession_delay/KAZ/EACU": 1.5}
DELAY |= {"accession_delay/BLR/EACU": 0.0}


# -- claim 1


@pytest.mark.parametrize(("entered", "word"), [(0.6, "supported"), (-0.2, "refuted")])
def test_the_halt_was_political_if_entering_at_once_paid_more(entered: float, word: str) -> None:
    # What Russia would have without a union (9) says nothing: the union is open either way.
    gains = {("wto", "RUS"): 9.0}
    for union in ("union", "cheaper"):
        gains |= {(union, "RUS"): 0.1, (f"{union}_joint", "RUS"): entered}
    assert verdict(1, talks.halt_was_political(made(DELAY, trade=trade(gains)))).verdict == word


def test_the_halt_depends_on_where_cost_cuts_come_from() -> None:
    gains = {("union_joint", "RUS"): 0.5, ("cheaper", "RUS"): 2.0, ("cheaper_joint", "RUS"): 1.5}
    found = verdict(1, talks.halt_was_political(made(DELAY, trade=trade(gains))))
    assert (found.verdict, found.probability) == ("depends", {"tariffs_alone": 1.0, "cheaper_inside": 0.0})


def test_the_gains_of_the_union_are_not_booked_to_the_joint_bid() -> None:
    # Entry is worth nothing, the union 5 with either: the halt is worth nothing, however large the union.
    gains = {(name, "RUS"): 5.0 for name in ("union", "union_joint", "cheaper", "cheaper_joint")}
    found = talks.halt_was_political(made(DELAY, trade=trade(gains)))
    for parts in found.readings.values():
        assert not isinstance(parts, str)
        assert parts["alone_less_joint"].value == pytest.approx(0.0)


def test_delay_is_discounted() -> None:
    one = np.ones(1)
    # Entry adds 1 to the union: from half a year on, or from two years on.
    found = talks.alone_less_joint(one, 2 * one, 2 * one, 0.9 * one, 1.5 * one)
    assert found[0] == pytest.approx(0.9**0.5 - 0.9**2.0)
    assert talks.alone_less_joint(one, 2 * one, 2 * one, 0.9 * one, 0 * one)[0] == pytest.approx(0.0)
    # A joint entry that brings 3 in place of 2 makes up for its delay if 0.9 ** 2 x 2 exceeds 0.9 ** 0.5.
    assert talks.alone_less_joint(one, 2 * one, 3 * one, 0.9 * one, 1.5 * one)[0] == pytest.approx(
        0.9**0.5 - 2 * 0.9**2
    )


def test_in_the_union_own_and_joint_accession_are_one_state() -> None:
    world = load_world("world-2009")
    union: dict[str, object] = {"kind": "customs_union", "members": list(MEMBERS), "leader": "RUS"}
    union |= {"external_tariff": {"rule": "leader"}, "non_tariff_cost": -0.05}
    own = {"kind": "wto_accession", "economies": "RUS", "factor": 0.7}
    joint = {"kind": "wto_accession", "economies": list(MEMBERS), "joint": True, "factor": 0.7}
    tariffs = []
    for shocks in ([union, own | {"resolve": {"WTO": "bind"}}], [union, joint]):
        content = {"schema": 1, "kind": "scenario", "id": "x", "title": "x", "shocks": shocks}
        tariffs.append(derive_policy(world, Scenario.model_validate(content)).tariff)
    assert np.allclose(*tariffs, atol=1e-12)


# -- claims 5 and 26


def _bargain(pair: Mapping[str, float], whole: float, rent: float = 0.0):
    """Trade surplus of pairs and of all, booked at Russia; a rent from Russia to Belarus."""

    def value(state: State, code: str, component: str) -> float:
        partners = [name for name in ("KAZ", "BLR") if inside(state, name)]
        if component == "energy" and "BLR" in partners:
            return {"RUS": -rent, "BLR": rent}.get(code, 0.0)
        if component != "trade" or code != "RUS" or not partners:
            return 0.0
        return whole if len(partners) == 2 else pair[partners[0]]

    return payoffs(value)


def test_shapley_value_is_that_of_the_textbook() -> None:
    # Worth: RUS+KAZ 1, RUS+BLR 2, all 6. Orders: RUS adds 0, 0, 1, 2, 6, 6.
    by_mask = made(payoffs=_bargain({"KAZ": 1.0, "BLR": 2.0}, 6.0)).by_mask("central")
    assert hold.shapley_rows(by_mask, (0, 1, 2))[0] == pytest.approx([2.5, 1.5, 2.0])
    assert hold.shapley_rows(by_mask, (0, 2))[0] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(("whole", "word"), [(6.0, "supported"), (1.0, "refuted")])
def test_the_centre_gains_from_the_second_partner_or_not(whole: float, word: str) -> None:
    context = made(payoffs=_bargain({"KAZ": 1.0, "BLR": 2.0}, whole))
    assert verdict(5, hold.centre_of_integration(context)).verdict == word


@pytest.mark.parametrize(("rent", "word"), [(0.5, "supported"), (5.0, "supported"), (7.0, "depends")])
def test_standing_survives_what_it_costs_or_not(rent: float, word: str) -> None:
    # Russia books 6 in the union of three and pays the rent out of it, once: it is better off up to a rent of 6.
    found = hold.standing_after_transfers(made(payoffs=_bargain({"KAZ": 1.0, "BLR": 2.0}, 6.0, rent)))
    paid, needed = (found.readings[name] for name in ("paid", "needed"))
    assert not isinstance(paid, str) and not isinstance(needed, str)
    assert paid["net"].value == pytest.approx(6.0 - rent)
    assert needed["net"].value == pytest.approx(6.0)  # before payments; nobody has a better way out
    assert verdict(26, found).verdict == word


@pytest.mark.parametrize("lost", [1.5, 3.0])
def test_standing_survives_the_transfer_that_is_needed_or_not(lost: float) -> None:
    # Russia has 2, Kazakhstan loses by the union and stays only if that is made good; no payments count.
    def value(state: State, code: str, component: str) -> float:
        if not inside(state, code):
            return 0.0
        if component in ("energy", "transfer"):
            return {"RUS": -50.0, "BLR": 50.0}.get(code, 0.0)
        return {"RUS": 2.0, "KAZ": -lost, "BLR": 0.0}[code] if component == "trade" else 0.0

    found = hold.standing_after_transfers(made(payoffs=payoffs(value)))
    needed = found.readings["needed"]
    assert not isinstance(needed, str)
    assert needed["net"].value == pytest.approx(2.0 - lost)
    assert verdict(26, found).probability["needed"] == float(lost < 2.0)


def test_russia_is_not_paid_by_itself_to_stay() -> None:
    def value(state: State, code: str, component: str) -> float:
        return -1.0 if component == "trade" and code == "RUS" and inside(state, code) else 0.0

    needed = hold.standing_after_transfers(made(payoffs=payoffs(value))).readings["needed"]
    assert not isinstance(needed, str)
    assert needed["net"].value == pytest.approx(-1.0)


# -- claim 15


class _Slack:
    """A context whose slack, and what Russia as a threat costs, are given by slopes."""

    def __init__(self, by_credibility: float, by_capability: float, fear: float = 0.0) -> None:
        self.slopes, self.fear, self.parameters = (by_credibility, by_capability), fear, {}

    def figure(self, *key: object) -> np.ndarray:
        return np.full(ROWS, 0.7)

    def slack(self, credibility: np.ndarray | None = None, capability: float = 1.0) -> np.ndarray:
        q = np.full(ROWS, 0.7) if credibility is None else credibility
        level = self.slopes[0] * (q - 0.2) + self.slopes[1] * (capability - 1.0)
        return np.repeat(level[:, None], 3, axis=1)

    def feared(self, capability: float = 1.0) -> np.ndarray:
        return np.full((ROWS, 3), self.fear * capability)


@pytest.mark.parametrize(
    ("slopes", "word"),
    [
        ((2.0, 0.1), "supported"),
        ((0.1, 2.0), "refuted"),
        ((2.0, 1.2), "depends"),
        ((-2.0, 0.1), "refuted"),  # slack that falls with credibility: breaking one's word holds the member
        ((2.0, 0.1, 2.0), "refuted"),  # fear of a stronger Russia takes more than inconsistency
        ((2.0, -0.1, 0.1), "supported"),
    ],
)
def test_inconsistency_or_fear(slopes: tuple[float, ...], word: str) -> None:
    found = hold.inconsistency_or_fear(_Slack(*slopes))  # type: ignore[arg-type]
    assert verdict(15, found).verdict == word
    assert found.flips_at[0]["value"] == pytest.approx(0.2)  # where slack is zero


def test_who_is_put_off_by_hand() -> None:
    lost, moved, feared = (np.array([[x]]) for x in (3.0, -1.0, 2.0))
    assert hold.put_off(lost, moved, feared)[0, 0] == 1.0
    assert hold.put_off(lost, -3 * moved, feared)[0, 0] == 0.0
    assert hold.put_off(-lost, moved, feared)[0, 0] == -5.0


def test_russia_is_feared_by_its_strength_and_only_outside_itself() -> None:
    context = Context(draws=0)
    feared = context.feared()
    rate = politics.load_hazards()["BLR", "RUS"].value
    stake = politics.figure("war_stake").at() * politics.figure("war_share").at()
    gdp = context.world.attributes["gdp_usd_mn"][context.world.economy_index("BLR")] / 1e3
    assert 0 < feared[0, 2] < rate * stake * gdp
    assert feared[0, 0] == 0.0
    assert (context.feared(2.0)[0, 1:] > feared[0, 1:]).all()


def test_slack_follows_credibility_wherever_the_payoffs_have_it() -> None:
    # Belarus is promised a rent of 4; the hub keeps its word half the time.
    toy = payoffs(lambda state, code, component: 0.0)
    rent = np.array([0.0, 0.0, 4.0])
    terms = replace(toy.rows[0].terms, rent=rent, share_lost=np.ones(3), credibility=0.5)
    table = payoff_table(
        toy.table.bloc, 0 * toy.table.values[..., 0], toy.table.income, [terms] * ROWS, toy.table.available
    )
    context = made(payoffs=replace(toy, table=table, rows=(replace(toy.rows[0], terms=terms),) * ROWS))
    assert context.slack()[0, 2] == pytest.approx(2.0)
    assert context.slack(credibility=np.full(ROWS, 1.0))[0, 2] == pytest.approx(4.0)
    assert context.slack(credibility=np.full(ROWS, 0.25))[0].tolist() == pytest.approx([-1.0, 0.0, 1.0])


# -- claim 16


def test_commitment_against_outside_options() -> None:
    outside, gain = np.linspace(0, 1, 11), np.full(11, 3.0)
    falls = (outside[None, :] < 0.5).astype(float)
    mode, covariance = commitment.logit_of_commitment(outside, gain, falls)
    assert mode[0] < -1 and mode[1] == pytest.approx(0.0)  # equal gain explains nothing
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert commitment.logit_of_commitment(outside, gain, 1 - falls)[0][0] == pytest.approx(-mode[0])


def test_a_state_is_one_observation_however_many_clubs_it_is_in() -> None:
    outside, gain = np.linspace(0, 1, 11), np.arange(11.0) % 3
    falls = (outside[None, :] < 0.5).astype(float)
    one, spread = commitment.logit_of_commitment(outside, gain, falls)
    # The same record in nine clubs is no more evidence; only the prior of the intercepts, now nine, differs a little.
    many, spread_of_many = commitment.logit_of_commitment(outside, gain, np.tile(falls, (9, 1)))
    assert many[0] == pytest.approx(one[0], rel=0.05)
    assert spread_of_many[0, 0] == pytest.approx(spread[0, 0], rel=0.05)


@pytest.mark.parametrize("word", ["supported", "refuted"])
def test_other_options_hold_back_or_not(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offers = {"UKR": 0.6, "MDA": 0.35, "GEO": 0.3, "ARM": 0.2}
    codes = list(commitment.EX_SOVIET)
    with_offer = np.array([code in offers for code in codes])
    committed = np.tile(with_offer == (word == "refuted"), (2, 1)).astype(float)
    monkeypatch.setattr(commitment, "commitments", lambda *_: committed)
    monkeypatch.setattr(commitment, "_offer", lambda context, row, code: offers.get(code, 0.0))
    context = made(hub_leverage=dict.fromkeys(codes, 1.0))
    assert verdict(16, commitment.other_options(context)).verdict == word


# -- claims 17 to 19


def _members(values: Mapping[str, Mapping[str, float]]):
    """Payoff of each member by component while it is in the union."""

    def value(state: State, code: str, component: str) -> float:
        return values.get(code, {}).get(component, 0.0) if inside(state, code) else 0.0

    return value


def _loss_to_russia(loss: Mapping[str, float]):
    def value(state: State, code: str, component: str) -> float:
        if component != "trade" or code != "RUS":
            return 0.0
        return sum(amount for name, amount in loss.items() if inside(state, name))

    return value


@pytest.mark.parametrize(
    ("loss", "word"), [({"BLR": 2.0, "KAZ": 1.0}, "supported"), ({"BLR": 1.0, "KAZ": 2.0}, "refuted")]
)
def test_the_weak_link_is_who_is_dearest_to_lose(loss: Mapping[str, float], word: str) -> None:
    assert verdict(17, hold.weak_link_belarus(made(payoffs=payoffs(_loss_to_russia(loss))))).verdict == word


def test_a_member_whose_going_the_others_gain_by_is_nobodys_weak_link() -> None:
    # Kazakhstan's going would gain the others 3, that of Belarus 1: no loss, so no rank, though -1 exceeds -3.
    found = hold.weak_link_belarus(made(payoffs=payoffs(_loss_to_russia({"BLR": -1.0, "KAZ": -3.0}))))
    assert verdict(17, found).verdict == "refuted"
    assert "Belarus 100%, Kazakhstan 100%" in found.notes[1]
    assert hold.lead_in_loss(np.array([[-3.0, -1.0], [0.5, -1.0], [-1.0, 0.5]])).tolist() == [0.0, -0.5, 0.5]


def test_the_weak_link_depends_on_the_energy_rent() -> None:
    def value(state: State, code: str, component: str) -> float:
        if component == "energy" and inside(state, "BLR"):
            return {"RUS": -3.0, "BLR": 3.0}.get(code, 0.0)
        return _loss_to_russia({"BLR": 2.0, "KAZ": 1.0})(state, code, component)

    found = verdict(17, hold.weak_link_belarus(made(payoffs=payoffs(value))))
    assert found.verdict == "depends"
    assert found.probability["central"] == 0.0 and found.probability["no_energy"] == 1.0


@pytest.mark.parametrize(
    ("offer", "rent", "word"),
    [(1.5, 0.0, "supported"), (0.5, 0.0, "refuted"), (1.5, 1.0, "depends"), (-0.5, 0.0, "refuted")],
)
def test_the_european_option_tips_or_not(offer: float, rent: float, word: str) -> None:
    # Inside, Belarus has 1 from trade and the energy rent: an offer of 0.5 lowers slack and tips nothing.
    def value(state: State, code: str, component: str) -> float:
        if code == "BLR" and component == "energy" and inside(state, code):
            return rent
        if component != "trade" or code != "BLR":
            return 0.0
        return offer if state.exit == "eu" and state.leaver == 2 else 1.0 if inside(state, code) else 0.0

    sweep = (np.array([0.0, 0.05, 0.1]), np.array([0.0, 0.5, 2.0]))
    found = hold.european_option(made(payoffs=payoffs(value), offer_sweep=sweep))
    assert verdict(18, found).verdict == word
    assert found.flips_at[-1]["value"] == pytest.approx(0.05 + 0.05 / 3)  # an offer worth 1, no rent counted
    assert "stay in these shares of the draws: 100% with all components" in found.notes[1]


def test_an_offer_that_is_not_the_best_way_out_does_not_tempt() -> None:
    def value(state: State, code: str, component: str) -> float:
        if component != "trade" or code != "BLR" or inside(state, code):
            return 0.0
        return {"eu": 0.5, "wto": 2.0}.get(state.exit, 0.0) if state.leaver == 2 else 0.0

    sweep = (np.array([0.0, 0.1]), np.array([0.0, 1.0]))
    assert verdict(18, hold.european_option(made(payoffs=payoffs(value), offer_sweep=sweep))).verdict == "refuted"


def test_the_offer_that_tips_lies_between_those_swept_or_beyond() -> None:
    cuts, gains = np.array([0.0, 0.1, 0.2]), np.array([0.0, 1.0, 4.0])
    assert hold.tipping_offer(cuts, gains, 2.5) == pytest.approx(0.15)
    assert hold.tipping_offer(cuts, gains, -1.0) == 0.0
    assert hold.tipping_offer(cuts, gains, 9.0) is None


def test_commitment_sinks_what_delay_costs_and_never_less_than_nothing() -> None:
    own = np.array([[1.0, -1.0, np.nan]])
    sunk = hold.sunk_by_commitment(own, np.array([[2.0, 2.0, 2.0]]), np.array([0.9]))
    assert sunk[0] == pytest.approx([1 - 0.81, 0.0, 0.0])


@pytest.mark.parametrize(
    ("own_entry", "belarus", "word"), [(5.0, 2.0, "supported"), (-5.0, 2.0, "refuted"), (5.0, 0.5, "refuted")]
)
def test_belarus_can_demand_more_if_others_have_sunk_something(own_entry: float, belarus: float, word: str) -> None:
    # Belarus gets nothing in the union, so a third of the surplus of 2.5 is its wish; the pivot caps it. What others
    # sank raises the wish and not the pivot, since they go on without Belarus: with a pivot of 0.5 nothing is gained.
    value = _loss_to_russia({"BLR": belarus, "KAZ": 2.5 - belarus})
    context = made(DELAY, payoffs=payoffs(value), trade=trade({("wto", "RUS"): own_entry}))
    assert verdict(19, hold.renege_or_demand(context)).verdict == word


# -- claims 20 and 27


def test_linking_pays_only_if_it_saves_a_club_that_would_fail() -> None:
    union, alliance = np.array([[-1.0, 3.0]]), np.array([[2.0, -1.0]])
    assert hold.gain_from_linking(union, alliance)[0] == pytest.approx(1.0)  # both 1 and 2, apart nothing
    assert hold.gain_from_linking(union, np.array([[0.5, -1.0]]))[0] == 0.0  # Russia still loses
    assert hold.gain_from_linking(np.array([[1.0, 1.0]]), np.array([[1.0, 1.0]]))[0] == 0.0  # nothing to save


@pytest.mark.parametrize(("worth", "word"), [(2.0, "supported"), (0.1, "refuted")])
def test_linkage(worth: float, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = _members({"BLR": {"trade": 3.0}})

    def value(state: State, code: str, component: str) -> float:
        lost = -1.0 if code == "RUS" and component == "trade" and inside(state, "BLR") else 0.0
        return values(state, code, component) + lost

    monkeypatch.setattr(hold, "alliance_gain", lambda context: np.tile([[worth, -1.0]], (ROWS, 1)))
    assert verdict(20, hold.linkage(made(payoffs=payoffs(value)))).verdict == word


def test_a_policy_counts_only_if_no_western_economy_loses() -> None:
    members = np.array([[3.0, 2.0, -1.0]])
    west = np.array([[[-1.0, 1.0], [0.5, 0.0], [1.0, 1.0]]])
    assert hold.best_policy(members, west)[0] == 2.0
    assert hold.best_policy(members, west - 2.0)[0] == 0.0


@pytest.mark.parametrize(("west", "rise"), [(0.5, 1.0), (-0.5, 0.0)])
def test_a_policy_that_costs_the_west_does_not_count_and_there_is_no_verdict(west: float, rise: float) -> None:
    gains = {("cheaper_eu", "RUS"): 1.0, ("cheaper_eu", "EUN"): west}
    context = made(trade=trade(gains), **places({("KAZ", "CASC"): 0.05}))
    found = hold.not_anti_western(context)
    parts = found.readings["search"]
    assert not isinstance(parts, str)
    assert parts["union"].value == pytest.approx(rise) and parts["csto"].value > 0
    assert verdict(27, found).verdict == "not_testable"
