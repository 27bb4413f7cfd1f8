"""The US tariffs of April 2025 among 194 economies: every table of the paper that has one sector, from its own data.

Of 19 variants 15 agree with print to every digit. The other four are no equilibria, or no optima, in print; that this
is the whole distance is checked here too, except where a search of 193 rates was cut short.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from multipolar.equilibrium import Equilibrium, welfare_arrays
from multipolar.replicate import Replication, replicate
from multipolar.replicate.ignatenko_2025 import PAPER, SEARCHES, TABLE_10, baseline
from multipolar.replicate.ignatenko_setup import (
    DIFFERENCES,
    Baseline,
    answered,
    balancing,
    common_us_rate,
    payroll,
    solved,
    ustr,
)
from multipolar.replicate.ignatenko_tables import averages, measures
from multipolar.replicate.published import printed

# Not equilibria (transfers that do not sum to zero) or not optima (a search cut short), see the tests below.
NOT_MATCHED = {*DIFFERENCES, *SEARCHES}
VALUES = [value for value in printed() if value.paper == PAPER.id]


@pytest.fixture(scope="module")
def replication(shared_data: Path) -> Replication:
    return replicate(PAPER.id, shared_data)


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Baseline:
    return baseline(shared_data / PAPER.folder)


@pytest.fixture(scope="module")
def tariffs(found: Baseline) -> Equilibrium:
    return solved(found, "ustr")


def test_every_printed_digit_of_the_equilibria(replication: Replication) -> None:
    computed = {(row.variant, row.economy, row.measure): row.computed for row in replication.rows}
    wanted = [value for value in VALUES if value.variant not in NOT_MATCHED]
    assert len(wanted) == 219
    missed = [v for v in wanted if not v.matches(computed[v.variant, v.economy, v.measure])]
    assert not missed


def test_calibration_to_fixed_costs(found: Baseline) -> None:
    """Shares of income earned abroad and pass-through exponents of the paper's calibration."""
    assert found.local_cost[found.us] == pytest.approx(0.2704710, abs=1e-7)
    assert np.delete(found.local_cost, found.us) == pytest.approx(0.1143352, abs=1e-7)
    exponent = np.asarray(found.model.pass_through)
    assert exponent[found.us] == pytest.approx(1.4328476, abs=1e-7)
    assert np.delete(exponent, found.us) == pytest.approx(1.1507188, abs=1e-7)


def test_authors_welfare_leaves_the_tax_cut_out_of_the_cost_of_work(found: Baseline, tariffs: Equilibrium) -> None:
    """Work grows by (r w/P)^kappa, so its cost by L r w/P; the paper's formula has L w/P. Nobody else cuts a tax."""
    theirs, exact = measures(tariffs, found)["welfare_pct"], welfare_arrays(tariffs)["utility_pct"]
    assert round(float(theirs[found.us]), 2) == 1.13
    assert round(float(exact[found.us]), 2) == 0.63
    np.testing.assert_allclose(np.delete(exact, found.us), np.delete(theirs, found.us), atol=1e-9)
    relief = 1 / (1 - tariffs.tariff_revenue / tariffs.labour_income)
    real_wage = tariffs.wage_hat / tariffs.consumer_price_hat
    np.testing.assert_allclose(tariffs.employment_hat**3, tariffs.employment_hat * relief * real_wage, rtol=1e-9)
    # Without a tax to cut there is no such gap.
    paid = solved(found, "ustr-lump-sum")
    np.testing.assert_allclose(measures(paid, found)["welfare_pct"], welfare_arrays(paid)["utility_pct"], atol=1e-9)


def test_printed_optimum_with_inputs_is_another_rate(found: Baseline, replication: Replication) -> None:
    """At a common rate of 12.57% every printed digit is met; the optimum is 17.9%, and better for the US."""
    values = [v for v in VALUES if v.variant == "inputs-optimal"]
    eq = common_us_rate(found, 0.1257)
    table = measures(eq, found)
    for value in values:
        by_group = averages(found, table[value.measure], found.gdp) | {"USA": float(table[value.measure][found.us])}
        assert value.matches(by_group[value.economy]), value
    best = next(
        r for r in replication.rows if (r.variant, r.economy, r.measure) == ("inputs-optimal", "USA", "welfare_pct")
    )
    assert best.computed > 2.28 > table["welfare_pct"][found.us]


def test_printed_answer_with_inputs_is_no_optimum(replication: Replication) -> None:
    """The optimal common rate leaves the others better off than the rates in print, chosen one by one."""
    row = next(
        r
        for r in replication.rows
        if (r.variant, r.economy, r.measure) == ("inputs-optimal-retaliation", "NON-USA", "welfare_pct")
    )
    assert row.published == -1.13
    assert row.computed > -1.11


@pytest.mark.long
def test_printed_balance_leaves_a_market_open(found: Baseline) -> None:
    """The authors' transfers miss zero by 573 billion; with them, one market left out, print is met to the digit."""
    flow, us = found.world.trade_flow[:, :, 0], found.us
    transfer = flow.sum(axis=0) - payroll(found) - (flow[us] - flow[:, us])
    transfer[us] = 0.0
    assert transfer.sum() / 1e3 == pytest.approx(573, abs=1)
    assert abs(balancing(found).sum()) < 1e-6
    rate = 1 / (5 * float(np.asarray(found.model.pass_through)[us]) - 1)
    cases = (np.zeros_like(flow), ustr(found), answered(found, ustr(found), rate))
    before, after, answer = _leaving_one_market_open(found, transfer, cases)
    for variant, solution in (("balanced", after), ("balanced-retaliation", answer)):
        difference = {name: solution[name] - before[name] for name in before}
        for value in (v for v in VALUES if v.variant == variant):
            if value.measure == "welfare_unweighted_pct":
                continue
            by_group = averages(found, difference[value.measure], found.expenditure)
            by_group["USA"] = float(difference[value.measure][us])
            assert value.matches(by_group[value.economy]), value


