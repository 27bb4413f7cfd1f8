"""Security: capability, hazards, what an alliance adds and what it costs."""

from __future__ import annotations

from multipolar.security.capability import COMPONENTS, INDICES, capability, rank_table
from multipolar.security.data import (
    CAPABILITIES,
    capital_distance_km,
    deployment_probability,
    neighbourhood,
    pledge,
    pledges,
    soldier_cost_usd_mn,
)
from multipolar.security.protection import (
    Neighbourhood,
    burden,
    defence_probability,
    entrapment,
    outside_threats,
    protection,
    security_level,
    switch_point,
    threat_similarity,
)

__all__ = [
    "CAPABILITIES",
    "COMPONENTS",
    "INDICES",
    "Neighbourhood",
    "burden",
    "capability",
    "capital_distance_km",
    "defence_probability",
    "deployment_probability",
    "entrapment",
    "neighbourhood",
    "outside_threats",
    "pledge",
    "pledges",
    "protection",
    "rank_table",
    "security_level",
    "soldier_cost_usd_mn",
    "switch_point",
    "threat_similarity",
]
