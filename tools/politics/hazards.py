"""Estimate yearly hazards from the conflict record and write ``politics/hazards.csv``.

Usage: ``python tools/politics/hazards.py DATA_FOLDER``; the folder holds ``cow/``. What is written are our own
smoothed rates by class, rounded to two digits: no row or column of the data.

Rule
----
All states of the world, 1992 to 2008.

*State against state.* Directed pairs fall into four classes by direct contiguity on land and strategic rivalry
(Thompson, Sakuwa & Suhas): ``border_rivals``, ``border`` (no rivalry), ``rivals`` (no common border), ``second_ring``
(neither, but a common neighbour). An attack of k on i is an interstate conflict of the two (half an attack on each) or
troops of k beside the rebels of i; it is an onset if the pair had none the year before.

*Spill-over.* State-years without an internal conflict the year before fall into ``ring_1`` (a land neighbour had one),
``ring_2`` (a neighbour's neighbour had) and ``far``. The hazard is the rate of onset in the ring less the rate in
``far``: the value not below zero, the band as it comes out, since a draw is cut when it is used. The excess of a ring
is split evenly over the conflicts that a state has in it, so that two wars next door are not counted twice. It is an
association: poor regions have both more wars and more neighbours at war.
Conflicts are placed by ``threats.csv``, because the extract knows governments and no places: Russia's war is in the
North Caucasus, so of Russia's neighbours only those of Georgia and Azerbaijan are next to it.

*NATO* is a stated prior, not a rate: figure ``hazard_nato``, for the members of the CSTO alone. It is reasoned from
sixty years without an attack on a state allied with a nuclear power, which says nothing of states in no such alliance.

*Rates* are (events + 1/2) / years at risk, the mean under Jeffreys' prior for a Poisson rate; lo and hi are its 5% and
95% quantiles (for a difference: by the normal approximation, by which it is drawn too).
"""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from scipy.stats import gamma

from multipolar.atlas import economy, members
from multipolar.atlas.politics import figure
from multipolar.atlas.politics.records import load_threats

FIRST, LAST = 1992, 2008
RECENT = 2004
STATES = ("RUS", "KAZ", "BLR", "UKR", "MDA", "GEO", "ARM", "AZE", "KGZ", "TJK", "TKM", "UZB", "CHN", "TUR", "IRN")
ALLIED = members("CSTO", "2009-06-14")
"""States with the prior for NATO: it is reasoned from alliances with a nuclear power, and these are in one."""

HEADER = ("state", "threat", "rule", "value", "lo", "hi", "status", "source", "note")
TARGET = Path(__file__).parents[2] / "src" / "multipolar" / "atlas" / "politics" / "hazards.csv"


@dataclass(frozen=True)
class Rate:
    """A smoothed yearly rate: events over years at risk."""

    events: float
    years: int

    @property
    def mean(self) -> float:
        return (self.events + 0.5) / self.years

    @property
    def variance(self) -> float:
        return (self.events + 0.5) / self.years**2

    def quantile(self, p: float) -> float:
        return float(gamma.ppf(p, self.events + 0.5, scale=1 / self.years))

    def band(self) -> tuple[float, float, float]:
        """Value, lo and hi."""
        return self.mean, self.quantile(0.05), self.quantile(0.95)


def excess(ring: Rate, far: Rate) -> tuple[float, float, float]:
    """Value, lo and hi of the part of a ring's rate that distance from conflict would take away."""
    difference, width = ring.mean - far.mean, 1.645 * (ring.variance + far.variance) ** 0.5
    return max(difference, 0.0), difference - width, difference + width


