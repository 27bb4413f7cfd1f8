"""Plain words for tables of figures, so that the name of none reaches a reader."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FIGURE_WORDS", "no_figure"]

FIGURE_WORDS: Mapping[str, str] = {
    "accession_delay": "the delay of accession to the WTO through the joint bid",
    "ally_reliability": "the chance that an ally keeps its word",
    "coercion_hazard_inside": "the part of a year's trade that Russia stops inside the union",
    "coercion_hazard_outside": "the part of a year's trade that Russia stops outside the union",
    "delay_discount": "what a year of delay leaves of a gain",
    "deployed_soldier_cost": "the cost of a soldier sent out",
    "deployment_probability": "the chance that the common force is sent out in a year",
    "energy_rent": "the energy rent",
    "force_pledge": "the soldiers pledged to the common force",
    "gas_next_route_cost": "the extra cost of the next route for gas",
    "gas_transit_volume": "the gas that crosses it",
    "hazard_nato": "the yearly chance of an attack by NATO",
    "hub_credibility": "the chance that Russia keeps its word",
    "nato_deployable_share": "the part of NATO's capability that could be sent",
    "oil_next_route_cost": "the extra cost of the next route for oil",
    "oil_transit_volume": "the oil that crosses it",
    "political_distance_weight": "the cost of political distance to Russia",
    "reach": "the reach of armed forces",
    "rent_share_lost": "the part of the energy rent that goes with leaving",
    "reopening_scale": "the size of what the table of payoffs does not see",
    "threat_strength": "the strength of armed groups",
    "war_share": "the share of conflicts that become wars",
    "war_share_of_ally": "the share of an ally's war that one pays",
    "war_stake": "what a lost war costs",
}


def no_figure(name: str) -> str:
    """Return that there is no figure of a name, in plain words; whose it would be is left to where it is said.

    Parameters
    ----------
    name
        As figures are named, table first; it may end with a year.

    Examples
    --------
    >>> no_figure("energy_rent/QAT/SAU/2009")
    'no figure for the energy rent in 2009'
    """
    table, *key = name.split("/")
    words = FIGURE_WORDS.get(table, table.replace("_", " "))
    year = f" in {key[-1]}" if key and key[-1].isdigit() else ""
    return f"no figure for {words}{year}"
