"""Home supply of energy where trade statistics and input shares do not fit: imports exceed the use that these imply."""

from __future__ import annotations

import numpy as np
from linkages import ENERGY_INDUSTRIES, Wiod
from lookups import Lookup, Lookups
from rows import MissingFigureError, Row
from trade import CIF, Goods, national_totals

STAND_INS: dict[str, tuple[tuple[str, ...], str]] = {
    "BLR": (("LTU", "BEL", "KOR"), "they refine imported oil for themselves and for export and mine next to nothing"),
    "MDA": (("CYP", "LVA", "LUX", "MLT", "SVN"), "every economy of WIOD that hardly refines or mines"),
    "TJK": (("CYP", "LVA", "LUX", "MLT", "SVN"), "every economy of WIOD that hardly refines or mines"),
    "MNG": (("EST", "SVN"), "they burn solid fuels of their own, import oil products and do not refine"),
}
"""Economy to the countries whose home share of energy use, in value, stands in for it, and why these."""
REFINERS = ("GRC", "HUN", "ITA", "PRT", "ESP")
"""Refining countries around Turkey, which import 50 to 85% of their energy: the largest home share is its high."""
CHEAP_FUEL = 0.5
"""Least value of a tonne of oil equivalent of home coal and gas over one that is imported (pure number): our choice."""


def home_energy_rows(
    wiod: Wiod,
    lookups: Lookups,
    goods: Goods,
    totals: list[Row],
    shares: list[Row],
    groups: dict[str, tuple[str, ...]],
) -> list[Row]:
    """Least home share of energy use, in value: of countries that WIOD has, and of those whose imports do not fit.

    Parameters
    ----------
    totals, shares
        Rows of `goods_imports` and `energy_share_imports`: their product is the energy that an economy imports.
    """
    bought = {r.destination: float(r.value or 0.0) for r in totals if r.table == "goods_imports"}
    share = {r.destination: float(r.value or 0.0) for r in shares if r.table == "energy_share_imports"}
    imports = {code: bought[code] * share[code] for code in share}
    return [
        *(
            _own(code, wiod, lookups, imports[code])
            for code in groups
            if groups[code] == (code,) and code in wiod.codes
        ),
        *(_stand_in(code, wiod, lookups) for code in STAND_INS),
        _ukraine(lookups, goods, imports["UKR"]),
    ]


UNIT = "fraction of the use of energy"


def _row(code: str, value: float, lo: float, hi: float, sources: set[str], note: str) -> Row:
    return Row("home_energy_share", value, UNIT, "imputed", " ".join(sorted(sources)), code, lo=lo, hi=hi, note=note)


def _balance(lookups: Lookups, indicator: str, code: str) -> Lookup:
    found = lookups.get(indicator, code)
    if found is None:
        raise MissingFigureError(f"home_energy_share/{code}", f"look up {indicator} in inputs/energy_balance.csv")
    return found


def _stand_in(code: str, wiod: Wiod, lookups: Lookups) -> Row:
    net = _balance(lookups, "energy_imports_net", code)
    countries, why = STAND_INS[code]
    found = wiod.home_share(countries, 0)
    note = (
        f"mean and range of {', '.join(countries)}: {why}; its net imports are {net.value:.0f}% of primary energy use"
    )
    return _row(code, float(found.mean()), float(found.min()), float(found.max()), {"wiod_2013", net.source}, note)


def _own(code: str, wiod: Wiod, lookups: Lookups, imports: float) -> Row:
    """WIOD's home sales over these and the imports of the trade statistics, which hold more than WIOD's.

    WIOD leaves out three quarters of the fuels that Turkey imports, so there the figure has a range.
    """
    home = float(wiod.home_sales[wiod.position(code), 0])
    value = home / (home + imports)
    own = wiod.home_share((code,), 0)[0]
    note = f"home sales of {home / 1e3:.3g} bn USD (WIOD: {', '.join(ENERGY_INDUSTRIES)}) over these and imports of "
    note += f"{imports / 1e3:.3g} bn; with the imports of WIOD {own:.2f}"
    if code != "TUR":
        return Row("home_energy_share", value, UNIT, "observed", "wiod_2013 wits_2009", code, note=note)
    net = _balance(lookups, "energy_imports_net", code)
    hi = float(np.max(wiod.home_share(REFINERS, 0)))
    note += f"; low: home share of primary energy; high: the largest of {', '.join(REFINERS)}"
    return _row(code, value, 1.0 - net.value / 100, hi, {"wiod_2013", net.source, "wits_2009"}, note)


def _ukraine(lookups: Lookups, goods: Goods, imports: float) -> Row:
    """Home fossil fuels of the energy balance at the value of net fuel imports a tonne of oil equivalent."""
    net, fossil = (_balance(lookups, indicator, "UKR") for indicator in ("energy_imports_net", "fossil_energy_use"))
    fuels = {side: _balance(lookups, f"fuel_{side}", "UKR") for side in ("exports", "imports")}
    value = {side: national_totals(lookups, goods, side)["UKR"] for side in fuels}
    traded = {side: value[side][0] * fuels[side].value / 100 for side in fuels}
    bought = traded["imports"] / CIF - traded["exports"]
    home = bought * (fossil.value - net.value) / net.value
    low = CHEAP_FUEL * home
    sources = {net.source, fossil.source, *(f.source for f in fuels.values()), *(v[1] for v in value.values())}
    note = (
        f"home fossil fuels are {(fossil.value - net.value) / net.value:.2f} times net imports, in oil equivalent, and "
        f"valued like these ({bought / 1e3:.1f} bn USD); low: at half that value; high: home share of primary energy, "
        "nuclear power included"
    )
    return _row("UKR", home / (home + imports), low / (low + imports), 1.0 - net.value / 100, sources, note)
