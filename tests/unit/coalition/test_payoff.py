"""The payoff table of a bloc, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from multipolar.atlas import politics
from multipolar.coalition import COMPONENTS, EXITS, Bloc, Drawn, PayoffTable, State, Terms, payoff_table, stability
from multipolar.coalition.assumptions import STATED
from multipolar.coalition.bargaining import demand, pivot, slack
from multipolar.coalition.holding import most_moving
from multipolar.coalition.payoff import political_terms
from multipolar.coalition.states import availability, eu_certain, offers_of, union_of
from multipolar.errors import InputError, UnknownNameError
from multipolar.scenario import derive_policy
from multipolar.world import World
from multipolar.world.bundled import load_world

HUB, ALLY, THIRD = range(3)


def gulf_world() -> World:
    """The world that ships under other names: no figures of the Gulf's own are needed for its political terms."""
    base = load_world()
    names = {"GCC": "SAU", "MNG": "BHR", "IRN": "QAT"}
    codes = tuple(names.get(code, code) for code in base.economies)
    attributes = {k: v for k, v in base.attributes.items() if k != "ideal_point"}
    return replace(base, economies=codes, members=tuple((c,) for c in codes), attributes=attributes)


@pytest.fixture
def bloc() -> Bloc:
    """H leads; A may associate elsewhere."""
    return Bloc(("H", "A", "T"), "H", offers={"A": ("eu",)})


@pytest.fixture
def terms(bloc: Bloc) -> Terms:
    """A draws rent of 10 and has transit worth 2; half of either hangs on membership."""
    masks = {state.mask for state in bloc.states()}
    return Terms(
        rent=np.array([0.0, 10.0, 0.0]),
        transit=np.array([0.0, 2.0, 0.0]),
        share_lost=np.array([0.0, 0.5, 0.5]),
        credibility=0.8,
        security={mask: np.array([-1.0, -2.0 + 0.5 * (mask >> 1 & 1), -3.0]) for mask in masks},
        link=0.5,
        burden=np.array([0.2, 0.1, 0.0]),
        coercion_inside=0.1,
        coercion_outside=0.3,
        loss=np.array([0.0, 5.0, 1.0]),
        own_loss=np.array([0.0, 2.0, 0.5]),
        distance=np.array([0.0, 1.0, 2.0]),
        transfer=np.array([0.0, 0.0, 0.5]),
        spread=np.ones(3),
    )


def _table(bloc: Bloc, terms: Terms, available: np.ndarray | None = None) -> PayoffTable:
    states = bloc.states()
    trade = np.zeros((1, len(states), 3))
    trade[0, states.index(State(0b111))] = [3.0, 2.0, 1.0]
    trade[0, states.index(State(0b011))] = [1.0, 1.0, 0.0]
    trade[0, states.index(State(0b101))] = [1.0, 0.0, 0.5]
    trade[0, states.index(State(0b101, ALLY, "eu"))] = [0.5, 9.0, 0.5]
    may = np.zeros((1, 3, len(EXITS)), dtype=bool)
    may[..., 0] = True
    return payoff_table(bloc, trade, np.full((1, 3), 100.0), [terms], may if available is None else available)


def _table_of(bloc: Bloc, terms: Terms) -> PayoffTable:
    shape = (1, len(bloc.states()), len(bloc.members))
    may = np.ones((1, len(bloc.members), len(EXITS)), dtype=bool)
    return payoff_table(bloc, np.zeros(shape), np.ones((1, len(bloc.members))), [terms], may)


def test_states_are_unions_with_the_hub_and_exits_on_offer(bloc: Bloc) -> None:
    assert bloc.states() == (State(0), State(0b011), State(0b101), State(0b111), State(0b101, ALLY, "eu"))
    alone = Bloc(bloc.members, "H", rule="unanimity", offers=bloc.offers)
    assert alone.states()[-1] == State(0, ALLY, "eu")


