"""Political figures: energy rents, transit, offers, threats and hazards, forces, weights, and a calendar of events.

Every row has a source that was opened, or says why there is none: a figure that was not found stays empty with the
reason, and a range that rests on judgement is called a range and carries one sentence of reason. Nothing here computes,
except that a figure can be drawn from its range.
"""

from multipolar.atlas.politics.figures import CLOCKS, STATUSES, UNITS, Figure, figure, load_figures
from multipolar.atlas.politics.records import (
    EVENT_KINDS,
    OFFERS,
    THREAT_KINDS,
    Event,
    Hazard,
    Offer,
    Threat,
    load_events,
    load_hazards,
    load_offers,
    load_threats,
)
from multipolar.atlas.politics.references import load_political_sources
from multipolar.atlas.politics.words import FIGURE_WORDS, no_figure

__all__ = [
    "CLOCKS",
    "EVENT_KINDS",
    "FIGURE_WORDS",
    "OFFERS",
    "STATUSES",
    "THREAT_KINDS",
    "UNITS",
    "Event",
    "Figure",
    "Hazard",
    "Offer",
    "Threat",
    "figure",
    "load_events",
    "load_figures",
    "load_hazards",
    "load_offers",
    "load_political_sources",
    "load_threats",
    "no_figure",
]
