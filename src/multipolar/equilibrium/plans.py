"""What a batch has to solve, in blocks: coalitions of one world, or any list of cases.

A scenario is solved on the shared baseline of its world where that is possible and meets the residual, else on its own
by `solve`, whose reason is kept where that fails too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from multipolar.equilibrium.chunks import digest
from multipolar.equilibrium.coalitions import BlocPatches, BlocRule, bloc_policy, positions
from multipolar.equilibrium.patches import Patch, block_size, policy_change, stack, weakened
from multipolar.equilibrium.solver import TARGET, TOLERANCE, Case, Deficits, purge_deficits, solve
from multipolar.errors import MultipolarError
from multipolar.world import World, check_usable, check_values

if TYPE_CHECKING:
    from multipolar.equilibrium.shared import Baseline

__all__ = ["ARRAYS", "CasePlan", "CaseSolver", "CoalitionPlan", "Plan", "Rows"]

WORTH_SHARING = 16
"""Fewest scenarios of one world in a block for which its baseline is prepared."""

FORMAT = 1
"""Part of every checkpoint's hash; raise it when equations or their order change."""

ARRAYS = (
    "solved",
    "wage_hat",
    "real_income_hat",
    "price_hat",
    "expenditure",
    "income",
    "tariff_revenue",
    "residual",
    "iterations",
)


class Rows:
    """Results of some scenarios while they are filled in; every scenario starts as failed."""

    def __init__(self, count: int, economies: int, sectors: int) -> None:
        one, two = (count, economies), (count, economies, sectors)
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(ARRAYS, one)
        shapes |= {"price_hat": two, "expenditure": two, "residual": (count,)}
        self.arrays = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
        self.arrays["solved"] = np.zeros(count, dtype=bool)
        self.arrays["iterations"] = np.zeros(count, dtype=np.int32)
        self.names, self.methods = [""] * count, [""] * count
        self.reasons: list[str | None] = ["not computed"] * count

    def put(self, at: int, rows: Rows) -> None:
        """Copy the results of `rows` to position `at` and on."""
        to = slice(at, at + len(rows.names))
        for name, values in rows.arrays.items():
            self.arrays[name][to] = values
        self.names[to], self.methods[to], self.reasons[to] = rows.names, rows.methods, rows.reasons

    def fill_shared(self, shared: Baseline, patch: Patch, world: World, places: Sequence[int]) -> list[int]:
        """Solve scenarios as one block; return the positions of those left to the single solver."""
        from multipolar.equilibrium.shared import iterate

        base = shared.base
        found = iterate(shared, patch, TARGET)
        count = len(places)
        # NaN fails the comparison.
        # A negative income can clear labour markets where wages alone are iterated; it is no equilibrium.
        finite = np.isfinite(found.wage_hat).all(axis=1) & np.isfinite(found.real_income_hat).all(axis=1)
        finite &= (found.real_income_hat > 0).all(axis=1)
        good = ((found.residual <= TOLERANCE) & finite & ~weakened(world, base, patch))[:count]
        at = np.asarray(places, dtype=np.intp)[good]
        # A slice, where all are good, spares a copy.
        chosen = slice(0, count) if good.all() else np.flatnonzero(good)
        self.arrays["solved"][at] = True
        for name, values in found._asdict().items():
            self.arrays[name][at] = values[chosen]
        for i in at:
            self.methods[i], self.reasons[i] = "shared", None
        return [place for place, done in zip(places, good, strict=True) if not done]

    def fill_single(self, place: int, case: Case, deficits: Deficits) -> None:
        """Solve one scenario on its own; a failure is noted with its reason."""
        n, s = self.arrays["price_hat"].shape[1:]
        if case.world.value_added.shape != (n, s):
            self.reasons[place] = (
                f"world '{case.world.name}' has {len(case.world.economies)} economies x {len(case.world.sectors)} "
                f"sectors, the batch {n} x {s}; solve it in a batch of its own"
            )
            return
        try:
            eq = solve(case.world, case.policy, deficits=deficits, elasticity=case.elasticity)
        except MultipolarError as error:
            self.reasons[place] = str(error)
            self.arrays["residual"][place] = getattr(error, "residual", np.nan)
            self.arrays["iterations"][place] = getattr(error, "iterations", 0)
            return
        for name in ARRAYS:
            self.arrays[name][place] = True if name == "solved" else getattr(eq, name)
        self.methods[place], self.reasons[place] = eq.method, None


