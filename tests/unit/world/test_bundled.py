"""The world that ships: complete, sourced, rounded, balanced and plausible."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from multipolar.atlas import groups
from multipolar.errors import UnknownNameError, WorldError
from multipolar.study.draws import uniform
from multipolar.triangular import triangular_quantile
from multipolar.world import check, figures_table, load_world, sample_world, shipped_worlds, write_world
from multipolar.world.bundled.tables import COLUMNS, OWN_PART, read_figures, read_sources

NAME = "world-2009"
FOLDER = resources.files("multipolar.world.bundled").joinpath(NAME)


def _rows():
    for entry in FOLDER.iterdir():
        if entry.name.endswith(".csv") and entry.name != "sources.csv":
            yield from csv.DictReader(entry.read_text(encoding="utf-8").splitlines())


def _outward(world):
    return world.trade_flow * ~np.eye(len(world.economies), dtype=bool)[:, :, None]


def test_identities_hold_to_1e_10():
    result = check(load_world(), 1e-10)
    assert result.max_residual < 1e-10
    assert set(result.residuals) == {"cost", "market", "income", "world"}


def test_has_the_34_economies_of_the_atlas_and_three_sectors():
    world = load_world()
    assert world.economies == tuple(groups())
    assert len(world.economies) == 34
    assert world.members == tuple(groups().values())
    assert world.sectors == ("energy", "goods", "services")
    assert (world.year, world.name) == (2009, NAME)


def test_every_economy_makes_uses_and_trades_every_sector():
    world = load_world()
    home = np.einsum("iis->is", world.trade_flow)
    assert (home > 0).all()
    assert (world.value_added > 0).all()
    assert (world.final_demand > 0).all()
    abroad = _outward(world)
    assert (abroad.sum(axis=1) > 0).all()
    assert (abroad.sum(axis=0) > 0).all()
    assert (home / world.expenditure < 1).all()


def test_gdp_is_the_shipped_figure_to_rounding_error():
    world = load_world()
    assert world.gdp == pytest.approx(world.attributes["gdp_usd_mn"], rel=1e-12)


def test_russia_exports_the_sourced_total_and_its_goods_reach_kazakhstan():
    world = load_world()
    russia, kazakhstan = world.economy_index("RUS"), world.economy_index("KAZ")
    goods = _outward(world)[russia, :, :2].sum()
    assert goods == pytest.approx(303_000, rel=1e-9)  # World Bank, TX.VAL.MRCH.CD.WT: 303 bn USD
    # A uniform fuel share per exporter would halve this cell to about 2.1 bn.
    assert 5_050 < world.trade_flow[russia, kazakhstan, 1] < 5_350


def test_commodity_exporters_sell_mostly_energy_and_ores():
    world = load_world()
    abroad = _outward(world)[:, :, :2].sum(axis=1)
    share = dict(zip(world.economies, abroad[:, 0] / abroad.sum(axis=1), strict=True))
    assert min(share["RUS"], share["KAZ"], share["AZE"], share["GCC"]) > 0.7
    assert max(share["CHN"], share["JPN"], share["EUN"], share["TUR"]) < 0.1


def test_tariffs_spare_partners_of_the_cis_and_services():
    world = load_world()
    at = world.economy_index
    cis = [at(c) for c in ("RUS", "KAZ", "BLR", "UKR", "MDA", "KGZ", "TJK", "UZB")]
    assert (world.tariff[np.ix_(cis, cis)] == 0).all()
    assert world.tariff[at("ARM"), at("AZE"), 1] > 0
    assert (world.tariff[:, :, 2] == 0).all()
    assert (world.external_tariff[:, 2] == 0).all()
    assert world.tariff[at("EUN"), at("TUR"), 1] == pytest.approx(0, abs=1e-3)
    assert 0.085 < world.external_tariff[at("RUS"), 1] < 0.105
    assert 0.034 < world.external_tariff[at("KAZ"), 1] < 0.045
    assert (world.tariff <= world.external_tariff[None] + 1e-15).all()


def test_the_world_banks_tariff_for_kazakhstan_is_kept_beside_the_one_used():
    kept = load_world().provenance["alternatives"]
    assert kept["alternative_external_tariff/KAZ/goods"] == 0.053
    assert kept["alternative_union_tariff/KAZ/goods"] == 0.095


def test_bindings_exist_only_for_members_of_the_wto():
    world = load_world()
    goods = dict(zip(world.economies, world.attributes["wto_binding:goods"], strict=True))
    assert 0 < goods["UKR"] < 0.1
    assert 0 < goods["EUN"] < 0.1
    assert all(math.isnan(goods[code]) for code in ("RUS", "KAZ", "BLR", "AZE", "UZB", "TJK", "IRN"))


def test_every_figure_has_a_known_source_a_status_and_three_digits():
    known = read_sources(NAME)
    count = 0
    for row in _rows():
        count += 1
        assert tuple(row) == COLUMNS
        for name in ("value", "lo", "hi"):
            if row[name]:
                number = float(row[name])
                assert number == float(f"{number:.3g}"), row["id"]
        if row["value"]:
            assert row["source"], row["id"]
            assert set(row["source"].split()) <= set(known), row["id"]
        else:
            assert row["note"], row["id"]
        if row["lo"]:
            assert row["status"] == "imputed"
            assert float(row["lo"]) <= float(row["value"]) <= float(row["hi"])
    assert count > 6000


def test_every_source_is_cited_by_a_figure_and_can_be_found():
    cited = {key for row in _rows() for key in row["source"].split()}
    for key, row in read_sources(NAME).items():
        assert key in cited
        assert row["citation"]
        assert row["url"].startswith("http") or key == "convention"


def test_the_shipped_figures_need_no_cut_of_inputs():
    floors = load_world().provenance["floors"]
    assert {floor["floor"] for floor in floors} <= {"home sales"}
    assert {floor["sector"] for floor in floors} <= {"energy"}


def test_figures_table_lists_every_row_by_id():
    table = figures_table()
    assert len(table) == sum(1 for _ in _rows())
    assert table.index.is_unique
    assert table.loc["trade_elasticity/goods", "value"] == 4.5
    assert set(table.status) == {"observed", "mirrored", "imputed"}


def test_provenance_counts_figures_and_lists_moves():
    record = load_world().provenance
    table = figures_table()
    filled = table[table.value.notna()]
    assert record["cells"] == filled.status.value_counts().to_dict()
    moves = record["balancing"]
    assert all({"table", "cell", "status", "from", "to", "move_pct"} == set(move) for move in moves)
    observed = [abs(move["move_pct"]) for move in moves if move["status"] == "observed"]
    assert record["largest_move_pct"] == max(observed)
    assert record["median_move_pct"] == pytest.approx(np.median(observed))
    for move in moves[:50]:
        assert move["move_pct"] == pytest.approx(100 * (move["to"] / move["from"] - 1))
    moved = {(move["table"], move["cell"]) for move in moves}
    assert ("gdp", "KAZ") not in moved
    assert ("goods_exports", "RUS") not in moved


def test_sampling_at_the_mode_gives_the_shipped_world():
    shipped = {f.id: f for f in read_figures(NAME)}

    def at_mode(key: str) -> float:
        figure = shipped[key]  # below the own part of a figure with a common draw, which is then not asked for
        own = OWN_PART * (1 - 1e-12) if figure.draw else 1.0
        return own * (figure.value - figure.lo) / (figure.hi - figure.lo)

    drawn, world = sample_world(NAME, at_mode), load_world()
    assert drawn.trade_flow == pytest.approx(world.trade_flow, rel=1e-6)
    assert drawn.external_tariff == pytest.approx(world.external_tariff, rel=1e-9)


def test_sampling_asks_only_for_imputed_figures_and_moves_them():
    asked: set[str] = set()

    def low(key: str) -> float:
        asked.add(key)
        return 0.0

    drawn = sample_world(NAME, low)
    check(drawn, 1e-10)
    drawable = {f.id for f in read_figures(NAME) if f.drawn}
    assert asked == drawable
    shared = {f.draw.removeprefix("-") for f in read_figures(NAME) if f.draw}
    sample_world(NAME, lambda key: asked.add(key) or 0.5)
    assert asked == drawable | shared
    assert "gdp/KAZ" not in asked
    assert drawn.trade_elasticity[0] == 8.0
    assert (drawn.external_tariff[:, 0] == 0).all()


def test_draws_shared_within_an_economy_or_an_exporter():
    shared = {f.id: f.draw for f in read_figures(NAME) if f.draw}
    assert shared["input_share_energy/KAZ/goods"] == shared["energy_final_share/KAZ"] == "linkages/KAZ"
    exporter = {draw.removeprefix("-") for key, draw in shared.items() if key.startswith("services_trade/RUS/")}
    assert exporter == {"services_trade/RUS"}
    # The cells of an exporter leave one spread for the other together: near partners rise as far ones fall.
    assert {draw for key, draw in shared.items() if key.startswith("services_trade/RUS/")} == {
        "services_trade/RUS",
        "-services_trade/RUS",
    }
    assert shared["services_trade/RUS/BLR"] == "services_trade/RUS"


def test_belarus_has_russias_tariff_in_every_draw():
    for draw in range(5):
        world = sample_world(NAME, uniform(1, draw))
        russia, belarus = (world.external_tariff[world.economy_index(code)] for code in ("RUS", "BLR"))
        assert (russia == belarus).all()
    assert (load_world().external_tariff[load_world().economy_index("BLR"), :2] > 0.02).all()


def test_the_mean_rate_on_outsiders_holds_whatever_energy_pays():
    table = {f.id: f for f in read_figures(NAME)}

    def only_energy(key: str) -> float:
        figure = table.get(key)
        return 0.99 if figure is None or figure.table == "outsider_energy_tariff" else 0.3

    def neither(key: str) -> float:
        return 0.3

    for world in (sample_world(NAME, only_energy), sample_world(NAME, neither), load_world()):
        at = world.economy_index("KAZ")
        share = table["outsider_energy_share/KAZ"].value
        mean = share * world.external_tariff[at, 0] + (1 - share) * world.external_tariff[at, 1]
        figure = table["outsider_tariff/KAZ"]
        drawn = world is not load_world()
        wanted = triangular_quantile(figure.lo, figure.value, figure.hi, 0.3) if drawn else figure.value
        assert mean == pytest.approx(wanted, rel=1e-12)
    assert sample_world(NAME, only_energy).external_tariff[at, 0] > load_world().external_tariff[at, 0]


def test_kazakhstans_range_holds_the_published_rates():
    figure = next(f for f in read_figures(NAME) if f.id == "outsider_tariff/KAZ")
    assert figure.lo < 0.048 < figure.hi
    assert figure.hi == 0.053


def test_home_energy_is_at_least_its_figure():
    world = load_world()
    energy = ((1 + world.tariff) * world.trade_flow)[:, :, 0]
    for figure in read_figures(NAME):
        if figure.table == "home_energy_share":
            at = world.economy_index(figure.origin)
            assert energy[at, at] / energy[:, at].sum() >= figure.value * (1 - 1e-6), figure.id
            assert figure.value > 0.07
    factors = world.provenance["energy_use_factor"]
    assert all(1 < factor < 2.5 for factor in factors.values())
    assert {"BLR", "UKR", "MDA", "TJK", "TUR", "MNG"} < set(factors)


def test_import_totals_are_met_up_to_one_factor():
    world, table = load_world(), figures_table()
    published = table[table.table == "goods_imports"].set_index("destination").value
    bought = dict(zip(world.economies, _outward(world)[:, :, :2].sum(axis=(0, 2)), strict=True))
    factor = world.provenance["goods_import_factor"]
    assert 1.0 < factor < 1.06
    apart = {code for code in world.economies if abs(bought[code] / published[code] / factor - 1) > 1e-6}
    assert apart == {"MNG", "TKM"}  # more is recorded than their totals say


def test_sampling_is_reproducible():
    first, second = (sample_world(NAME, lambda key: (hash(key) % 1000) / 1000) for _ in range(2))
    assert (first.trade_flow == second.trade_flow).all()
    assert (first.final_demand == second.final_demand).all()


def test_names_and_paths(tmp_path: Path):
    assert shipped_worlds() == (NAME,)
    assert load_world() is load_world(NAME)
    with pytest.raises(UnknownNameError, match="did you mean world-2009"):
        load_world("world-2008")
    with pytest.raises(UnknownNameError):
        sample_world("nowhere", lambda key: 0.5)
    path = write_world(load_world(), tmp_path / "copy.world.npz")
    assert (load_world(path).trade_flow == load_world().trade_flow).all()
    with pytest.raises(WorldError, match="no world file"):
        load_world(tmp_path / "absent.npz")


def test_loading_needs_neither_pandas_nor_jax():
    code = (
        "import sys, multipolar.world as w; w.load_world(); print([m for m in ('pandas', 'jax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
