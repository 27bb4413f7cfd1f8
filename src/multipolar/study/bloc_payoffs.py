"""Payoffs of a bloc in every draw: trade solved, political terms drawn, one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.coalition.assumptions import Drawn, Stated
from multipolar.coalition.cooperative import Belief
from multipolar.coalition.payoff import COMPONENTS, Missing, PayoffTable, payoff_table, political_terms
from multipolar.coalition.states import EXITS, Bloc, availability, eu_certain, offers_of, union_of
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError, NotSolvedError, UnknownNameError
from multipolar.scenario.preferences import dutiable_sectors, naming_sectors
from multipolar.study.bloc_draws import Progress, cut_off_losses, drawn_elasticities, trade_draws
from multipolar.study.bloc_record import Options, Row, parameters_of, spread_of
from multipolar.study.draws import uniform
from multipolar.world import World
from multipolar.world.bundled import load_world, shipped_worlds

__all__ = ["PayoffDraws", "make_bloc", "payoff_draws"]

FIRST_YEAR, LAST_YEAR = 2007, 2009


@dataclass(frozen=True, eq=False)
class PayoffDraws:
    """Payoffs of a bloc in every draw, with what was drawn.

    Parameters
    ----------
    world
        At its most likely figures.
    table
        Payoffs; draw 0 holds the most likely values.
    rows
        Terms, exits and losses of each row of the table.
    kept
        Number of each row among those asked for: 0 for the most likely values, k for draw k - 1. A draw that was not
        solved is left out.
    failed
        Draws left out.
    shipped
        Name of the world if it ships and was given by name; None otherwise.
    """

    world: World
    table: PayoffTable
    rows: tuple[Row, ...]
    kept: tuple[int, ...]
    failed: int
    shipped: str | None = None

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """What varies, by name, in each draw after the first row [draw]."""
        return parameters_of(self.rows[1:])

    @property
    def spread(self) -> np.ndarray:
        """Scale of an exit probability (USD billion a year) [row member]."""
        return spread_of(self.rows)


def payoff_draws(
    members: Sequence[str],
    world: World | str = "world-2009",
    options: Options | None = None,
    *,
    cache: ChunkStore | None = None,
    progress: Progress | None = None,
) -> PayoffDraws:
    """Compute the payoffs of a bloc at the most likely values and in every draw; parameters as `will_it_hold`."""
    chosen = options or Options()
    base = world if isinstance(world, World) else load_world(world)
    shipped = world if isinstance(world, str) and world in shipped_worlds() else None
    bloc = make_bloc(members, base, chosen)
    found = trade_draws(bloc, base, shipped, chosen.draws, chosen.seed, cache=cache, progress=progress)
    drawing = _Politics(bloc, base, shipped, chosen, *cut_off_losses(bloc, base, shipped, cache=cache))
    kept, rows = [], []
    for row in range(chosen.draws + 1):
        made = drawing.draw(row, found.income[row], found.gdp[row])
        if _complete(bloc, found.trade[row], made.available):
            kept.append(row)
            rows.append(made)
    if not kept or kept[0] != 0:
        raise NotSolvedError("the most likely values have no equilibrium in some state of the bloc")
    table = payoff_table(
        bloc,
        found.trade[kept],
        found.income[kept],
        [made.terms for made in rows],
        np.stack([made.available for made in rows]),
        drawing.missing,
    )
    return PayoffDraws(base, table, tuple(rows), tuple(kept), chosen.draws + 1 - len(kept), shipped)


def make_bloc(members: Sequence[str], world: World, options: Options) -> Bloc:
    """Return the bloc of some economies of a world.

    Raises
    ------
    InputError
        For a club in place of an economy, an unknown code, a repeated or single member, a world without tariffs.
    """
    codes = tuple(members)
    if not dutiable_sectors(world).any():
        raise InputError(
            f"world '{world.name}' has no tariffs, so a customs union has none to make common; take a world whose "
            f"recipe has tariffs, or solve a scenario that names its sectors, {naming_sectors(world, 'sectors')}"
        )
    for code in codes:
        if code in atlas.clubs() and code not in world.economies:
            inside = [c for c in atlas.members(code, "2009-06-15") if c in world.economies]
            raise InputError(
                f"'{code}' is a club, not an economy; name its members"
                + (f", for example {','.join(inside[:8])}" if len(inside) > 1 else "")
            )
        world.economy_index(code)
    for name in options.off:
        if name not in COMPONENTS:
            raise UnknownNameError("component", name, COMPONENTS)
    for table, what in ((options.sunk_cost, "a sunk cost"), (options.transfers, "a transfer")):
        for code in table:
            if code not in codes:
                raise InputError(f"{what} is given for '{code}', which is no member of {','.join(codes)}")
    if not 0 <= options.draws <= 100_000 or options.seed < 0:
        raise InputError("draws lie between 0 and 100000, and a seed is at least 0")
    if not FIRST_YEAR <= options.energy_year <= LAST_YEAR:
        raise InputError(f"energy rents are known for {FIRST_YEAR} to {LAST_YEAR}; later ones are outcomes")
    if options.credibility is not None and not 0 <= options.credibility <= 1:
        raise InputError(f"credibility {options.credibility:g} of the hub must lie between 0 and 1")
    if options.belief not in get_args(Belief):
        raise UnknownNameError("belief", options.belief, get_args(Belief))
    hub = options.hub or _hub(codes, world)
    if hub in options.transfers:
        raise InputError(f"'{hub}' is the hub, which pays transfers; name the member that receives it")
    return Bloc(codes, hub, options.rule, offers_of(codes, world.economies), options.wto, _enlarged(hub, world))


def _enlarged(hub: str, world: World) -> tuple[str, tuple[str, ...]] | None:
    return union_of(hub, world) if hub in world.economies else None


def _hub(codes: Sequence[str], world: World) -> str:
    figures = politics.load_figures("hub_credibility").values()
    known = [figure.partner for figure in figures if figure.partner in codes]
    size = world.final_demand.sum(axis=1)
    return known[0] if known else max(codes, key=lambda code: size[world.economy_index(code)]) if codes else ""


def _complete(bloc: Bloc, trade: np.ndarray, available: np.ndarray) -> bool:
    """Whether every state that the draw can reach was solved."""
    needed = eu_certain(bloc, available)
    return all(
        np.isfinite(trade[place]).all()
        for place, state in enumerate(bloc.states())
        if state.leaver is None or needed[state.leaver, EXITS.index(state.exit)]
    )


class _Politics:
    """Draws political terms, exits, losses and sunk costs."""

    def __init__(
        self,
        bloc: Bloc,
        world: World,
        shipped: str | None,
        options: Options,
        ratios: np.ndarray,
        loss_pct: np.ndarray,
        own_loss_pct: np.ndarray,
    ) -> None:
        self._bloc, self._world, self._shipped, self._options = bloc, world, shipped, options
        self._ratios, self._loss, self._own_loss = ratios, loss_pct, own_loss_pct
        self.missing: Missing = {}

    def draw(self, row: int, income: np.ndarray, gdp: np.ndarray) -> Row:
        """Return row 0 at the most likely values, further rows as draws."""
        options = self._options
        drawn = Drawn(None if row == 0 else uniform(options.seed, row - 1))
        drawn.stated("union_cost_cut")
        drawn.stated("association_cost_cut")
        drawn.stated("own_wto_factor")
        drawn_elasticities(self._world, self._shipped, drawn)
        ratio = drawn.stated("short_run_ratio")
        loss_pct, own_pct = (_between(ratio, self._ratios, table) for table in (self._loss, self._own_loss))
        terms, self.missing = political_terms(
            self._bloc,
            self._world,
            drawn,
            loss_pct / 100.0 * income,
            own_pct / 100.0 * income[self._bloc.hub_index],
            gdp=gdp,
            year=options.energy_year,
            transfers=options.transfers,
        )
        if options.credibility is not None:
            terms = replace(terms, credibility=options.credibility)
        sunk = np.zeros(len(income))
        for code, (low, high) in options.sunk_cost.items():
            about = Stated(low, (low + high) / 2, high, "USD billion a year", "given with the command")
            sunk[self._bloc.members.index(code)] = drawn.stated(f"sunk_cost/{code}", about)
        return Row(terms, availability(self._bloc, drawn), loss_pct, sunk, dict(drawn.record))


def _between(ratio: float, ratios: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return losses at a ratio between those solved, in logarithms; linear where one is not above zero [member]."""
    at, knots = np.log(ratio), np.log(ratios)
    return np.array(
        [np.exp(np.interp(at, knots, np.log(c))) if (c > 0).all() else np.interp(at, knots, c) for c in table.T]
    )