class Plan(Protocol):
    """What there is to solve, in blocks that depend on the size of the world alone."""

    count: int
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    block: int
    cells: int
    linked: bool

    @property
    def work(self) -> Callable[..., Rows]:
        """Solves one block, wherever that is done: ``work(head, *about)``."""
        ...

    def head(self) -> Any:
        """Return what all blocks share."""
        ...

    def about(self, start: int, stop: int) -> tuple[Any, ...]:
        """Return what a block is about."""
        ...

    def fingerprint(self, start: int, stop: int) -> str: ...


class CoalitionPlan:
    """Coalitions of one world under one rule."""

    def __init__(self, world: World, coalitions: Sequence[Sequence[str]], rule: BlocRule, deficits: Deficits) -> None:
        from multipolar.equilibrium.shared import share_baseline

        check_usable(world)
        self.world, self.rule = world, rule
        self.deficits: Deficits = deficits
        self.coalitions = [tuple(c) for c in coalitions]
        self.places = [positions(world, c) for c in self.coalitions]
        self.count, self.economies, self.sectors = len(self.coalitions), world.economies, world.sectors
        # Policies are those of the world as it is; what they are compared with may have its deficits purged.
        self.before: World = purge_deficits(world) if deficits == "purged" else world
        self.shared = share_baseline(self.before, deficits == "scaled")
        self.linked = self.shared.linked
        self.block = block_size(len(self.economies), len(self.sectors), self.linked)
        largest = max((len(p) for p in self.places), default=1)
        self.patches = BlocPatches(world, self.shared.base, rule, largest)
        self.cells = self.patches.cells

    def __reduce__(self) -> tuple[Any, ...]:
        # Tables on the device do not travel: they are made again from what they were made of.
        return CoalitionPlan, (self.world, self.coalitions, self.rule, self.deficits)

    def head(self) -> CoalitionPlan:
        return self

    def about(self, start: int, stop: int) -> tuple[int, int]:
        return start, stop

    @staticmethod
    def work(head: CoalitionPlan, start: int, stop: int) -> Rows:
        return head.solve(start, stop)

    def solve(self, start: int, stop: int) -> Rows:
        rows = Rows(stop - start, len(self.economies), len(self.sectors))
        rows.names = ["+".join(c) or "nobody" for c in self.coalitions[start:stop]]
        blocs = self.places[start:stop]
        patch = self.patches.build(blocs + [[]] * (self.block - len(blocs)))
        single: Deficits = "fixed" if self.deficits == "purged" else self.deficits
        for place in rows.fill_shared(self.shared, patch, self.before, range(stop - start)):
            policy = bloc_policy(self.world, self.coalitions[start + place], self.rule)
            rows.fill_single(place, Case(self.before, policy), single)
        return rows

    def fingerprint(self, start: int, stop: int) -> str:
        rule, listed = self.rule, self.rule.external_tariff
        told = [
            rule.kind,
            rule.internal_cost,
            rule.sectors,
            None if listed is None else dict(listed),
            rule.cost_sectors,
        ]
        width = self.patches.width
        return digest(FORMAT, _world_digest(self.world), self.deficits, told, width, self.places[start:stop])


class CasePlan:
    """Any list of cases; those of one world share its baseline where that pays."""

    def __init__(self, cases: Sequence[Case], deficits: Deficits) -> None:
        first = cases[0].world
        self.cases, self.count = cases, len(cases)
        self.economies, self.sectors = first.economies, first.sectors
        n, s = first.value_added.shape
        self.linked = bool((first.intermediate_use != 0).any())
        self.block = block_size(n, s, self.linked)
        self.cells = n * n
        self.deficits: Deficits = deficits
        self._solver = CaseSolver(len(self.economies), len(self.sectors), deficits, self.block)

    def head(self) -> CaseSolver:
        return self._solver

    def about(self, start: int, stop: int) -> tuple[list[Case]]:
        return ([self.cases[i] for i in range(start, stop)],)

    @staticmethod
    def work(head: CaseSolver, cases: list[Case]) -> Rows:
        return head.solve(cases)

    def fingerprint(self, start: int, stop: int) -> str:
        cases = [self.cases[i] for i in range(start, stop)]
        worlds = {id(case.world): case.world for case in cases}
        hashes = {key: _world_digest(world) for key, world in worlds.items()}
        parts: list[Any] = [FORMAT, self.deficits]
        for case in cases:
            policy = case.policy
            parts.append(hashes[id(case.world)])
            parts += [policy.name, policy.tariff, policy.cost_hat, policy.productivity_hat, policy.transfer]
            parts += [policy.revenue_share, None if case.elasticity is None else list(map(float, case.elasticity))]
        return digest(*parts)


