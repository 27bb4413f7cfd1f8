"""Security: capability, hazards, what an alliance adds and what it costs."""

from __future__ import annotations

from multipolar.security.capability import COMPONENTS, INDICES, capability, rank_table
from multipolar.security.protection import (
    Neighbourhood,
    burden,
    defence_probability,
    entrapment,
    protection,
    security_level,
    switch_point,
    threat_similarity,
)

__all__ = [
    "COMPONENTS",
    "INDICES",
    "Neighbourhood",
    "burden",
    "capability",
    "defence_probability",
    "entrapment",
    "protection",
    "rank_table",
    "security_level",
    "switch_point",
    "threat_similarity",
]
