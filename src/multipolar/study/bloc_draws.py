"""Trade payoffs of a bloc, draw by draw: worlds drawn, states solved in batches, chunks kept in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from multipolar.atlas.politics import OFFERS
from multipolar.coalition.assumptions import STATED, Drawn
from multipolar.coalition.states import EXITS, Bloc, State, availability, eu_certain, offer_of
from multipolar.equilibrium import Case, solve_batch
from multipolar.equilibrium.chunks import ChunkStore, digest
from multipolar.errors import CommitmentError, InputError, OutputError, WorldError
from multipolar.influence import leverage
from multipolar.scenario import Study, derive_policy, load_study
from multipolar.scenario.policy import status_quo
from multipolar.study.draws import uniform
from multipolar.types import Array, Float64
from multipolar.world import World
from multipolar.world.bundled import sample_world
from multipolar.world.bundled.tables import read_figures

__all__ = ["BlocDraws", "cut_off_losses", "drawn_elasticities", "drawn_world", "offer_gains", "store", "trade_draws"]

CHUNK = 20
"""Draws in one file of the cache."""

ELASTICITIES = "customs-union-2009"
"""Shipped study whose ranges of elasticities are drawn."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class BlocDraws:
    """Trade payoffs.

    Parameters
    ----------
    trade
        Change of real income from nobody in the union (USD billion a year), NaN where a state was not solved, and where
        an exit was not open [draw state member]; the first row holds the most likely values, the draws follow.
    income
        Income of each member, what it spends (USD billion a year) [draw member].
    gdp
        Of each member (USD billion a year) [draw member].
    """

    trade: Float64[Array, "draw state member"]
    income: Float64[Array, "draw member"]
    gdp: Float64[Array, "draw member"]


def store(name: str) -> ChunkStore:
    """Return the cache folder of the user; a folder that cannot be made costs time only."""
    import platformdirs

    root = Path(os.environ.get("MULTIPOLAR_CACHE") or platformdirs.user_cache_dir("multipolar"))
    try:
        return ChunkStore(root / name)
    except OutputError:
        return ChunkStore(None)


def drawn_elasticities(world: World, shipped: str | None, drawn: Drawn) -> Float64[Array, " s"] | None:
    """Return trade elasticities [s] by the ranges of the shipped study, None for a world of the user."""
    if shipped is None:
        return None
    given = _ranges().elasticity(drawn.uniform)
    theta = np.array(world.trade_elasticity)
    for sector, value in given.items():
        theta[world.sector_index(sector)] = value
    return theta


def drawn_world(world: World, shipped: str | None, seed: int, draw: int) -> World:
    """Return the world of a draw with its elasticities; draw -1, and a world of the user, has the most likely ones."""
    base = world if draw < 0 or shipped is None else _sampled(shipped, seed, draw)
    theta = drawn_elasticities(base, shipped, Drawn(None if draw < 0 else uniform(seed, draw)))
    return base if theta is None else replace(base, trade_elasticity=theta)


@lru_cache(maxsize=600)
def _sampled(shipped: str, seed: int, draw: int) -> World:
    """Return the sampled world of a draw; about 0.4 MB each, kept because several tables look at the same draws."""
    return sample_world(shipped, uniform(seed, draw))


@cache
def _ranges() -> Study:
    return load_study(ELASTICITIES)


@lru_cache(maxsize=4)
def fingerprint(bloc: Bloc, world: World, shipped: str | None) -> str:
    """Return a hash of everything but the seed that decides the trade payoffs of a bloc."""
    from multipolar import __version__

    arrays = [
        getattr(world, name)
        for name in (
            "trade_flow",
            "tariff",
            "external_tariff",
            "intermediate_use",
            "value_added",
            "final_demand",
            "trade_elasticity",
        )
    ]
    bindings = [world.attributes[name] for name in sorted(world.attributes) if name.startswith("wto_binding")]
    ranges: list[object] = []
    if shipped is not None:  # the ranges of figures are not in the world's arrays
        ranges = [[[f.id, f.value, f.lo, f.hi, f.draw] for f in read_figures(shipped)], _ranges().model_dump_json()]
    stated = {name: [s.lo, s.value, s.hi] for name, s in STATED.items()}
    states = [[s.mask, s.leaver, s.exit] for s in bloc.states()]
    rows = [offer_of(code, name) for code in bloc.members for name in OFFERS]
    offers = [None if row is None else [row.available, row.probability, row.lo, row.hi] for row in rows]
    about = [offers, bloc.members, bloc.hub, bloc.wto, states, bloc.enlarges, __version__]
    return digest(about, stated, ranges, *arrays, *bindings)


