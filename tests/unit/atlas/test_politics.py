"""The political tables: every row backed, every range in order, every sum as its note says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.atlas.politics.figures import parse_figures
from multipolar.atlas.politics.records import parse_events, parse_hazards, parse_offers, parse_threats
from multipolar.errors import AtlasError, InputError, UnknownNameError

EVE = dt.date(2009, 6, 15)
FIGURES = tuple(politics.load_figures().values())


def value(table: str, economy: str = "", partner: str = "", year: int | None = None) -> float:
    return politics.figure(table, economy, partner, year).at()


def test_every_source_is_public_known_and_used() -> None:
    used = {key for found in FIGURES for key in found.sources}
    used |= {key for found in politics.load_offers() for key in found.sources}
    used |= {key for found in politics.load_hazards().values() for key in found.sources}
    used |= {key for found in politics.load_events() for key in found.sources}
    own = set(politics.load_political_sources()) - set(atlas.sources())
    assert own <= used
    assert used <= set(politics.load_political_sources())


def test_a_source_stands_in_one_list_only() -> None:
    urls = [found.url for found in politics.load_political_sources().values()]
    doubled = {url for url in urls if urls.count(url) > 1}
    assert not doubled


@pytest.mark.parametrize("found", FIGURES, ids=lambda found: found.id)
def test_every_figure_has_a_source_or_a_reason(found: politics.Figure) -> None:
    assert found.sources or found.note
    if found.status in ("observed", "estimated"):
        assert found.sources
    if found.status == "range":
        assert not found.sources
    if found.value is None:
        with pytest.raises(InputError, match=r"no figure for .*: \w"):
            found.at()
    elif found.lo is not None and found.hi is not None:
        assert found.lo <= found.at(0.0) <= found.at(0.5) <= found.at(1.0) <= found.hi


@pytest.mark.parametrize("year", [2007, 2008, 2009, 2010])
def test_gas_rent_follows_from_its_parts(year: int) -> None:
    parity = value("gas_border_price", "EUN", "RUS", year) - value("gas_transport_cost", "BLR", "EUN")
    assert value("gas_parity", "BLR", "RUS", year) == pytest.approx(parity, abs=0.5)
    rent = (parity - value("gas_contract_price", "BLR", "RUS", year)) * value("gas_volume", "BLR", "RUS", year) / 1e3
    assert value("gas_rent", "BLR", "RUS", year) == pytest.approx(rent, abs=0.01)


@pytest.mark.parametrize("year", [2007, 2008, 2009])
def test_oil_rent_is_the_duty_forgiven(year: int) -> None:
    forgiven = (1 - value("oil_duty_share_paid", "BLR", "RUS", year)) * value("oil_export_duty", "RUS", "", year)
    rent = forgiven * value("oil_volume", "BLR", "RUS", year) / 1e3
    assert value("oil_rent", "BLR", "RUS", year) == pytest.approx(rent, abs=0.01)


@pytest.mark.parametrize("year", [2007, 2008, 2009, 2010])
def test_energy_rent_is_gas_and_oil(year: int) -> None:
    rents = [politics.figure(table, "BLR", "RUS", year) for table in ("energy_rent", "gas_rent", "oil_rent")]
    for part in ("value", "lo", "hi"):
        whole, gas, oil = (getattr(rent, part) for rent in rents)
        assert whole == pytest.approx(gas + oil, abs=0.011)


def test_our_rent_of_2007_meets_the_official_subsidy() -> None:
    # Announced in January 2007, computed here from prices, duties and volumes: two roads to one number.
    announced = value("subsidy_total", "BLR", "RUS", 2007)
    assert announced == value("subsidy_gas", "BLR", "RUS", 2007) + value("subsidy_oil", "BLR", "RUS", 2007)
    assert value("energy_rent", "BLR", "RUS", 2007) == pytest.approx(announced, rel=0.05)


def test_no_measure_is_of_a_later_year() -> None:
    for found in FIGURES:
        if found.clock == "measure" and found.year is not None:
            assert found.year <= 2009
        if found.year is not None and found.year > 2009:
            assert found.clock == "outcome"


def test_sunk_costs_are_not_identified() -> None:
    costs = politics.load_figures("sunk_cost")
    assert {found.status for found in costs.values()} == {"not_identified"}
    assert {found.economy for found in costs.values()} >= {"RUS", "KAZ", "BLR"}


def test_eastern_partners_agree_with_the_atlas() -> None:
    offered = {o.economy for o in politics.load_offers() if o.offer == "eastern_partnership" and o.available}
    assert offered == set(atlas.members("EAP", EVE))
    assert "KAZ" not in offered


def test_wto_offers_agree_with_the_atlas() -> None:
    offers = {o.economy: o for o in politics.load_offers() if o.offer == "wto_accession"}
    members = set(atlas.members("WTO", EVE))
    assert {code for code, offer in offers.items() if offer.available} == members & set(offers)
    for code, offer in offers.items():
        applicant = atlas.clubs_of(code, EVE).get("WTO") == "applicant"
        assert applicant == (not offer.available and code != "TKM"), code
    (ukraine,) = (m for m in atlas.memberships(club="WTO", economy="UKR") if m.status == "full")
    assert offers["UKR"].since == ukraine.start


def test_no_offer_of_association_is_likelier_for_belarus_than_for_ukraine() -> None:
    offers = {o.economy: o for o in politics.load_offers() if o.offer == "eu_association"}
    assert offers["BLR"].at(0.9) < offers["UKR"].at(0.1)
    assert offers["KAZ"].at() == 0


def test_an_excess_is_drawn_as_a_difference_of_rates_that_may_be_none() -> None:
    hazard = politics.load_hazards()["RUS", "AFGC"]
    # 6 onsets in 649 state-years against 9 in 1,037, a half added to each (Jeffreys), shared by two conflicts.
    rng = np.random.default_rng(0)
    posterior = (rng.gamma(6.5, 1 / 649, 200_000) - rng.gamma(9.5, 1 / 1037, 200_000)) / 2
    drawn = np.array([hazard.at(float(u)) for u in rng.random(20_000)])
    assert drawn.mean() == pytest.approx(hazard.value, abs=1e-4)
    assert (drawn < 0).mean() == pytest.approx((posterior < 0).mean(), abs=0.03)
    assert (drawn > 0.0005).mean() == pytest.approx((posterior > 0.0005).mean(), abs=0.03)
    assert hazard.at(0.05) == pytest.approx(hazard.lo) and hazard.at(0.95) == pytest.approx(hazard.hi)
    assert hazard.at() == hazard.value and np.isfinite([hazard.at(0.0), hazard.at(1.0)]).all()


def test_threats_and_hazards_fit() -> None:
    threats = politics.load_threats()
    assert [t for t in threats.values() if t.kind == "hub"] == [threats["RUS"]]
    hazards = politics.load_hazards()
    assert all(h.value >= 0 and h.lo <= h.value <= h.hi < 0.1 for h in hazards.values())
    assert {h.rule for h in hazards.values() if h.lo < 0} == {"ring_2"}  # an excess that may be none
    # Neighbours quarrel more when they are rivals; the hub's hazard is nobody's largest.
    assert hazards["ARM", "AZE"].value > hazards["ARM", "GEO"].value
    assert hazards["UZB", "AFGC"].value > hazards["KAZ", "AFGC"].value
    assert ("BLR", "AFGC") not in hazards


def test_the_calendar_holds_the_days_of_the_argument() -> None:
    events = politics.load_events()
    days = {(event.date, event.kind) for event in events}
    for day, kind in [
        (dt.date(2009, 6, 6), "trade_ban"),
        (dt.date(2009, 6, 9), "joint_bid"),
        (dt.date(2009, 6, 14), "boycott"),
        (dt.date(2010, 7, 6), "union"),
        (dt.date(2013, 10, 1), "threat"),
    ]:
        assert (day, kind) in days
    assert list(events) == sorted(events, key=lambda event: event.date)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="gas_contract_price/BLR/RUS/2008"):
        politics.figure("gas_contract_price", "BLR", "RUS", 2088)
    with pytest.raises(UnknownNameError, match="force_pledge"):
        politics.load_figures("force_pledges")
    with pytest.raises(UnknownNameError, match="conflict"):
        politics.load_threats(("conflicts",))


HEAD = "id,table,economy,partner,year,value,unit,lo,hi,status,clock,source,note\n"
SOURCES = {"here": None}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a,a,,,,1,parsec,,,observed,structural,here,", "unit 'parsec' is not known"),
        ("a,a,,,,1,km,,,observed,structural,,", "needs a source"),
        ("a,a,,,,1,km,,,observed,structural,nowhere,", "'nowhere' is not in"),
        ("a,a,,,,1,km,2,3,estimated,structural,here,why", "outside its range 2 to 3"),
        ("a,a,,,,1,km,0,,estimated,structural,here,why", "both or none"),
        ("a,a,,,,1,km,,,range,structural,,why", "needs lo and hi"),
        ("a,a,,,,1,km,0,2,range,structural,,", "needs a reason"),
        ("a,a,,,,1,km,0,2,range,structural,here,why", "with one it is estimated"),
        ("a,a,,,,,km,,,missing,structural,,", "needs a reason"),
        ("a,a,,,,1,km,,,missing,structural,,why", "has no value"),
        ("a,a,,,,,km,,,observed,structural,here,", "needs a value"),
        ("a,a,,,,2,probability,,,observed,structural,here,", "between 0 and 1"),
        ("a/2011,a,,,2011,1,km,,,observed,measure,here,", "a measure of 2011"),
        ("b,a,,,,1,km,,,observed,structural,here,", "write a"),
        ("a,a,,,,1,km,,,guessed,structural,here,", "write one of"),
    ],
)
def test_an_unbacked_figure_is_refused(row: str, complaint: str) -> None:
    with pytest.raises(AtlasError, match=complaint) as problem:
        parse_figures(HEAD + row + "\n", SOURCES, "toy.csv")
    assert str(problem.value).startswith("toy.csv:2: ")


def test_a_figure_stands_once() -> None:
    row = "a,a,,,,1,km,,,observed,structural,here,\n"
    with pytest.raises(AtlasError, match="stands twice"):
        parse_figures(HEAD + row + row, SOURCES)


def test_malformed_records_are_refused() -> None:
    offer = "id,economy,offer,party,since,available,probability,lo,hi,status,source,note\n"
    with pytest.raises(AtlasError, match="needs a source"):
        parse_offers(offer + "wto_accession/BLR,BLR,wto_accession,WTO,,no,0,,,observed,,why\n", SOURCES)
    with pytest.raises(AtlasError, match="'XYZ' is no economy"):
        parse_threats("id,kind,place,governments,note\nXYZ,state,XYZ,,\n")
    event = "date,precision,kind,economies,event,clock,source,claims,note\n"
    later, earlier = (f"2009-06-{day:02d},day,boycott,BLR,x,measure,here,20,\n" for day in (14, 13))
    with pytest.raises(AtlasError, match="order the events by date"):
        parse_events(event + later + earlier, SOURCES)
    with pytest.raises(AtlasError, match="is an outcome"):
        parse_events(event + later.replace("2009-06-14", "2009-06-15"), SOURCES)
    hazard = "state,threat,rule,value,lo,hi,status,source,note\n"
    with pytest.raises(AtlasError, match="a stated range has none"):
        parse_hazards(
            hazard + "BLR,UKR,border,0.1,0,1,range,here,why\n",
            {"UKR": politics.load_threats()["UKR"]},
            SOURCES,
        )


def test_draws_keep_to_the_range_and_peak_at_the_figure() -> None:
    found = politics.figure("energy_rent", "BLR", "RUS", 2008)
    draws = np.array([found.at(u) for u in np.linspace(0, 1, 2001)])
    assert found.lo is not None and found.hi is not None and found.value is not None
    assert draws.min() == pytest.approx(found.lo) and draws.max() == pytest.approx(found.hi)
    assert draws.mean() == pytest.approx((found.lo + found.value + found.hi) / 3, rel=1e-3)