class CaseSolver:
    """Solves blocks of cases of one size, and keeps the baselines of the worlds it met last."""

    def __init__(self, economies: int, sectors: int, deficits: Deficits, block: int, travelled: bool = False) -> None:
        self.shape, self.block, self._travelled = (economies, sectors), block, travelled
        self.deficits: Deficits = deficits
        self._worlds: dict[str, World] = {}
        self._baselines: dict[tuple[int, bytes], tuple[World, World, Baseline | None]] = {}
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return CaseSolver, (*self.shape, self.deficits, self.block, True)

    def solve(self, cases: list[Case]) -> Rows:
        if self._travelled:
            cases = [replace(case, world=self._same(case.world)) for case in cases]
        rows = Rows(len(cases), *self.shape)
        rows.names = [case.policy.name for case in cases]
        groups: dict[tuple[int, bytes], list[int]] = {}
        for place, case in enumerate(cases):
            given = b"" if case.elasticity is None else np.asarray(case.elasticity, dtype=float).tobytes()
            groups.setdefault((id(case.world), given), []).append(place)
        for key, places in groups.items():
            alone = places
            if len(places) >= WORTH_SHARING:
                alone = self._together(rows, key, cases, places)
            for place in alone:
                rows.fill_single(place, cases[place], self.deficits)
        return rows

    def _same(self, world: World) -> World:
        """Return the world met before that is equal to this one, so that it is recognised by its identity."""
        key = digest(world.name, world.year, _world_digest(world))
        with self._lock:
            if len(self._worlds) > 3:
                self._worlds.clear()
            return self._worlds.setdefault(key, world)

    def _together(self, rows: Rows, key: tuple[int, bytes], cases: list[Case], places: list[int]) -> list[int]:
        """Solve what can be solved on a shared baseline; return the rest."""
        before, shared = self._baseline(key, cases[places[0]])
        if shared is None:
            return places
        fits = [p for p in places if cases[p].policy.tariff.shape == before.tariff.shape]
        changes = {p: policy_change(before, shared.base, cases[p].policy) for p in fits}
        small = {p: change for p, change in changes.items() if change is not None}
        left = [p for p in places if p not in small]
        if small:
            patch = stack(list(small.values()), self.shape[0], self.block)
            left += rows.fill_shared(shared, patch, before, list(small))
        return left

    def _baseline(self, key: tuple[int, bytes], case: Case) -> tuple[World, Baseline | None]:
        """Return the world that policies are compared with and its tables, or None where it cannot be used."""
        from multipolar.equilibrium.shared import share_baseline

        with self._lock:
            if key not in self._baselines:
                if len(self._baselines) > 3:
                    self._baselines.pop(next(iter(self._baselines)))
                world, shared = case.world, None
                try:
                    # What is wrong with such a world or elasticity, the single solver says for each scenario.
                    check_usable(world)
                    if case.elasticity is not None:
                        world = replace(world, trade_elasticity=np.asarray(case.elasticity, dtype=float))
                        check_values(world)
                    if world.value_added.shape == self.shape:
                        world = purge_deficits(world) if self.deficits == "purged" else world
                        shared = share_baseline(world, self.deficits == "scaled")
                except MultipolarError:
                    shared = None
                # The case's world is kept so that its id stays its own.
                self._baselines[key] = (case.world, world, shared)
            return self._baselines[key][1:]


def _world_digest(world: World) -> str:
    return digest(
        list(world.economies),
        list(world.sectors),
        world.trade_flow,
        world.tariff,
        world.external_tariff,
        world.intermediate_use,
        world.final_demand,
        world.trade_elasticity,
    )
