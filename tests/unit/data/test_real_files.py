"""The published files themselves: sizes, units and the traps their readers know."""

from __future__ import annotations

from pathlib import Path

import pytest

from multipolar.data import read


def test_wits_both_forms_agree(shared_data: Path) -> None:
    one = read("wits-trade", shared_data / "wits2009" / "trade2009_long.csv", year=2009)
    both = read("wits-reports", shared_data / "wits2009" / "reporter_mirror_2009.csv.gz")
    assert one.frame.value.sum() / 1e6 == pytest.approx(10.5, abs=0.1)
    assert both.frame[both.frame.side == "importer"].destination.nunique() > 150
    pair = {(r.origin, r.destination): r.value for r in one.frame.itertuples()}
    imports = both.frame[both.frame.side == "importer"]
    same = [abs(pair[r.origin, r.destination] - r.value) < 1e-6 for r in imports.itertuples() if r.value > 0]
    assert sum(same) / len(same) > 0.99
    assert {"TWN", "ROU", "COD"} <= set(one.frame.origin) and "TKM" not in set(one.frame.origin)


def test_baci_matrix_lacks_russia_and_belarus(shared_data: Path) -> None:
    table = read("baci-matrix", shared_data / "baci2023" / "trade_cepii.csv", year=2023)
    pairs = set(zip(table.frame.origin, table.frame.destination, strict=True))
    assert ("RUS", "BLR") not in pairs and ("BLR", "RUS") not in pairs and ("RUS", "CHN") in pairs
    gdp = read("labelled-column", shared_data / "baci2023" / "gdp.csv", column="gdp", indicator="gdp", scale=1e-6)
    usa = gdp.frame.set_index("iso3").value["USA"]
    assert 2.6e7 < usa < 2.9e7


def test_world_bank_and_gapminder(shared_data: Path) -> None:
    gdp = read("wdi-long", shared_data / "wdi" / "gdp_usd.csv", column="gdp_usd", year=2009)
    assert gdp.frame.set_index("iso3").value["RUS"] == pytest.approx(1.2226e12, rel=1e-3)
    assert "WLD" not in set(gdp.frame.iso3)
    name = "industry_percent_of_gdp"
    shares = read("gapminder", shared_data / "macro" / f"{name}.csv", indicator=name, year=2009)
    assert shares.frame.value.between(0, 100).all()


def test_wiod_has_negative_inventories_and_a_rest_of_the_world(shared_data: Path) -> None:
    table = read("wiod-npz", shared_data / "wiod2009" / "wiot_2009.npz", year=2009)
    assert len(table.economies) == 41 and "ROU" in table.economies and table.economies[-1] == "ROW"
    assert (table.final < 0).sum() == 824 and (table.output == 0).sum() == 22


def test_politics(shared_data: Path) -> None:
    desta = read("desta", shared_data / "desta" / "desta_members_long.csv").frame
    union = desta[desta.name.str.contains("Eurasian|Customs Union", case=False) & desta.iso3.eq("KAZ")]
    assert len(union) > 0
    nmc = read("cow-nmc", shared_data / "cow" / "cow_nmc.parquet").frame.set_index(["iso3", "year"])
    assert nmc.cinc["CHN", 2009] > nmc.cinc["KAZ", 2009]
    assert nmc.military_spending.isna()["UZB", 2009]
    points = read("ideal-points", shared_data / "unga" / "ideal_points_utf8.csv").frame.set_index(["iso3", "session"])
    assert points.ideal_point["USA", 64] > points.ideal_point["CHN", 64]
    conflicts = read("ucdp-acd", shared_data / "cow" / "ucdp_acd.parquet")
    assert conflicts.frame.intensity.isin([1, 2]).all()
    ties = read("atop", shared_data / "cow" / "atop_alliance.parquet").frame
    assert ties[ties.iso3_a.eq("RUS") & ties.iso3_b.eq("KAZ") & ties.year.eq(2009)].defence.eq(1).all()


def test_distances(shared_data: Path) -> None:
    frame = read("geodist", shared_data / "wits2009" / "dist_cepii.csv.gz").frame.set_index(["origin", "destination"])
    assert frame.distance_km["RUS", "KAZ"] == pytest.approx(frame.distance_km["KAZ", "RUS"])
    assert frame.contiguity["RUS", "KAZ"] == 1
