"""Blocs that ship as examples: any other union asked the same question as Russia, Kazakhstan and Belarus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["EXAMPLES", "ExampleBloc"]


@dataclass(frozen=True, slots=True)
class ExampleBloc:
    """A bloc by name.

    Attributes
    ----------
    members
        Codes of the world that ships.
    title
        What it is.
    note
        What to know before reading its numbers.
    wto
        Resolution of a conflict between the common tariff and a member's WTO binding; None if there is none.
    recipe
        Recipe of the world that has the members apart, to be built from files that do not ship; None where the world
        that ships has them.
    """

    members: tuple[str, ...]
    title: str
    note: str
    wto: str | None = None
    recipe: str | None = None


EXAMPLES: Mapping[str, ExampleBloc] = MappingProxyType(
    {
        "eurasia": ExampleBloc(
            ("RUS", "KAZ", "BLR"),
            "Customs union of Russia, Kazakhstan and Belarus",
            "The only bloc with figures for every component; for the others the output names what is left out.",
        ),
        "eu-turkey": ExampleBloc(
            ("EUN", "TUR"),
            "European Union with Turkey inside",
            "Both are in a customs union already, which goes on whoever stays out: what is counted is cheaper borders.",
        ),
        "eu-turkey-ukraine": ExampleBloc(
            ("EUN", "TUR", "UKR"),
            "European Union with Turkey and Ukraine inside",
            "The union of the European Union and Turkey goes on whoever stays out, so that Ukraine may join with or "
            "without Turkey; cheaper borders are for who is inside. Ukraine's free trade with Russia goes on too.",
        ),
        "russia-china": ExampleBloc(
            ("RUS", "CHN"),
            "A pole of Russia and China",
            "As a customs union at Russia's tariff, which is above what China has bound in the WTO: it pays "
            "compensation. The hazards of being cut off are those of Russia's neighbours; --off coercion leaves them "
            "out.",
            wto="compensate",
        ),
        "gulf": ExampleBloc(
            ("SAU", "ARE", "KWT", "QAT", "OMN", "BHR"),
            "The Gulf Cooperation Council",
            "Its customs union goes on whoever stays out: what is counted is cheaper borders, and Bahrain's half of a "
            "field that Saudi Arabia operates.",
            recipe="world-2009-197",
        ),
        "asean-and-neighbours": ExampleBloc(
            ("ASE", "CHN", "JPN", "KOR", "ANZ"),
            "ASEAN with China, Japan, South Korea, Australia and New Zealand",
            "As a customs union, with one tariff for all; a free trade area would leave each its own.",
        ),
        "mercosur-and-neighbours": ExampleBloc(
            ("MER", "LAC"),
            "MERCOSUR with the rest of Latin America and the Caribbean",
            "Whether Argentina, Brazil, Paraguay and Uruguay hold together cannot be asked where they are one economy.",
        ),
        "north-america": ExampleBloc(
            ("USA", "CAN", "MEX"),
            "Customs union of the United States, Canada and Mexico",
            "They trade free of duty already: what is counted is one external tariff and cheaper borders.",
        ),
    }
)
"""By name."""