def trade_draws(
    bloc: Bloc,
    world: World,
    shipped: str | None,
    draws: int,
    seed: int,
    *,
    cache: ChunkStore | None = None,
    progress: Progress | None = None,
) -> BlocDraws:
    """Solve every state of a bloc at the most likely values and in every draw.

    Parameters
    ----------
    bloc
        Members, hub, rule, offers.
    world
        The world at its most likely figures.
    shipped
        Its name if it ships and its imputed figures are drawn; None draws the stated ranges alone.
    draws, seed
        Number of draws, and what decides them.
    cache
        Where chunks of draws are kept; the user's cache folder by default.
    progress
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    CommitmentError
        If the common tariff exceeds a member's WTO binding and the bloc states no resolution.
    """
    kept = store("bloc") if cache is None else cache
    key = f"{fingerprint(bloc, world, shipped)}-{seed}"
    pieces: list[dict[str, np.ndarray]] = []
    chunks = [range(-1, 0), *(range(at, min(at + CHUNK, draws)) for at in range(0, draws, CHUNK))]
    told = progress or (lambda stage, done, total: None)
    told("equilibria", 0, draws + 1)
    for chunk in chunks:
        name = f"{key}-{chunk.start + 1:06d}-{len(chunk)}"
        found = kept.load(name)
        if found is None or set(found[0]) != {"trade", "income", "gdp"}:
            arrays = _solve_chunk(bloc, world, shipped, seed, chunk)
            kept.save(name, arrays, None)
        else:
            arrays = found[0]
        pieces.append(arrays)
        told("equilibria", chunk.stop + 1, draws + 1)
    return BlocDraws(*(np.concatenate([piece[name] for piece in pieces]) for name in ("trade", "income", "gdp")))


def _solve_chunk(bloc: Bloc, world: World, shipped: str | None, seed: int, chunk: range) -> dict[str, np.ndarray]:
    states = bloc.states()
    rows = [world.economy_index(code) for code in bloc.members]
    trade = np.full((len(chunk), len(states), len(rows)), np.nan)
    income = np.full((len(chunk), len(rows)), np.nan)
    gdp = np.full((len(chunk), len(rows)), np.nan)
    cases: list[Case] = []
    places: list[tuple[int, int]] = []
    for at, draw in enumerate(chunk):
        try:
            made = _cases_of_draw(bloc, world, shipped, seed, draw)
        except WorldError:  # a draw that cannot be closed keeps its place, without numbers
            if draw < 0:
                raise
            continue
        base = made[0].world
        income[at] = base.final_demand.sum(axis=1)[rows] / 1e3
        gdp[at] = base.gdp[rows] / 1e3
        trade[at, 0] = 0.0
        cases.extend(case for place, case in made.items() if place)
        places.extend((at, place) for place in made if place)
    if cases:
        batch = solve_batch(cases)
        if chunk.start < 0:
            batch.require_all()
        for (at, place), hat, solved in zip(places, batch.real_income_hat, batch.solved, strict=True):
            if solved:
                trade[at, place] = income[at] * (hat[rows] - 1.0)
    return {"trade": trade, "income": income, "gdp": gdp}


