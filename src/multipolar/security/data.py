"""From the political tables and a world to a `Neighbourhood`: who threatens whom, how strongly, from how far."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.errors import InputError, UnknownNameError
from multipolar.security.protection import Neighbourhood
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

__all__ = [
    "CAPABILITIES",
    "capital_distance_km",
    "deployment_probability",
    "neighbourhood",
    "pledge",
    "pledges",
    "soldier_cost_usd_mn",
]

Uniform = Callable[[str], float]
"""Gives a number in [0, 1] for the id of a figure: the quantile at which it is drawn."""

CAPABILITIES = ("cinc", "military_spending_usd_mn")
"""Attributes of a world that can serve as capability: composite index of 2007, or military spending of 2009."""

EARTH_RADIUS_KM = 6371.0
_EVE = "2009-06-15"
_KINDS = politics.THREAT_KINDS


@cache
def capital_distance_km(one: str, other: str) -> float:
    """Return the great-circle distance between two capitals of the atlas (kilometres, to the nearest 100).

    Raises
    ------
    InputError
        If one of them has no capital.
    """
    places = [atlas.economy(code) for code in (one, other)]
    radians: list[tuple[float, float]] = []
    for place in places:
        if place.latitude is None or place.longitude is None:
            raise InputError(f"the atlas has no capital for '{place.iso3}'; leave it out")
        radians.append((math.radians(place.latitude), math.radians(place.longitude)))
    (lat1, lon1), (lat2, lon2) = radians
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half)), -2)


def neighbourhood(
    world: World,
    states: Sequence[str],
    *,
    uniform: Uniform | None = None,
    capability: str = "cinc",
    kinds: Sequence[str] = _KINDS,
) -> Neighbourhood:
    """Build the neighbourhood of some states from the shipped tables and a world's attributes.

    Parameters
    ----------
    world
        Gives capability and GDP; every state must be an economy of it.
    states
        ISO3 codes of the states to defend, in the order wanted; each must have hazards in the table.
    uniform
        Draws every figure that has a range, called with its id; None for the central figures. With a NumPy generator
        ``rng``, pass ``lambda _: rng.random()``.
    capability
        One of `CAPABILITIES`.
    kinds
        Which kinds of threats to include (`multipolar.atlas.politics.THREAT_KINDS`). Leave out ``"hub"`` to see what
        the alliance protects from when its hub is no threat, or take it alone.

    Returns
    -------
    Neighbourhood
        Threats are those of the kinds that strike at least one of the states, in the order of the table of threats.
        The stake is GDP x ``war_stake`` x ``war_share``.

    Raises
    ------
    InputError
        If a state has no hazards, a figure of the world is missing, or `uniform` leaves [0, 1].
    UnknownNameError
        For a capability or a kind of threat that does not exist.
    """
    if capability not in CAPABILITIES:
        raise UnknownNameError("capability", capability, CAPABILITIES)
    draw = _Draw(uniform)
    hazards, known = politics.load_hazards(), {state for state, _ in politics.load_hazards()}
    for state in states:
        if state not in known:
            raise InputError(f"no hazards for '{state}'; there are some for {', '.join(sorted(known))}")
    threats = [
        threat
        for threat in politics.load_threats(tuple(kinds)).values()
        if any((state, threat.id) in hazards for state in states)
    ]
    if not threats:
        raise InputError(f"no threat of the kinds {', '.join(kinds)} strikes {', '.join(states)}; name other kinds")
    values = _Attributes(world)
    return Neighbourhood(
        states=tuple(states),
        threats=tuple(threat.id for threat in threats),
        capability=np.array([values.of(state, capability) for state in states]),
        threat_capability=np.array([_strength(threat, values, capability, draw) for threat in threats]),
        hazard=_hazard_matrix(states, threats, hazards, draw),
        stake_usd_bn=_stakes(states, values, draw),
        distance_km=np.array([[capital_distance_km(i, j) for j in states] for i in states]),
        threat_distance_km=np.array([[_threat_distance(i, threat) for threat in threats] for i in states]),
        reach_km=draw.figure(politics.figure("reach")),
    )


def pledges(
    states: Sequence[str], *, club: str = "CSTO", year: int = 2009, uniform: Uniform | None = None
) -> pd.Series:
    """Return the soldiers that members pledged to the common force of a club; index state.

    Raises
    ------
    UnknownNameError
        For a state without a row in the table; it names the nearest.
    """
    import pandas as pd

    found = [pledge(state, club=club, year=year, uniform=uniform) for state in states]
    return pd.Series(found, index=pd.Index(list(states), name="state"), name="soldiers")


def pledge(state: str, *, club: str = "CSTO", year: int = 2009, uniform: Uniform | None = None) -> float:
    """Return the soldiers that one member pledged to the common force of a club; raises as `pledges`."""
    return _Draw(uniform).figure(politics.figure("force_pledge", state, club, year))


def soldier_cost_usd_mn(club: str = "CSTO", *, uniform: Uniform | None = None) -> float:
    """Return the cost of a soldier of a club deployed for a year (USD million)."""
    return _Draw(uniform).figure(politics.figure("deployed_soldier_cost", "", club, 2009))


def deployment_probability(club: str = "CSTO", *, uniform: Uniform | None = None) -> float:
    """Return the probability a year that a club's common force is sent out."""
    return _Draw(uniform).figure(politics.figure("deployment_probability", "", club, 2009))


