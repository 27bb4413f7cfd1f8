"""Closing: each step on figures small enough to check by hand, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.errors import WorldError
from multipolar.world.bundled.closing import (
    HOME_FLOOR,
    WorldFigures,
    close_figures,
    fit_biproportional,
    raise_to_totals,
    split_energy,
)

CODES = ("AAA", "BBB", "CCC")


def _figures() -> WorldFigures:
    """Three economies: the first sells energy, the others goods."""
    trade = np.array([[0.0, 60.0, 40.0], [30.0, 0.0, 50.0], [20.0, 45.0, 0.0]])
    inputs = np.array([[0.2, 0.05, 0.15], [0.06, 0.35, 0.2], [0.03, 0.1, 0.3]])
    external = np.tile([0.02, 0.08, 0.0], (3, 1))
    return WorldFigures(
        goods_trade=trade,
        report_agreement=np.full((3, 3), 0.5),
        goods_exports=np.array([120.0, 80.0, 65.0]),
        goods_imports=np.array([40.0, 115.0, 95.0]),
        energy_share_exports=np.array([0.8, 0.1, 0.1]),
        energy_share_imports=np.array([0.1, 0.5, 0.4]),
        services_trade=np.array([[0.0, 5.0, 5.0], [6.0, 0.0, 10.0], [4.0, 12.0, 0.0]]),
        services_exports=np.array([10.0, 20.0, 15.0]),
        services_imports=np.array([12.0, 18.0, 15.0]),
        gdp=np.array([500.0, 900.0, 800.0]),
        goods_value_added_share=np.array([0.2, 0.3, 0.3]),
        energy_final_share=np.full(3, 0.02),
        home_energy_share=np.full(3, HOME_FLOOR),
        input_share=np.repeat(inputs[None], 3, axis=0),
        external_tariff=external,
        preference=np.zeros((3, 3, 3)),
        trade_elasticity=np.array([15.0, 4.5, 5.0]),
    )


def test_raising_goes_where_there_is_room():
    trade = np.array([[0.0, 100.0, 100.0], [50.0, 0.0, 50.0], [10.0, 10.0, 0.0]])
    agreement = np.array([[0.0, 1.0, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
    # 52 are missing from the first exporter; importers record 60, 110 and 150, and have room for 0, 22 and 30.
    exports, imports = np.array([252.0, 100.0, 15.0]), np.array([50.0, 132.0, 180.0])
    raised, factor = raise_to_totals(trade, agreement, exports, imports)
    assert factor == pytest.approx(1.0)
    assert raised[0] == pytest.approx([0.0, 122.0, 130.0])
    assert raised[1] == pytest.approx(trade[1])
    assert raised[2] == pytest.approx(trade[2])  # more is recorded than the total says: it stands
    # One factor on all totals makes room for what is missing, without those whose recorded trade lies above theirs.
    raised, factor = raise_to_totals(trade, agreement, exports, 0.5 * imports)
    assert factor == pytest.approx(2.0)
    assert raised[0] == pytest.approx([0.0, 122.0, 130.0])


def test_raising_spreads_by_value_and_doubt_where_totals_leave_it_open():
    trade = np.array([[0.0, 0.0, 100.0, 100.0], [0.0, 0.0, 100.0, 100.0], [1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    agreement = np.full((4, 4), 0.5)
    agreement[0, 2] = 1.0
    raised, _ = raise_to_totals(
        trade, agreement, np.array([220.0, 220.0, 2.0, 2.0]), np.array([2.0, 2.0, 220.0, 220.0])
    )
    added = (raised - trade)[:2, 2:]
    assert added.sum(axis=0) == pytest.approx([20.0, 20.0])
    assert added.sum(axis=1) == pytest.approx([20.0, 20.0])
    # What fitting to margins keeps is the cross ratio of the weights 100 * 0.02 and 100 * 0.5.
    assert added[0, 0] * added[1, 1] / (added[0, 1] * added[1, 0]) == pytest.approx(0.02 / 0.5)


def test_raising_refuses_an_exporter_whose_partners_have_no_room():
    trade = np.array([[0.0, 100.0, 0.0], [50.0, 0.0, 50.0], [10.0, 0.0, 0.0]])
    agreement, totals = np.full((3, 3), 0.5), np.array([150.0, 100.0, 10.0])
    with pytest.raises(WorldError, match="no partner with room"):
        raise_to_totals(trade, agreement, totals, np.array([60.0, 50.0, 400.0]))


def test_splitting_keeps_cells_and_meets_the_shares_of_both_sides():
    figures = _figures()
    energy, factor = split_energy(figures.goods_trade, figures.energy_share_exports, figures.energy_share_imports)
    assert (energy >= 0).all()
    assert (energy <= figures.goods_trade + 1e-9).all()
    sold, bought = figures.goods_trade.sum(axis=1), figures.goods_trade.sum(axis=0)
    assert energy.sum(axis=1) == pytest.approx(sold * figures.energy_share_exports, rel=1e-7)
    assert energy.sum(axis=0) == pytest.approx(bought * figures.energy_share_imports * factor, rel=1e-7)


def test_splitting_sends_no_energy_where_none_is_bought():
    trade = np.array([[0.0, 50.0, 50.0], [10.0, 0.0, 10.0], [10.0, 10.0, 0.0]])
    energy, _ = split_energy(trade, np.array([0.4, 0.0, 0.0]), np.array([0.0, 0.0, 0.6]))
    assert energy[0, 1] == 0
    assert energy[0, 2] == pytest.approx(40.0)


def test_fitting_meets_both_totals_and_keeps_zeros():
    guess = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    fitted = fit_biproportional(guess, np.array([4.0, 3.0, 5.0]), np.array([5.0, 4.0, 3.0]))
    assert fitted.sum(axis=1) == pytest.approx([4.0, 3.0, 5.0], rel=1e-12)
    assert fitted.sum(axis=0) == pytest.approx([5.0, 4.0, 3.0], rel=1e-8)
    assert (np.diag(fitted) == 0).all()


def test_fitting_refuses_a_total_without_partner():
    with pytest.raises(WorldError, match="no partner"):
        fit_biproportional(np.zeros((2, 2)), np.array([1.0, 0.0]), np.array([0.0, 1.0]))


def test_closing_balances_and_keeps_what_it_is_given():
    figures = _figures()
    closed = close_figures(figures, CODES)
    abroad = closed.trade_flow * ~np.eye(3, dtype=bool)[:, :, None]
    assert abroad[:, :, :2].sum(axis=(1, 2)) == pytest.approx(figures.goods_exports, rel=1e-9)
    assert abroad[:, :, 2].sum(axis=1) == pytest.approx(figures.services_exports, rel=1e-9)
    output = closed.trade_flow.sum(axis=1)
    assert output == pytest.approx(closed.value_added + closed.intermediate_use.sum(axis=2))
    spent = ((1 + closed.tariff) * closed.trade_flow).sum(axis=0)
    assert spent == pytest.approx(closed.final_demand + closed.intermediate_use.sum(axis=1))
    revenue = (closed.tariff * closed.trade_flow).sum(axis=(0, 2))
    assert closed.value_added.sum(axis=1) + revenue == pytest.approx(figures.gdp)
    assert closed.value_added[:, 1] / figures.gdp == pytest.approx(figures.goods_value_added_share)
    assert closed.floors == ()


def test_home_energy_sales_are_use_less_imports():
    figures = _figures()
    closed = close_figures(figures, CODES)
    use = closed.intermediate_use[:, :, 0].sum(axis=1) + closed.final_demand[:, 0]
    abroad = ((1 + closed.tariff) * closed.trade_flow).sum(axis=0)[:, 0] - closed.trade_flow[[0, 1, 2], [0, 1, 2], 0]
    assert closed.trade_flow[[0, 1, 2], [0, 1, 2], 0] == pytest.approx(use - abroad)


def test_an_economy_that_imports_more_energy_than_it_uses_stands_on_the_floor():
    figures = _figures()
    little = figures.input_share * np.array([0.1, 1.0, 1.0])
    closed = close_figures(replace(figures, input_share=little, energy_final_share=np.zeros(3)), CODES)
    assert {(1, 0, "home sales"), (2, 0, "home sales")} <= set(closed.floors)
    spent = ((1 + closed.tariff) * closed.trade_flow).sum(axis=0)
    assert closed.trade_flow[1, 1, 0] / spent[1, 0] == pytest.approx(HOME_FLOOR)
    assert (closed.final_demand > 0).all()


def test_home_energy_on_its_floor_raises_the_use_of_energy_by_one_factor():
    figures = replace(_figures(), home_energy_share=np.array([0.1, 0.6, 0.3]))
    closed, plain = close_figures(figures, CODES), close_figures(_figures(), CODES)
    spent = ((1 + closed.tariff) * closed.trade_flow).sum(axis=0)
    home = closed.trade_flow[[0, 1, 2], [0, 1, 2], 0] / spent[:, 0]
    assert plain.trade_flow[1, 1, 0] / ((1 + plain.tariff) * plain.trade_flow).sum(axis=0)[1, 0] < 0.6
    assert home[1] == pytest.approx(0.6)
    assert closed.energy_use_factor[0] == 1.0
    factor = closed.energy_use_factor[1]
    assert factor > 1.01
    shares = closed.intermediate_use / closed.trade_flow.sum(axis=1)[:, :, None]
    assert shares[1, 1:, 0] == pytest.approx(factor * figures.input_share[1, 1:, 0])
    assert shares[1, 0, 0] == pytest.approx(figures.input_share[1, 0, 0])
    final = closed.final_demand[1, 0] / closed.final_demand[1].sum()
    assert final == pytest.approx(factor * figures.energy_final_share[1])
    assert closed.value_added[:, 1] / figures.gdp == pytest.approx(figures.goods_value_added_share)


def test_preferences_lower_the_rate_and_home_trade_pays_none():
    figures = _figures()
    preference = np.zeros((3, 3, 3))
    preference[0, 1] = 1.0
    preference[2, 1] = 0.25
    closed = close_figures(replace(figures, preference=preference), CODES)
    assert closed.tariff[0, 1] == pytest.approx([0, 0, 0])
    assert closed.tariff[2, 1] == pytest.approx(0.75 * figures.external_tariff[1])
    assert closed.tariff[1, 1] == pytest.approx([0, 0, 0])


def test_inputs_are_cut_where_a_sector_falls_short_even_so():
    figures = _figures()
    heavy = figures.input_share.copy()
    heavy[1, :, 2] = [0.5, 0.5, 0.6]
    closed = close_figures(replace(figures, input_share=heavy, services_imports=np.array([20.0, 1.0, 24.0])), CODES)
    assert (1, 2, "inputs cut") in closed.floors
    shares = closed.intermediate_use / closed.trade_flow.sum(axis=1)[:, :, None]
    assert (shares[1, :, 2] < heavy[1, :, 2]).all()
    assert shares[1, :, :2] == pytest.approx(heavy[1, :, :2])
    assert (closed.final_demand > 0).all()
    assert closed.value_added[1].sum() + (closed.tariff * closed.trade_flow)[:, 1].sum() == pytest.approx(900)


def test_a_shortage_cuts_nothing_in_other_economies():
    """BBB falls short of services while CCC's use of energy has not settled yet."""
    figures = _figures()
    heavy = figures.input_share.copy()
    heavy[1, :, 2] = 0.51
    heavy[2, 1, 0] = 0.05
    both = replace(
        figures,
        input_share=heavy,
        services_imports=np.array([20.0, 7.0, 24.0]),
        home_energy_share=np.array([0.1, 0.7, 0.66]),
        energy_final_share=np.array([0.02, 0.02, 0.0002]),
    )
    closed = close_figures(both, CODES)
    assert (1, 2, "inputs cut") in closed.floors
    assert [floor for o, _, floor in closed.floors if o == 2] == ["home sales"]


def test_trade_beyond_gdp_is_refused_by_name():
    figures = replace(_figures(), gdp=np.array([500.0, 900.0, 15.0]))
    with pytest.raises(WorldError, match="economy 'CCC' cannot be closed"):
        close_figures(figures, CODES)


def test_an_empty_figure_is_refused():
    with pytest.raises(WorldError, match="'gdp' has an empty figure"):
        replace(_figures(), gdp=np.array([500.0, np.nan, 800.0]))
