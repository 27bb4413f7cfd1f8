"""Tariffs from tables of rates: by exporter or for everyone, by sector or for all, from one file or several.

A rate without an exporter is the general one; without a sector it holds for every sector that pays duty. Sectors of a
table are those of the world or, where industries are grouped, the group's name (``energy``, ``goods``, ``services``).
The first file that has a pair, or an importer, counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multipolar.data.tables import Table
from multipolar.errors import WorldError, nearest_names
from multipolar.types import Array, Float64
from multipolar.world.building.assemble import Report
from multipolar.world.building.pool import Pool, listed, stand_ins

__all__ = ["no_rates", "nothing_pays", "table_rates", "waived"]

SMALLEST_PLAUSIBLE = 0.01
"""Largest rate of a table (fraction) below which it is flagged: percent may have been written as fractions."""
Rates = dict[tuple[str, str, str], float]
"""Exporter (blank: everyone), importer and sector (blank: all) to a rate (fraction)."""


def no_rates(pool: Pool, report: Report) -> None:
    """Let a world be without tariffs, if the recipe says that it is.

    Raises
    ------
    WorldError
        If it does not say so.
    """
    if pool.recipe.fill.get("tariffs") != "free":
        raise WorldError(
            f"{pool.recipe.place('sources')}no tariffs: add sources.tariffs or the indicator 'tariff_mean_pct', or let "
            "the recipe say that trade is free, 'fill: {tariffs: free}'"
        )
    report.steps.append("No file of tariffs: every rate is zero, as the recipe says.")


def table_rates(
    pool: Pool,
    economies: Sequence[str],
    sectors: Mapping[str, str],
    imports: Float64[Array, " d"],
    free: Float64[Array, "o d"],
    report: Report,
) -> tuple[Float64[Array, "o d s"], Float64[Array, "d s"]]:
    """Return applied [o d s] and general [d s] rates (fraction) from the files of ``sources.tariffs``.

    Parameters
    ----------
    sectors
        Sectors of the world in axis order, each with its group; services pay only what a table names for them.
    imports
        Weights of economies where the mean of a group stands in [d].
    free
        Share of the general rate that `d` waives on `o`, where no table has the pair [o d].

    Raises
    ------
    WorldError
        If a table has sectors that the world has not, or no general rate of an importer and the recipe does not say
        what stands in.
    """
    read = pool.tables("tariffs")
    for table in read:
        pool.count_outsiders(table, ("origin", "destination"), economies)
        pool.count_itself(table, economies)
    tables = [_by_key(table, sectors) for table in read]
    names = tuple(sectors)
    if set(sectors.values()) == {"services"}:
        for table, found in zip(read, tables, strict=True):
            if any(not sector for _, _, sector in found):
                raise nothing_pays(pool, f"'{table.source}' has rates without a sector")
    general = np.array([[_first(tables, "", d, s, sectors[s]) for s in names] for d in economies])
    own = _pairs(tables, economies, sectors)
    general = _completed(pool, economies, names, sectors, general, own, imports, report)
    rate = general[None] * (1.0 - free)[:, :, None]
    rate = np.where(np.isnan(own), rate, own)
    np.einsum("iis->is", rate)[...] = 0.0
    highest = rate.max(initial=0.0)
    if 0 < highest < SMALLEST_PLAUSIBLE:
        report.flag(
            "every rate of the table is below one percent: are they fractions where percent is meant?",
            [f"highest {100 * highest:.3g}%"],
        )
    return rate, general


def nothing_pays(pool: Pool, what: str) -> WorldError:
    """Return the complaint that rates would fall on nothing, since no industry counts as goods."""
    return WorldError(
        f"{pool.recipe.place('industries')}{what}, and 'industries' names no goods or energy for them to fall on; list "
        "the industries of each"
    )


def _by_key(table: Table, sectors: Mapping[str, str]) -> Rates:
    """Rates of a file by exporter, importer and sector; sectors that nobody knows are refused."""
    frame = table.frame
    known = {"", *sectors, *sectors.values()}
    written = sorted({str(name) for name in frame.sector} - known)
    if len(sectors) == 1 and frame.sector.nunique() == 1:
        frame, written = frame.assign(sector=""), []  # the one sector of a table is the one of the world
    if len(sectors) == 1 and frame.sector.nunique() > 1:
        raise WorldError(f"'{table.source}' has rates by sector, and the world has one sector; average them")
    if written:
        near = nearest_names(written[0], known - {""})
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; it has {listed(tuple(sectors))}"
        raise WorldError(
            f"'{table.source}' has rates for the sector '{written[0][:40]}', which the world has not{hint}"
        )
    return {
        (o, d, s): float(r)
        for o, d, s, r in zip(frame.origin, frame.destination, frame.sector, frame.rate, strict=True)
    }


def _first(tables: Sequence[Rates], o: str, d: str, sector: str, group: str) -> float:
    """Rate in the first file that has one: of the sector, else of its group, else of all but services; NaN if none."""
    asked = (sector, group) if group == "services" else (sector, group, "")
    for rates in tables:
        for name in asked:
            if (o, d, name) in rates:
                return rates[o, d, name]
    return np.nan


def _pairs(tables: Sequence[Rates], economies: Sequence[str], sectors: Mapping[str, str]) -> Float64[Array, "o d s"]:
    """Rates that name the exporter [o d s]; NaN where none does."""
    at = {code: i for i, code in enumerate(economies)}
    own = np.full((len(economies), len(economies), len(sectors)), np.nan)
    for o, d in {(o, d) for rates in tables for o, d, _ in rates if o in at and d in at}:
        own[at[o], at[d]] = [_first(tables, o, d, s, group) for s, group in sectors.items()]
    return own


def _completed(
    pool: Pool,
    economies: Sequence[str],
    names: Sequence[str],
    sectors: Mapping[str, str],
    general: Float64[Array, "d s"],
    own: Float64[Array, "o d s"],
    imports: Float64[Array, " d"],
    report: Report,
) -> Float64[Array, "d s"]:
    """General rates without gaps, by the rule that the recipe states; services without a rate pay nothing."""
    services = np.array([sectors[s] == "services" for s in names])
    general = np.where(np.isnan(general) & services[None, :], 0.0, general)
    gap = np.isnan(general)
    missing = [c for c, row in zip(economies, gap, strict=True) if row.any()]
    if not missing:
        return general
    rule = pool.rule("tariffs", ("free", "group-mean", "highest-pair"), missing)
    if rule == "free":
        general = np.where(gap, 0.0, general)
    elif rule == "highest-pair":
        general = np.where(gap, _highest(own), general)
    else:
        for s in np.flatnonzero(gap.any(axis=0)):
            if not gap[:, s].all():
                general[:, s] = np.where(gap[:, s], stand_ins(general[:, s], imports, economies), general[:, s])
    if np.isnan(general).any():
        d, s = np.argwhere(np.isnan(general))[0]
        raise WorldError(
            f"{pool.recipe.place('fill')}'fill: {{tariffs: {rule}}}' finds no rate for {economies[d]}, {names[s]}: no "
            "file has any; add one, or use the rule 'free'"
        )
    what = {"free": "no duty", "group-mean": "the mean of the group", "highest-pair": "its highest rate on a partner"}
    report.flag(f"no general rate in the tables: {what[rule]} stands in, as the recipe says", missing)
    return general


def _highest(own: Float64[Array, "o d s"]) -> Float64[Array, "d s"]:
    """Highest rate of an importer on any partner; NaN where there is none."""
    highest = np.where(np.isnan(own), -np.inf, own).max(axis=0)
    return np.where(np.isfinite(highest), highest, np.nan)


def waived(
    applied: Float64[Array, "o d s"], external: Float64[Array, "d s"], economies: Sequence[str], sectors: Sequence[str]
) -> Float64[Array, "o d s"]:
    """Return the share of the external rate that `d` waives on `o`; below zero where a partner pays more [o d s].

    Raises
    ------
    WorldError
        If a partner pays where everyone else pays nothing, of which no share can tell.
    """
    paid = (applied > 0) & (external == 0)[None]
    np.einsum("iis->is", paid)[...] = False
    if paid.any():
        o, d, s = np.argwhere(paid)[0]
        raise WorldError(
            f"{economies[d]} takes {100 * applied[o, d, s]:.3g}% on {sectors[s]} from {economies[o]} and nothing from "
            "everyone else, by the tables; add its general rate (a row with a blank exporter)"
        )
    return 1.0 - np.divide(applied, external[None], out=np.ones_like(applied), where=external[None] > 0)
