"""Claims on trade and on holding: made-up payoffs for which the verdict must flip."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from claims_toys import ROWS, inside, made, payoffs, places, trade, verdict
from multipolar.claims import hold
from multipolar.claims import trade as talks
from multipolar.coalition.states import State

DELAY = {"delay_discount": 0.9, "accession_delay/RUS/EACU": 1.5, "accession_delay/KAZ/EACU": 1.5}
DELAY |= {"accession_delay/BLR/EACU": 0.0}


# -- claim 1


@pytest.mark.parametrize(("alone", "word"), [(2.0, "supported"), (0.2, "refuted")])
def test_the_halt_was_political_if_going_alone_paid_more(alone: float, word: str) -> None:
    gains = {("wto", "RUS"): alone}
    for union in ("union", "cheaper"):
        gains |= {(union, "RUS"): 0.1, (f"{union}_joint", "RUS"): 0.6}
    assert verdict(1, talks.halt_was_political(made(DELAY, trade=trade(gains)))).verdict == word


def test_the_halt_depends_on_where_cost_cuts_come_from() -> None:
    gains = {("wto", "RUS"): 0.5, ("cheaper", "RUS"): 2.0, ("cheaper_joint", "RUS"): 2.5}
    found = verdict(1, talks.halt_was_political(made(DELAY, trade=trade(gains))))
    assert (found.verdict, found.probability) == ("depends", {"tariffs_alone": 1.0, "cheaper_inside": 0.0})


def test_delay_is_discounted() -> None:
    one = np.ones(1)
    # Alone pays 1 from half a year on, the union 0 at once and 1 from two years on.
    found = talks.alone_less_joint(one, 0 * one, one, 0.9 * one, 1.5 * one)
    assert found[0] == pytest.approx(0.9**0.5 - 0.9**2.0)
    assert talks.alone_less_joint(one, 0 * one, one, 0.9 * one, 0 * one)[0] == pytest.approx(0.0)


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
    """A context whose slack is given by slopes."""

    def __init__(self, by_credibility: float, by_capability: float) -> None:
        self.slopes, self.parameters = (by_credibility, by_capability), {}

    def figure(self, *key: object) -> np.ndarray:
        return np.full(ROWS, 0.7)

    def slack(self, credibility: np.ndarray | None = None, capability: float = 1.0) -> np.ndarray:
        q = np.full(ROWS, 0.7) if credibility is None else credibility
        level = self.slopes[0] * (q - 0.2) + self.slopes[1] * (capability - 1.0)
        return np.repeat(level[:, None], 3, axis=1)


@pytest.mark.parametrize(
    ("slopes", "word"), [((2.0, 0.1), "supported"), ((0.1, 2.0), "refuted"), ((2.0, 1.2), "depends")]
)
def test_inconsistency_or_fear(slopes: tuple[float, float], word: str) -> None:
    found = hold.inconsistency_or_fear(_Slack(*slopes))  # type: ignore[arg-type]
    assert verdict(15, found).verdict == word
    assert found.flips_at[0]["value"] == pytest.approx(0.2)  # where slack is zero


def test_slack_follows_credibility_through_promises_and_risk() -> None:
    def value(state: State, code: str, component: str) -> float:
        if code != "BLR" or not inside(state, code):
            return 0.0
        return {"energy": 2.0, "coercion": 1.0}.get(component, 0.0)

    context = made(payoffs=payoffs(value, credibility=0.5))
    assert context.slack()[0, 2] == pytest.approx(3.0)
    # Twice the credibility: energy doubles, the risk of being cut off is gone.
    assert context.slack(credibility=np.full(ROWS, 1.0))[0, 2] == pytest.approx(4.0)


# -- claim 16


def test_commitment_against_outside_options() -> None:
    outside, gain = np.linspace(0, 1, 11), np.full(11, 3.0)
    falls = (outside[None, :] < 0.5).astype(float)
    mode, covariance = hold.logit_of_commitment(outside, gain, falls)
    assert mode[0] < -1 and mode[1] == pytest.approx(0.0)  # equal gain explains nothing
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert hold.logit_of_commitment(outside, gain, 1 - falls)[0][0] == pytest.approx(-mode[0])


@pytest.mark.parametrize("word", ["supported", "refuted"])
def test_other_options_hold_back_or_not(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offers = {"UKR": 0.6, "MDA": 0.35, "GEO": 0.3, "ARM": 0.2}
    codes = list(hold.EX_SOVIET)
    with_offer = np.array([code in offers for code in codes])
    committed = np.tile(with_offer == (word == "refuted"), (2, 1)).astype(float)
    monkeypatch.setattr(hold, "commitments", lambda *_: committed)
    monkeypatch.setattr(hold, "_offer", lambda context, row, code: offers.get(code, 0.0))
    context = made(hub_leverage=dict.fromkeys(codes, 1.0))
    assert verdict(16, hold.other_options(context)).verdict == word


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


def test_the_weak_link_depends_on_the_energy_rent() -> None:
    def value(state: State, code: str, component: str) -> float:
        if component == "energy" and inside(state, "BLR"):
            return {"RUS": -3.0, "BLR": 3.0}.get(code, 0.0)
        return _loss_to_russia({"BLR": 2.0, "KAZ": 1.0})(state, code, component)

    found = verdict(17, hold.weak_link_belarus(made(payoffs=payoffs(value))))
    assert found.verdict == "depends"
    assert found.probability["central"] == 0.0 and found.probability["no_energy"] == 1.0


@pytest.mark.parametrize(("offer", "word"), [(0.5, "supported"), (-0.5, "refuted")])
def test_the_european_option_tempts_or_not(offer: float, word: str) -> None:
    def value(state: State, code: str, component: str) -> float:
        if component != "trade" or code != "BLR":
            return 0.0
        return offer if state.exit == "eu" and state.leaver == 2 else 1.0 if inside(state, code) else 0.0

    sweep = (np.array([0.0, 0.05, 0.1]), np.array([0.0, 0.5, 2.0]))
    found = hold.european_option(made(payoffs=payoffs(value), offer_sweep=sweep))
    assert verdict(18, found).verdict == word
    assert found.flips_at[0]["value"] == pytest.approx(0.05 + 0.05 / 3)  # an offer worth 1


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


@pytest.mark.parametrize(("west", "word"), [(0.5, "supported"), (-0.5, "refuted")])
def test_not_anti_western(west: float, word: str) -> None:
    gains = {("cheaper_eu", "RUS"): 1.0, ("cheaper_eu", "EUN"): west}
    context = made(trade=trade(gains), **places({("KAZ", "CASC"): 0.05}))
    assert verdict(27, hold.not_anti_western(context)).verdict == word