def _cases_of_draw(bloc: Bloc, world: World, shipped: str | None, seed: int, draw: int) -> dict[int, Case]:
    """Return the cases of a draw by place of the state; draw -1 stands for the most likely values.

    An exit that is not open in the draw is left out, unless a parameter set opens it.
    """
    u = None if draw < 0 else uniform(seed, draw)
    drawn = Drawn(u)
    base = drawn_world(world, shipped, seed, draw)
    amounts = {
        "union_cut": drawn.stated("union_cost_cut"),
        "association_cut": drawn.stated("association_cost_cut"),
        "wto_factor": drawn.stated("own_wto_factor"),
    }
    needed = eu_certain(bloc, availability(bloc, drawn))
    cases: dict[int, Case] = {}
    for place, state in enumerate(bloc.states()):
        if state.leaver is not None and not needed[state.leaver, EXITS.index(state.exit)]:
            continue
        scenario = bloc.scenario(state, **amounts)
        try:
            policy = status_quo(base) if scenario is None else derive_policy(base, scenario)
        except CommitmentError as error:
            what = error.bare.partition(";")[0].removeprefix(f"scenario '{scenario.id if scenario else ''}': ")
            what = what.partition(", and an economy applies")[0]
            if "WTO" in what:
                remedy = "say how it is resolved: --wto bind, --wto compensate or --wto breach"
                raise CommitmentError(f"{what}; {remedy}") from error
            remedy = (
                "every union among some of the members is looked at, so name economies of no other customs union, or "
                "exactly the members of one"
            )
            raise InputError(f"{what}; {remedy}") from error
        cases[place] = Case(base, policy)
    return cases


def cut_off_losses(
    bloc: Bloc, world: World, shipped: str | None, *, cache: ChunkStore | None = None
) -> tuple[Float64[Array, " ratio"], Float64[Array, "ratio member"], Float64[Array, "ratio member"]]:
    """Return ratios of short-run to long-run elasticity, and what is lost when the hub cuts off each member.

    Solved at the most likely values of the world and the ends and middle of the stated range of the ratio; between
    them the loss is interpolated.

    Returns
    -------
    ratios, loss_pct, own_loss_pct
        Percent of the member's real income, and of the hub's; NaN at the place of the hub and where unsolved.
    """
    kept = store("bloc") if cache is None else cache
    about = STATED["short_run_ratio"]
    ratios = np.array([about.lo, about.value, about.hi])
    name = f"cut-off-{fingerprint(bloc, world, shipped)}"
    found = kept.load(name)
    if found is not None and {"loss", "own"} <= set(found[0]):
        return ratios, found[0]["loss"], found[0]["own"]
    theta = drawn_elasticities(world, shipped, Drawn())
    theta = np.array(world.trade_elasticity) if theta is None else theta
    loss, own = np.full((2, 3, len(bloc.members)), np.nan)
    for row, ratio in enumerate(ratios):
        made = leverage(world, [bloc.hub], targets=bloc.members, elasticity=ratio * theta)
        loss[row] = [float(made.loss_pct[bloc.hub][code]) for code in bloc.members]
        own[row] = [float(made.own_loss_pct[bloc.hub][code]) for code in bloc.members]
    kept.save(name, {"loss": loss, "own": own}, None)
    return ratios, loss, own


def offer_gains(
    bloc: Bloc,
    world: World,
    shipped: str | None,
    cuts: Float64[Array, " cut"],
    *,
    cache: ChunkStore | None = None,
) -> Float64[Array, "cut leaver member"]:
    """Return the trade payoffs of leaving for the European Union, by how much cheaper it makes its border.

    Solved at the most likely values. Leavers are the members whose association is not ruled out, in their order.

    Parameters
    ----------
    bloc, world, shipped, cache
        As in `trade_draws`.
    cuts
        Falls of non-tariff costs of trade in goods (fraction).
    """
    kept = store("bloc") if cache is None else cache
    name = f"offers-{digest(fingerprint(bloc, world, shipped), np.asarray(cuts))}"
    found = kept.load(name)
    if found is not None and "gain" in found[0]:
        return found[0]["gain"]
    base, about = drawn_world(world, shipped, 0, -1), Drawn()
    rows = [world.economy_index(code) for code in bloc.members]
    leavers = [i for i, code in enumerate(bloc.members) if "eu" in (bloc.offers or {}).get(code, ())]
    cases = []
    for cut in cuts:
        for i in leavers:
            scenario = bloc.scenario(
                State(bloc.left_by(i), i, "eu"),
                union_cut=about.stated("union_cost_cut"),
                association_cut=float(cut),
                wto_factor=about.stated("own_wto_factor"),
            )
            assert scenario is not None  # a leaver that associates changes something
            cases.append(Case(base, derive_policy(base, scenario)))
    hat = solve_batch(cases).require_all().real_income_hat[:, rows]
    income = base.final_demand.sum(axis=1)[rows] / 1e3
    gain = (income * (hat - 1.0)).reshape(len(cuts), len(leavers), len(rows))
    kept.save(name, {"gain": gain}, None)
    return gain