class Record:
    """The conflict record, prepared once."""

    def __init__(self, folder: Path) -> None:
        cow = folder / "cow"
        self.conflicts = pd.read_parquet(cow / "ucdp_acd.parquet")
        self.contiguity = pd.read_parquet(cow / "cow_contdir.parquet")
        self.rivalries = pd.read_parquet(cow / "tss_rivalries.parquet")
        self.system = pd.read_csv(cow / "cow_states.csv")
        years = range(FIRST - 1, LAST + 1)
        self.alive = {y: self._alive(y) for y in years}
        self.borders = {y: self._borders(y) for y in years}
        self.rivals = {y: self._rivals(y) for y in years}
        self.attacks = {y: self._attacks(y) for y in years}
        self.internal = {y: self._internal(y) for y in years}

    def _alive(self, year: int) -> set[int]:
        rows = self.system[(self.system.styear <= year) & (self.system.endyear >= year)]
        return set(rows.ccode.astype(int))

    def _borders(self, year: int) -> dict[int, set[int]]:
        rows = self.contiguity[self.contiguity.conttype == 1]
        rows = rows[(rows.stdate <= f"{year}-12-31") & (rows.enddate >= f"{year}-01-01")]
        found: dict[int, set[int]] = {state: set() for state in self.alive[year]}
        for a, b in zip(rows.ccode1.astype(int), rows.ccode2.astype(int), strict=True):
            if a in found and b in found:
                found[a].add(b)
                found[b].add(a)
        return found

    def _rivals(self, year: int) -> set[tuple[int, int]]:
        rows = self.rivalries[(self.rivalries.start <= year) & (self.rivalries.end.fillna(9999) >= year)]
        pairs = set(zip(rows.ccode1.astype(int), rows.ccode2.astype(int), strict=True))
        return pairs | {(b, a) for a, b in pairs}

    def _attacks(self, year: int) -> dict[tuple[int, int], float]:
        """(attacked, attacker) to the weight of the attack."""
        rows = self.conflicts[self.conflicts.year == year]
        found: dict[tuple[int, int], float] = {}
        for a, b in _pairs(rows[rows.type_of_conflict == "interstate"], "gwno_b"):
            for pair in ((a, b), (b, a)):
                found[pair] = max(found.get(pair, 0.0), 0.5)
        for attacked, helper in _pairs(rows[rows.type_of_conflict == "II"], "gwno_b_2nd"):
            if helper != attacked:
                found[attacked, helper] = 1.0
        return found

    def _internal(self, year: int) -> set[int]:
        rows = self.conflicts[
            (self.conflicts.year == year) & self.conflicts.type_of_conflict.isin(["intrastate", "II"])
        ]
        return set(rows.gwno_a.astype(int))

    def pair_class(self, attacked: int, attacker: int, year: int) -> str | None:
        """Class of a directed pair in a year; None beyond the second ring without rivalry."""
        border = attacker in self.borders[year].get(attacked, set())
        rivals = (attacked, attacker) in self.rivals[year]
        if border:
            return "border_rivals" if rivals else "border"
        if rivals:
            return "rivals"
        shared = self.borders[year].get(attacked, set()) & self.borders[year].get(attacker, set())
        return "second_ring" if shared else None

    def pair_rates(self) -> dict[str, Rate]:
        """Onset rates of attacks by class of the directed pair."""
        events: dict[str, float] = {}
        years: dict[str, int] = {}
        for year in range(FIRST, LAST + 1):
            for attacked in self.alive[year]:
                for attacker in self.alive[year] - {attacked}:
                    kind = self.pair_class(attacked, attacker, year)
                    if kind is None or (attacked, attacker) in self.attacks[year - 1]:
                        continue
                    years[kind] = years.get(kind, 0) + 1
                    events[kind] = events.get(kind, 0.0) + self.attacks[year].get((attacked, attacker), 0.0)
        return {kind: Rate(events[kind], years[kind]) for kind in years}

    def war_share(self) -> tuple[int, int]:
        """Onsets of internal conflict that passed 1,000 battle deaths in a year within five years, and all onsets."""
        severe = self.conflicts[(self.conflicts.intensity_level == 2) & (self.conflicts.year <= LAST)]
        severe = severe[severe.type_of_conflict.isin(["intrastate", "II"])]
        wars = set(zip(severe.gwno_a.astype(int), severe.year.astype(int), strict=True))
        onsets = [(s, y) for y in range(FIRST, LAST + 1) for s in self.internal[y] - self.internal[y - 1]]
        return sum(any((s, y + later) in wars for later in range(5)) for s, y in onsets), len(onsets)

    def ring(self, state: int, hot: set[int], year: int) -> str:
        """Ring of a state around a set of states in conflict."""
        near = self.borders[year].get(state, set())
        if near & hot:
            return "ring_1"
        second = set().union(*(self.borders[year].get(n, set()) for n in near)) if near else set()
        return "ring_2" if second & hot - {state} else "far"

    def ring_rates(self) -> dict[str, Rate]:
        """Onset rates of internal conflict by ring."""
        events: dict[str, float] = {"ring_1": 0.0, "ring_2": 0.0, "far": 0.0}
        years: dict[str, int] = {"ring_1": 0, "ring_2": 0, "far": 0}
        for year in range(FIRST, LAST + 1):
            for state in self.alive[year]:
                if state in self.internal[year - 1]:
                    continue
                ring = self.ring(state, self.internal[year - 1] - {state}, year - 1)
                years[ring] += 1
                events[ring] += state in self.internal[year]
        return {ring: Rate(events[ring], years[ring]) for ring in years}