class _Draw:
    """Draws figures and hazards, each id once, so that rows that share a rule move together."""

    def __init__(self, uniform: Uniform | None) -> None:
        self._uniform = uniform
        self._seen: dict[str, float] = {}

    def quantile(self, name: str) -> float | None:
        if self._uniform is None:
            return None
        if name not in self._seen:
            u = float(self._uniform(name))
            if not 0 <= u <= 1:
                raise InputError(f"the draw for '{name}' is {u:g}; it must lie in [0, 1]")
            self._seen[name] = u
        return self._seen[name]

    def figure(self, found: politics.Figure) -> float:
        return found.at(self.quantile(found.id)) if found.drawn else found.at()


class _Attributes:
    """Attributes of a world's economies, refused where they are missing."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, state: str, name: str) -> float:
        if name not in self._world.attributes:
            raise InputError(f"world '{self._world.name}' has no attribute '{name}'; use a world that has it")
        value = float(self._world.attributes[name][self._world.economy_index(state)])
        if not math.isfinite(value):
            raise InputError(f"world '{self._world.name}' has no '{name}' for '{state}'; leave it out or take another")
        return value


def _hazard_matrix(
    states: Sequence[str],
    threats: Sequence[politics.Threat],
    hazards: Mapping[tuple[str, str], politics.Hazard],
    draw: _Draw,
) -> Float64[Array, "i k"]:
    matrix = np.zeros((len(states), len(threats)))
    for i, state in enumerate(states):
        for k, threat in enumerate(threats):
            if found := hazards.get((state, threat.id)):
                matrix[i, k] = max(found.at(draw.quantile(f"hazard/{found.rule}")), 0.0)
    return matrix


def _stakes(states: Sequence[str], values: _Attributes, draw: _Draw) -> Float64[Array, " i"]:
    share = draw.figure(politics.figure("war_stake")) * draw.figure(politics.figure("war_share"))
    return np.array([values.of(state, "gdp_usd_mn") / 1e3 * share for state in states])


def _strength(threat: politics.Threat, values: _Attributes, capability: str, draw: _Draw) -> float:
    """Capability of a threat, in the unit of the states'."""
    if threat.kind == "conflict":
        (found,) = (f for f in politics.load_figures("threat_strength").values() if f.economy == threat.id)
        return draw.figure(found) * values.of(found.partner, capability)
    if threat.kind == "prior":
        members = {atlas.group_of(member) for member in _alliance(threat.id)}
        total = math.fsum(values.of(member, capability) for member in sorted(members - {"EFT", "WBK"}))
        return draw.figure(politics.figure("nato_deployable_share", threat.id)) * total
    return values.of(threat.id, capability)


def _threat_distance(state: str, threat: politics.Threat) -> float:
    if threat.kind != "prior":
        return capital_distance_km(state, threat.place)
    return min(capital_distance_km(state, member) for member in _alliance(threat.id))


@cache
def _alliance(club: str) -> tuple[str, ...]:
    return tuple(atlas.members(club, _EVE))
