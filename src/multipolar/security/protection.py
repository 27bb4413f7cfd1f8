"""What an alliance adds: protection against each threat, its burden, and being drawn into others' wars.

A state `i` faces threats `k`, each with a yearly hazard. In a contest the defence succeeds with probability
``c / (c + c_k)``: own capability plus what reliable allies bring, each worn down by distance, against the threat's.
A pact is against outsiders: members do not fight each other for a third, so an attack of one member on another gives
neither protection nor a war to be drawn into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import InputError
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Neighbourhood",
    "burden",
    "defence_probability",
    "entrapment",
    "outside_threats",
    "protection",
    "security_level",
    "switch_point",
    "threat_similarity",
]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """States, what threatens them, and how far everybody is from everybody.

    Parameters
    ----------
    states
        Codes of the states to defend (and of the allies) [i].
    threats
        Names of the threats; a state may be a threat to others [k].
    capability
        Of each state (any one unit) [i].
    threat_capability
        Of each threat (same unit) [k].
    hazard
        Probability a year that threat `k` attacks `i` [i k].
    stake_usd_bn
        What `i` loses in an attack that is not repelled (USD billion) [i].
    distance_km
        Between states (kilometres) [i j].
    threat_distance_km
        From threat `k` to state `i` (kilometres) [i k].
    reach_km
        Distance over which capability falls to 1/e (kilometres; Boulding's loss of strength).

    Raises
    ------
    InputError
        If shapes differ, a probability is outside [0, 1], or a size is negative or missing.
    """

    states: tuple[str, ...]
    threats: tuple[str, ...]
    capability: Float64[Array, " i"]
    threat_capability: Float64[Array, " k"]
    hazard: Float64[Array, "i k"]
    stake_usd_bn: Float64[Array, " i"]
    distance_km: Float64[Array, "i j"]
    threat_distance_km: Float64[Array, "i k"]
    reach_km: float

    def __post_init__(self) -> None:
        n, m = len(self.states), len(self.threats)
        shapes = {
            "capability": (n,),
            "threat_capability": (m,),
            "hazard": (n, m),
            "stake_usd_bn": (n,),
            "distance_km": (n, n),
            "threat_distance_km": (n, m),
        }
        for name, shape in shapes.items():
            values = np.array(getattr(self, name), dtype=float)
            if values.shape != shape:
                raise InputError(f"'{name}' needs shape {shape}, not {values.shape}")
            if not (np.isfinite(values) & (values >= 0)).all():
                state = self._owner(name, values)
                raise InputError(f"'{name}' of {state} is missing or negative; give a figure or leave it out")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if (self.hazard > 1).any():
            raise InputError("a yearly hazard is a probability and cannot exceed 1")
        if not self.reach_km > 0:
            raise InputError("the reach of capability must be above 0 km")

    def _owner(self, name: str, values: np.ndarray) -> str:
        where = np.argwhere(~(np.isfinite(values) & (values >= 0)))[0]
        return self.threats[where[0]] if name == "threat_capability" else self.states[where[0]]

    def index(self, state: str) -> int:
        """Return the position of a state; raises `InputError` for one that is not here."""
        if state not in self.states:
            raise InputError(f"'{state}' is not among the states {', '.join(self.states)}")
        return self.states.index(state)


def outside_threats(place: Neighbourhood, members: Sequence[str]) -> Neighbourhood:
    """Return the neighbourhood of a pact: the hazards of its members from each other left out.

    A hub that is allied with two rivals cannot side with one against the other, and to leave the pact of a third does
    not turn an ally of before into a threat.
    """
    rows = [place.index(m) for m in members]
    columns = [k for k, threat in enumerate(place.threats) if threat in members]
    hazard = np.array(place.hazard)
    hazard[np.ix_(rows, columns)] = 0.0
    return replace(place, hazard=hazard)


def defence_probability(
    place: Neighbourhood, members: Sequence[str], *, reliability: float | Array = 1.0
) -> Float64[Array, "i k"]:
    """Return the probability that each state repels each threat when `members` defend each other.

    Parameters
    ----------
    place
        States and threats.
    members
        The alliance; states outside it stand alone. Against a threat that is itself a member nobody helps: allies do
        not fight each other.
    reliability
        Probability that an ally keeps its word, one number or one for each state (in [0, 1]) [i].

    Raises
    ------
    InputError
        If a reliability is outside [0, 1], or a member is not among the states.
    """
    n = len(place.states)
    word = np.broadcast_to(np.asarray(reliability, dtype=float), (n,))
    if not ((word >= 0) & (word <= 1)).all():
        raise InputError("the reliability of an ally is a probability in [0, 1]")
    inside = np.zeros(n, dtype=bool)
    inside[[place.index(m) for m in members]] = True
    # support[i, j]: what ally j brings to i.
    support = np.where(inside[:, None] & inside[None, :], np.exp(-place.distance_km / place.reach_km), 0.0)
    support = support * (word * place.capability)[None, :]
    np.fill_diagonal(support, place.capability)
    outside = np.array([threat not in members for threat in place.threats])
    # Own capability counts against every threat, that of allies against outsiders only.
    own = np.diag(support)[:, None]
    defence = own + np.where(outside[None, :], support.sum(axis=1)[:, None] - own, 0.0)
    attack = place.threat_capability * np.exp(-place.threat_distance_km / place.reach_km)
    total = defence + attack
    # Without any force on either side the outcome is open.
    return np.divide(defence, total, out=np.full_like(total, 0.5), where=total > 0)


def security_level(place: Neighbourhood, members: Sequence[str], *, reliability: float | Array = 1.0) -> pd.Series:
    """Return the expected loss from all threats, as a negative number (USD billion a year); index state."""
    import pandas as pd

    lost = (
        place.hazard * place.stake_usd_bn[:, None] * (1 - defence_probability(place, members, reliability=reliability))
    )
    return pd.Series(-lost.sum(axis=1), index=pd.Index(place.states, name="state"), name="security_usd_bn")


def protection(place: Neighbourhood, members: Sequence[str], *, reliability: float | Array = 1.0) -> pd.DataFrame:
    """Return what the alliance adds for each member, threat by threat.

    Returns
    -------
    DataFrame
        Index member, columns threat: fall of the expected loss (USD billion a year); zero for a threat that is itself a
        member.
    """
    import pandas as pd

    gain = defence_probability(place, members, reliability=reliability) - defence_probability(place, [])
    value = place.hazard * place.stake_usd_bn[:, None] * gain
    table = pd.DataFrame(
        value, index=pd.Index(place.states, name="member"), columns=pd.Index(place.threats, name="threat")
    )
    return table.loc[list(members)]


def burden(contribution: pd.Series, cost_usd_mn: float | pd.Series, deployment: float | pd.Series) -> pd.Series:
    """Return the expected cost of serving in a common force (USD billion a year); index state.

    Parameters
    ----------
    contribution
        Soldiers pledged; index state.
    cost_usd_mn
        Of one soldier deployed for a year (USD million).
    deployment
        Probability a year that the force is deployed (in [0, 1]). A symbol has 0.

    Raises
    ------
    InputError
        If a probability is outside [0, 1].
    """
    chance = np.asarray(deployment, dtype=float)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise InputError("the probability of deployment lies in [0, 1]")
    return (contribution * cost_usd_mn * deployment / 1e3).rename("burden_usd_bn")


def switch_point(gain_usd_bn: pd.Series, full_burden_usd_bn: pd.Series) -> pd.Series:
    """Return the probability of deployment at which membership stops paying.

    Parameters
    ----------
    gain_usd_bn
        Protection (USD billion a year).
    full_burden_usd_bn
        Burden if the force were deployed for certain (USD billion a year).

    Returns
    -------
    Series
        In [0, 1]; 0 where membership protects from nothing, NaN where it pays at any probability.
    """
    ratio = gain_usd_bn.clip(lower=0) / full_burden_usd_bn.where(full_burden_usd_bn > 0)
    return ratio.where(ratio <= 1).rename("switch_point")


def entrapment(
    place: Neighbourhood, members: Sequence[str], *, reliability: float | Array = 1.0, share: float
) -> pd.Series:
    """Return what each member expects to lose in wars of its allies (USD billion a year); index member.

    Wars between members are left out: an ally is not drawn into the war that it started, nor into one between two
    others.

    Parameters
    ----------
    share
        Part of its stake that an ally loses when it honours its word in another's war (fraction).
    """
    import pandas as pd

    if not 0 <= share <= 1:
        raise InputError("the share of the stake lost in another's war lies in [0, 1]")
    word = np.broadcast_to(np.asarray(reliability, dtype=float), (len(place.states),))
    rows = [place.index(m) for m in members]
    attacks = outside_threats(place, members).hazard[rows].sum(axis=1)
    others = attacks.sum() - attacks
    return pd.Series(
        others * word[rows] * share * place.stake_usd_bn[rows],
        index=pd.Index(list(members), name="member"),
        name="entrapment_usd_bn",
    )


def threat_similarity(hazard: pd.DataFrame) -> pd.DataFrame:
    """Return the cosine of the threats that two states face: 1, the same worries; 0, nothing in common.

    NaN for a state that faces none. Index and columns state.
    """
    import pandas as pd

    values = hazard.to_numpy(dtype=float)
    size = np.linalg.norm(values, axis=1)
    product = size[:, None] * size[None, :]
    cosine = np.divide(values @ values.T, product, out=np.full_like(product, np.nan), where=product > 0)
    return pd.DataFrame(cosine, index=hazard.index, columns=hazard.index)