def _pairs(rows: pd.DataFrame, other: str) -> list[tuple[int, int]]:
    """Government and another state of each row that has both."""
    both = rows[["gwno_a", other]].dropna().astype(int)
    return list(zip(both["gwno_a"].tolist(), both[other].tolist(), strict=True))


def code(iso3: str) -> int:
    """Return the Correlates of War number of an economy."""
    number = economy(iso3).cow
    if number is None:
        raise ValueError(f"{iso3} has no Correlates of War number")
    return number


def exposure(record: Record, state: str) -> dict[str, str]:
    """Conflict to ring (ring_1 or ring_2) of a state."""
    rings: dict[str, str] = {}
    for threat in load_threats(("conflict",)).values():
        hot = {code(g) for g in threat.governments}
        recent = set().union(*(record.internal[y] for y in range(RECENT, LAST + 1)))
        if not hot & recent:
            continue
        if state in threat.governments:
            rings[threat.id] = "ring_1"
            continue
        # The North Caucasus is not next to Russia's other neighbours.
        around = hot - {code("RUS")} if threat.id == "CAUC" else hot
        rings[threat.id] = record.ring(code(state), around, LAST)
    return {threat: ring for threat, ring in rings.items() if ring != "far"}


def table(folder: Path) -> str:
    """Return the text of the table."""
    record = Record(folder)
    pairs, rings = record.pair_rates(), record.ring_rates()
    rows: list[tuple[str, ...]] = []
    for state in STATES:
        for attacker in STATES:
            kind = record.pair_class(code(state), code(attacker), LAST) if attacker != state else None
            if kind is None or (kind == "second_ring" and attacker != "RUS"):
                continue
            rate = pairs[kind]
            rows.append(_row(state, attacker, kind, rate.band(), f"{rate.events:g} onsets in {rate.years} pair-years"))
        near = exposure(record, state)
        for threat, ring in near.items():
            sharing = list(near.values()).count(ring)
            value = tuple(part / sharing for part in excess(rings[ring], rings["far"]))
            counts = ", ".join(
                f"{name} {r.events:g} in {r.years}" for name, r in rings.items() if name in (ring, "far")
            )
            rows.append(_row(state, threat, ring, value, f"onsets in state-years: {counts}; shared by {sharing}"))
        if state in ALLIED:
            prior = figure("hazard_nato", "NATO")
            band = (prior.at(), prior.at(0.0), prior.at(1.0))
            rows.append(_row(state, "NATO", "prior", band, "figure hazard_nato, swept", "range", ""))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return text.getvalue()


def _row(state, threat, rule, band, note, status="estimated", source="cow_ucdp") -> tuple[str, ...]:
    return (state, threat, rule, *(f"{x:.2g}" for x in band), status, source, note)


def main(arguments: list[str]) -> int:
    """Write the table; returns the exit status."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "cow").is_dir():
        print("usage: python tools/politics/hazards.py DATA_FOLDER, the folder that holds cow/", file=sys.stderr)
        return 2
    TARGET.write_text(table(Path(arguments[0])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
