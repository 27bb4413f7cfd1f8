"""Our aggregates and the numbers of the argument against the research data they come from."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from multipolar import atlas
from multipolar.atlas.politics import figure

ROOT = Path(__file__).parents[2]
EVE = dt.date(2009, 6, 15)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("political_hazards", ROOT / "tools" / "politics" / "hazards.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def nmc(shared_data: Path) -> pd.DataFrame:
    return pd.read_parquet(shared_data / "cow" / "cow_nmc.parquet")


@pytest.fixture(scope="module")
def gdp(shared_data: Path) -> pd.Series:
    table = pd.read_csv(shared_data / "wdi" / "gdp_usd.csv")
    return table.set_index(["iso3", "year"])["gdp_usd"]


@pytest.fixture(scope="module")
def conflicts(shared_data: Path) -> pd.DataFrame:
    return pd.read_parquet(shared_data / "cow" / "ucdp_acd.parquet")


def spending(nmc: pd.DataFrame, members: tuple[str, ...], year: int) -> pd.Series:
    rows = nmc[nmc.year == year].set_index("ccode")["milex"]
    found = {iso3: rows.get(atlas.economy(iso3).cow) for iso3 in members}
    return pd.Series(found, dtype=float).dropna()


def test_the_shipped_hazards_follow_from_the_record(tool: ModuleType, shared_data: Path) -> None:
    assert tool.table(shared_data) == tool.TARGET.read_text(encoding="utf-8")


def test_the_share_of_wars_follows_from_the_record(tool: ModuleType, shared_data: Path) -> None:
    wars, onsets = tool.Record(shared_data).war_share()
    assert (wars, onsets) == (23, 79)
    assert figure("war_share").at() == pytest.approx((wars + 0.5) / (onsets + 1), abs=0.005)


def test_georgia_2008_and_karabakh_are_attacks_in_the_record(tool: ModuleType, shared_data: Path) -> None:
    # UCDP codes the war of 2008 as internal with foreign troops, not as interstate: the rule must see it.
    record = tool.Record(shared_data)
    assert record.attacks[2008][tool.code("GEO"), tool.code("RUS")] == 1.0
    assert record.attacks[1993][tool.code("AZE"), tool.code("ARM")] == 1.0
    assert (tool.code("RUS"), tool.code("GEO")) not in record.attacks[2008]
    assert record.pair_class(tool.code("ARM"), tool.code("AZE"), 2008) == "border_rivals"


def test_russias_weight_in_the_csto(nmc: pd.DataFrame, gdp: pd.Series) -> None:
    members = atlas.members("CSTO", EVE)
    for year in (2006, 2007, 2008):
        spent = spending(nmc, members, year)
        assert spent["RUS"] / spent.sum() == pytest.approx(0.94, abs=0.01), year
    incomes = gdp[[(iso3, 2008) for iso3 in members]].droplevel("year")
    assert incomes["RUS"] / incomes.sum() == pytest.approx(0.87, abs=0.005)


def test_larger_allies_bear_somewhat_more(nmc: pd.DataFrame, gdp: pd.Series) -> None:
    # Olson & Zeckhauser's rank correlation of burden and size among the members of each year that have soldiers:
    # Iceland, which has none, is entered with a little spending in 2005-06; with it the numbers are .32 and .28.
    # Ours without it are .249, .195 and .211; the distance of .015 in 2006 is left, its cause not found.
    for year, published in ((2005, 0.25), (2006, 0.21), (2007, 0.21)):
        members = atlas.members("NATO", dt.date(year, 12, 31))
        spent = spending(nmc, members, year)
        soldiers = nmc[(nmc.year == year) & (nmc.milper > 0)].ccode
        spent = spent[[iso3 for iso3 in spent.index if atlas.economy(iso3).cow in set(soldiers) and spent[iso3] > 0]]
        income = gdp[[(iso3, year) for iso3 in spent.index]].droplevel("year")
        burden = spent * 1e3 / income
        assert burden.corr(income, method="spearman") == pytest.approx(published, abs=0.02), year


def test_conflicts_by_region_in_2008_and_2009(conflicts: pd.DataFrame) -> None:
    # The extract has no place: the region is that of the government party, by its Correlates of War number.
    for year in (2008, 2009):
        government = conflicts[conflicts.year == year].drop_duplicates("conflict_id").gwno_a
        assert government.between(700, 899).sum() == 15, year
        assert government.between(400, 599).sum() == 11, year
        assert 1 <= government.between(200, 399).sum() <= 3, year
