"""Plain words and units for what is drawn, so that no internal name reaches a reader."""

from __future__ import annotations

from collections.abc import Mapping

from multipolar.atlas import economy, politics
from multipolar.atlas.politics import FIGURE_WORDS
from multipolar.coalition.assumptions import STATED
from multipolar.errors import InputError, UnknownNameError

__all__ = ["in_words", "name_of", "unit_of"]

STATED_WORDS: Mapping[str, str] = {
    "union_cost_cut": "the fall of trade costs inside the union",
    "association_cost_cut": "the fall of trade costs by an association with the EU",
    "own_wto_factor": "the external tariff after accession to the WTO over that before",
    "security_link": "the share of the common defence that goes with the union",
    "short_run_ratio": "the short-run over the long-run elasticity of trade",
}

HAZARD_WORDS: Mapping[str, str] = {
    "border": "the hazard from neighbours",
    "border_rivals": "the hazard from neighbours that are rivals",
    "prior": "the hazard from NATO",
    "ring_1": "the hazard from a war next door",
    "ring_2": "the hazard from a war two steps away",
    "rivals": "the hazard from rivals without a common border",
    "second_ring": "the hazard from states two steps away",
}

CONFLICT_WORDS: Mapping[str, str] = {"AFGC": "Afghanistan", "CASC": "Central Asia", "CAUC": "the Caucasus"}

OFFER_WORDS: Mapping[str, str] = {
    "eu_association": "an association with the EU",
    "wto_accession": "accession to the WTO by itself",
}


def in_words(name: str) -> str:
    """Return what is drawn under a name, in plain words.

    Raises
    ------
    InputError
        If there are none; a name must not reach a reader as it is.

    Examples
    --------
    >>> in_words("energy_rent/BLR/RUS/2009")
    'the energy rent (Belarus)'
    """
    table, *key = name.removeprefix("quantile of hazard ").split("/")
    if name.startswith("quantile of hazard "):
        table, key = "hazard", [name.removeprefix("quantile of hazard ")]
    if table.startswith("elasticity:"):
        return f"the elasticity of trade in {table.removeprefix('elasticity:')}"
    if table == "hazard" and key and key[0] in HAZARD_WORDS:
        return HAZARD_WORDS[key[0]]
    if table in ("available", "offer") and key and key[0] in OFFER_WORDS:
        what = "whether {} can be had" if table == "available" else "the chance of {}"
        return what.format(OFFER_WORDS[key[0]]) + _of(key[1:])
    if table == "threat_strength":
        key = key[:1]  # the second is the yardstick
    words = STATED_WORDS.get(table) or FIGURE_WORDS.get(table)
    if words is None:
        raise InputError(
            f"no plain words for what is drawn as '{name}'; add them to multipolar/claims/words.py, "
            "or those of a figure to multipolar/atlas/politics/words.py"
        )
    return words + _of([part for part in key if part not in ("RUS", "CSTO", "NATO", "EACU") and not part.isdigit()])


def _of(codes: list[str]) -> str:
    return f" ({', '.join(name_of(code) for code in codes)})" if codes else ""


def name_of(code: str) -> str:
    """Return the name of an economy or a conflict by its code; the code itself where there is none."""
    try:
        return CONFLICT_WORDS.get(code) or economy(code).name
    except UnknownNameError:
        return code


def unit_of(name: str) -> str:
    """Return the unit of what is drawn under a name."""
    if name.startswith(("quantile of hazard ", "hazard/")):
        return "quantile of its range"
    table = name.split("/")[0]
    if table in STATED:
        return STATED[table].unit
    if table.startswith("elasticity:"):
        return "pure number"
    if table == "available":
        return "1 for yes, 0 for no"
    figures = politics.load_figures()
    found = figures.get(name) or next((item for item in figures.values() if item.table == table), None)
    return "probability" if found is None else found.unit