def test_every_component_by_hand(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    full = table.values[0, table.place(State(0b111))]
    column = {name: full[:, at] for at, name in enumerate(COMPONENTS)}
    assert column["trade"] == pytest.approx([3, 2, 1])
    assert column["energy"] == pytest.approx([-4, 4, 0])  # 0.8 x 0.5 x 10
    assert column["transit"] == pytest.approx([1, -1, 0])  # 0.5 x 2
    assert column["protection"] == pytest.approx([0, 0.25, 0])  # 0.5 x 0.5
    assert column["burden"] == pytest.approx([-0.1, -0.05, 0])
    # (0.3 - 0.1) x 0.2 x loss, and 0.3 x 0.2 of the dearer transit that cannot be charged while cut off; the hub would
    # lose 2 and 0.5 itself
    assert column["coercion"] == pytest.approx([0.04 * 2.5, 0.2 + 0.06, 0.04])
    assert column["distance"] == pytest.approx([0, -1, -2])
    assert column["transfer"] == pytest.approx([-0.4, 0, 0.4])
    assert not table.values[0, 0].any()


def test_components_sum_and_switch_off(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    parts = sum(table.component(name) for name in COMPONENTS)
    assert table.total() == pytest.approx(parts)
    assert table.total() == pytest.approx(table.values.sum(axis=-1))
    without = table.total([name for name in COMPONENTS if name != "energy"])
    assert (table.total() - without)[0, 3] == pytest.approx([-4, 4, 0])
    with pytest.raises(UnknownNameError, match="unknown component 'enrgy'"):
        table.total(["enrgy"])


def test_dearer_transit_is_not_charged_in_a_year_of_being_cut_off(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    place = table.place(State(0b111))
    both = table.total(["transit", "coercion"])[0, place, ALLY]
    # Inside: cut off with 0.1 x 0.2, losing 5. Outside: cut off with 0.3 x 0.2, else it charges half of 2.
    inside, outside = -0.02 * 5.0, -0.06 * 5.0 + (1 - 0.06) * 1.0
    assert both == pytest.approx(inside - outside)
    assert table.total(["coercion"])[0, place] == pytest.approx([0.1, 0.2, 0.04])  # no transit, nothing left uncharged
    assert table.total(["transit"])[0, place] == pytest.approx([1, -1, 0])


def test_payments_between_members_cancel(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    for name in ("energy", "transit", "transfer"):
        assert table.total([name]).sum(axis=2) == pytest.approx(0.0)


def test_the_union_takes_the_best_open_exit(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    trade = table.total(["trade"])
    union, chosen = table.union(trade)
    assert slack(union)[0] == pytest.approx([3, 2, 1])
    assert pivot(union)[0] == pytest.approx([3, 2 + 0.5, 2 + 1])  # others: all lost; H to 1, T to 0.5; H, A to 1
    assert chosen.tolist() == [[0, 0, 0]]
    may = table.available.copy()
    may[0, ALLY, EXITS.index("eu")] = True
    union, chosen = table.union(trade, available=may)
    assert slack(union)[0] == pytest.approx([3, -7, 1])
    assert pivot(union)[0, ALLY] == pytest.approx(2.5 + 0.5)
    assert chosen.tolist() == [[0, EXITS.index("eu"), 0]]


def test_while_talks_last_the_terms_of_before_go_on(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    # Rent and transit, half of the fall in losses, the burden, and fewer stops: no trade, distance or transfer yet.
    assert table.while_talks_last()[0] == pytest.approx([-4 + 1 - 0.1 + 0.1, 4 - 1 + 0.25 - 0.05 + 0.26, 0.04])
    assert table.while_talks_last(["energy", "trade"])[0] == pytest.approx([-4, 4, 0])
    prices = ["trade", "energy", "transit"]
    union = table.union(table.total(prices), delay=table.while_talks_last(prices))[0]
    # Delay is worth -3, 3 and 0, the surplus over it is the trade gain of 6: A asks 3 + 2 - 5, H -3 + 2 - 0.
    assert demand(union)[0] == pytest.approx([0, 0, 1])
    lapsed = table.union(table.total(prices))[0]
    assert demand(lapsed)[0] == pytest.approx([2, 0, 1])  # as if the rent had stopped already, the hub would ask for it


def test_who_leaves_ends_the_union_by_its_rule(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    assert table.union(table.total())[0].ends == (True, False, False)


def test_without_the_hub_there_is_no_union(bloc: Bloc, terms: Terms) -> None:
    table = _table(bloc, terms)
    by_mask = table.by_mask(table.total())
    assert not by_mask[0, [0b000, 0b001, 0b010, 0b100, 0b110]].any()
    found = stability(table, table.by_mask(table.total(["trade"]))[0])
    assert found.holds["internal"] and found.holds["coalition_proof"] and found.holds["core"]
    found = stability(table, by_mask[0])  # T loses more by distance than it gains by trade
    assert not found.holds["internal"]


@pytest.mark.parametrize(
    ("members", "hub", "message"),
    [
        (("H",), "H", "at least two"),
        (("H", "H"), "H", "named twice"),
        (("H", "A"), "T", "not among the members"),
        (tuple("ABCDEFGHI"), "A", "too many"),
    ],
)
def test_a_bloc_that_cannot_be_is_refused(members: tuple[str, ...], hub: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Bloc(members, hub)


def test_draws_stay_in_their_ranges_and_are_recorded() -> None:
    for u in (0.0, 0.3, 1.0):
        drawn = Drawn(lambda _, u=u: u)
        for name, about in STATED.items():
            assert about.lo <= drawn.stated(name) <= about.hi
        assert set(drawn.record) == set(STATED)
    assert not Drawn().record


def test_offers_and_terms_of_the_shipped_world() -> None:
    world = load_world()
    members = ("RUS", "KAZ", "BLR")
    bloc = Bloc(members, "RUS", offers=offers_of(members, world.economies))
    assert bloc.offers == {"RUS": ("wto",), "KAZ": ("wto", "eu"), "BLR": ("wto", "eu")}
    central = availability(bloc, Drawn())
    assert central.tolist() == [[True, True, False], [True, False, False], [True, False, False]]
    assert eu_certain(bloc, central)[2, 2]  # Belarus is in the Eastern Partnership
    assert not eu_certain(bloc, central)[1, 2]  # Kazakhstan is not
    terms, missing = political_terms(bloc, world, Drawn(), np.array([np.nan, 1.0, 2.0]), np.ones(3))
    assert terms.rent == pytest.approx([0, 0, 4.54])
    assert terms.transit[2] == pytest.approx((44.2 * 10 + 70 * 12) / 1e3)
    assert set(missing) == {"transit"}
    assert (terms.security[0b111] >= terms.security[0]).all()
    later, _ = political_terms(bloc, world, Drawn(), np.array([np.nan, 1.0, 2.0]), np.ones(3), year=2008)
    assert later.rent[2] == pytest.approx(10.14)


def test_what_was_counted_as_stopped_is_not_discounted_again() -> None:
    members = ("RUS", "KAZ", "BLR")
    bloc, world = Bloc(members, "RUS"), load_world()
    counted = [politics.figure(f"coercion_hazard_{where}") for where in ("outside", "inside")]
    for u in (None, 0.1, 0.5, 0.8):
        drawn = Drawn(None if u is None else lambda name, u=u: u)
        terms, _ = political_terms(bloc, world, drawn, np.array([np.nan, 3.0, 6.0]), np.array([np.nan, 2.0, 5.0]))
        more, less = (figure.at(u) for figure in counted)
        table = _table_of(bloc, terms)
        # Whatever the word of the hub is taken to be, the record already holds how often it was broken.
        found = table.component("coercion", ["coercion"])[0, table.place(State(0b111))]
        assert found == pytest.approx([(more - less) * 7.0, (more - less) * 3.0, (more - less) * 6.0])
        # A hub that kept its word without fail would stop nothing.
        kept = _table_of(bloc, replace(terms, credibility=1.0))
        assert not kept.component("coercion")[0].any()


def test_both_hazards_are_counted_by_the_rule_that_their_notes_state() -> None:
    outside, inside = (politics.figure(f"coercion_hazard_{where}") for where in ("outside", "inside"))
    assert {outside.unit, inside.unit} == {"fraction"} and outside.sources and inside.sources
    member = (date(2008, 10, 16) - date(2006, 1, 25)).days / 365.25  # Uzbekistan in EURASEC
    years = {"outside": 7 * 5 - member, "inside": 4 * 5 + member}
    georgia = (18.7 - 3.4) / (324 / 6)
    embargoes = [georgia * (date(2009, 6, 14) - date(2006, 3, 27)).days / 365.25, 205 / 560 * 20 / 12]
    stopped = {"outside": sum(embargoes) + 0.25 * 22 / 365, "inside": (0.25 * 3 + 0.03 * 11) / 365}
    half = sum(embargoes) / 4
    for where, figure in (("outside", outside), ("inside", inside)):
        assert figure.value == pytest.approx(stopped[where] / years[where], rel=0.03)
        assert figure.hi == pytest.approx((stopped[where] + half) / years[where], rel=0.03)
    assert outside.lo == pytest.approx((georgia + 205 / 560 + 0.25 * 22 / 365) / years["outside"], rel=0.05)


def test_a_hub_with_few_figures_is_asked_about_with_those() -> None:
    world = load_world()
    bloc = Bloc(("USA", "CAN"), "USA")
    terms, missing = political_terms(bloc, world, Drawn(), np.array([np.nan, 1.0]), np.ones(2))
    assert set(missing) == set(COMPONENTS) - {"trade", "transfer", "distance"}
    assert missing["coercion"] == {"CAN": "no hazard of being cut off by USA"}
    assert missing["transit"] == {"CAN": "no figures with USA as hub"}
    assert not terms.loss.any() and terms.coercion_outside == 0.0 and terms.credibility == 1.0
    table = payoff_table(bloc, np.ones((1, 2, 2)), np.ones((1, 2)), [terms], np.ones((1, 2, 3), dtype=bool))
    assert table.total() == pytest.approx(table.total(["trade", "distance"]))
    points = world.attributes["ideal_point"]
    gap = abs(points[world.economy_index("CAN")] - points[world.economy_index("USA")])
    size = world.gdp[world.economy_index("CAN")] / 1e3
    assert table.total(["distance"])[0, 1] == pytest.approx([0.0, -0.5 * gap / 100 * size])


def test_the_share_of_bahrain_hangs_on_saudi_arabia_in_part() -> None:
    bloc = Bloc(("SAU", "BHR", "QAT"), "SAU")
    world = gulf_world()
    terms, missing = political_terms(bloc, world, Drawn(), np.array([np.nan, 1.0, 1.0]), np.ones(3))
    assert terms.rent == pytest.approx([0, 3.4, 0]) and terms.share_lost == pytest.approx([0, 0.2, 0])
    assert missing["energy"] == {"QAT": "no figure for the energy rent in 2009"}
    assert "no ideal point" in missing["distance"]["BHR"]


def test_what_has_no_figure_is_said_in_words() -> None:
    members = ("RUS", "KAZ", "BLR", "UZB")
    _, missing = political_terms(Bloc(members, "RUS"), load_world(), Drawn(), np.ones(4), np.ones(4))
    assert missing["transit"]["KAZ"] == "no figure for the gas that crosses it in 2009"
    assert not [why for found in missing.values() for why in found.values() if "_" in why or "/" in why]


def test_a_union_that_the_hub_is_in_is_enlarged() -> None:
    world = load_world()
    found = union_of("EUN", world)
    assert found is not None and found[0] == "EUCU" and set(found[1]) == {"EUN", "TUR"}
    assert union_of("USA", world) is None
    bloc = Bloc(("EUN", "UKR", "TUR"), "EUN", enlarges=found)
    amounts = {"union_cut": 0.05, "association_cut": 0.05, "wto_factor": 1.0}
    part, whole = bloc.scenario(State(0b011), **amounts), bloc.scenario(State(0b111), **amounts)
    assert part is not None and whole is not None
    policy = derive_policy(world, part)
    eu, ukr, tur = (world.economy_index(code) for code in ("EUN", "UKR", "TUR"))
    goods = world.sector_index("goods")
    assert policy.tariff[eu, ukr, goods] == policy.tariff[ukr, eu, goods] == 0.0
    assert policy.tariff[tur, eu, goods] == world.tariff[tur, eu, goods] == 0.0  # the old union goes on
    assert policy.tariff[tur, ukr, goods] > 0.0  # and does not take in whom the bloc takes in
    assert "club" not in whole.model_dump(exclude_none=True)["shocks"][0]


def test_what_moves_most_must_beat_chance() -> None:
    rng = np.random.default_rng(0)
    noise = {f"n{k}": rng.random(100) for k in range(50)}
    outcome = rng.random(100)
    assert most_moving(noise, outcome) is None
    found = most_moving({**noise, "cause": -outcome}, outcome)
    assert found is not None and found[0] == "cause" and found[1] == pytest.approx(-1.0)
    assert most_moving(noise, np.ones(100)) is None


def test_more_credible_promises_attach_the_ally(bloc: Bloc, terms: Terms) -> None:
    weak, strong = (
        slack(_table(bloc, t).union(_table(bloc, t).total(["energy"]))[0])[0, ALLY]
        for t in (replace(terms, credibility=0.2), replace(terms, credibility=0.9))
    )
    assert weak == pytest.approx(1.0) and strong == pytest.approx(4.5)