def test_one_printed_mean_is_that_of_another_case(replication: Replication) -> None:
    """Table 10 prints -0.26 in cases 3 and 4; it is the mean of case 3, and case 4 has another."""
    means = {row.variant: row for row in replication.rows if row.measure == "welfare_unweighted_pct"}
    assert set(means) == set(TABLE_10)
    assert round(means["eaton-kortum-retaliation"].computed, 2) == -0.26
    assert means["balanced-retaliation"].published == -0.26
    assert round(means["balanced-retaliation"].computed, 2) == -0.16


def test_results_of_every_economy_stand_beside_ours_where_the_authors_ship_them(
    found: Baseline, tariffs: Equilibrium, shared_data: Path, tmp_path: Path
) -> None:
    """A made-up file of the form of theirs: it is read, and stands beside the right economy, in the right unit."""
    for name in PAPER.files:
        (tmp_path / name).symlink_to(shared_data / PAPER.folder / name)
    columns = ",".join(["Country", *(f"Value_{i}" for i in range(1, 8))])
    lines = [f"{code},{i},0,0,0,0,0,0.01" for i, code in enumerate(found.world.economies)]
    (tmp_path / "output_map.csv").write_text("\n".join([columns, *lines]))
    rows = {(r.variant, r.economy, r.measure): r for r in replicate(PAPER.id, tmp_path).rows}
    assert rows["ustr", "CHN", "welfare_pct"].published == found.world.economies.index("CHN")
    assert rows["ustr", "FRA", "tariff_revenue_pct"].published == 1.0
    assert rows["ustr", "FRA", "welfare_pct"].computed == pytest.approx(
        measures(tariffs, found)["welfare_pct"][found.world.economies.index("FRA")]
    )


def _leaving_one_market_open(
    found: Baseline, transfer: np.ndarray, tariffs: Sequence[np.ndarray]
) -> list[dict[str, np.ndarray]]:
    """Solve the paper's one-sector equations as they stand, the last labour market replaced by the numeraire."""
    import jax
    import jax.numpy as jnp

    from multipolar.equilibrium.runtime import configure

    configure()
    flow, cost = found.world.trade_flow[:, :, 0], found.local_cost
    spent, earned, n = flow.sum(axis=0), payroll(found), len(flow)
    exponent = np.asarray(found.model.pass_through)
    away = ~np.eye(n, dtype=bool)

    def parts(x, tariff, flow):
        w, e, work = jnp.exp(x[:n]), jnp.exp(x[n : 2 * n]), jnp.exp(x[2 * n :])
        pull = flow / spent * ((w / work ** (0.67 / 4)) ** -4.0)[:, None] * (1 + tariff) ** (-4 * exponent)
        price = (e / w) ** (1 - exponent) * pull.sum(axis=0) ** -0.25
        sales = pull / pull.sum(axis=0) * spent * e / (1 + tariff)
        return w, e, work, price, sales, (tariff * sales).sum(axis=0)

    def miss(x, tariff, flow):
        w, e, work, price, sales, duties = parts(x, tariff, flow)
        bill = w * work * earned
        labour = ((1 - cost) * sales).sum(axis=1) + cost * sales.sum(axis=0) - bill
        income = duties + bill + transfer * bill.sum() / earned.sum() - spent * e
        supply = work - (w / price / (1 - duties / bill)) ** 0.5
        labour = (labour / earned).at[-1].set(((price - 1) * spent).sum() / spent.sum())
        return jnp.concatenate([labour, income / spent, supply])

    @jax.jit
    def newton(x, tariff, flow):
        step = jnp.linalg.solve(jax.jacfwd(miss)(x, tariff, flow), -miss(x, tariff, flow))
        return x + step * jnp.minimum(1.0, 0.5 / jnp.abs(step).max())

    solutions = []
    for tariff in tariffs:
        x = jnp.zeros(3 * n)
        for _ in range(9):
            x = newton(x, tariff, flow)
        assert float(jnp.abs(miss(x, tariff, flow)).max()) < 1e-12
        w, e, work, price, sales, duties = (np.asarray(part) for part in parts(x, tariff, flow))
        bill = w * work * earned
        share = (1 - duties / bill) * earned / 3
        welfare = (spent * e / price - share * w * work / price) / (spent - share)
        trade, before = sales * away, flow * away
        solutions.append(
            {
                "welfare_pct": 100 * (welfare - 1),
                "exports_to_gdp_pct": 100 * (trade.sum(axis=1) / bill / (before.sum(axis=1) / earned) - 1),
                "imports_to_gdp_pct": 100 * (trade.sum(axis=0) / bill / (before.sum(axis=0) / earned) - 1),
                "employment_pct": 100 * (work - 1),
                "consumer_price_pct": 100 * (price - 1),
            }
        )
    return solutions
