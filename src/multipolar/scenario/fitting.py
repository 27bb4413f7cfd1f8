"""Whether a study fits its world: every code it names is looked up before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multipolar.atlas import groups
from multipolar.errors import InputError, ScenarioError, UnknownNameError
from multipolar.scenario.derive import derive_policy
from multipolar.scenario.fields import Located
from multipolar.scenario.files import is_name
from multipolar.scenario.options import BY_SECTOR
from multipolar.scenario.studyfile import Study
from multipolar.world import World
from multipolar.world.bundled import load_world

__all__ = ["fit_study", "focus_codes", "study_world"]


def study_world(study: Study) -> World:
    """Return the world that a study names: one that ships, or a file in the folder of the study file.

    Raises
    ------
    ScenarioError
        Naming the line: no such world, not a world file, or a path that leads out of the study's folder.
    """
    file, line = study.place("world")
    name: str | Path = study.world
    if not is_name(name):
        folder = Path(file).parent if file else Path()
        name = folder / study.world
        if not name.resolve().is_relative_to(folder.resolve()):
            raise ScenarioError(
                f"world '{study.world}' lies outside the study's folder; put it beside the study, or choose it with "
                "--world",
                file,
                line,
            )
    try:
        return load_world(name)
    except InputError as error:
        raise ScenarioError(str(error), file, line) from error


def fit_study(study: Study, world: World) -> None:
    """Refuse a study that names an economy or a sector that its world does not have, wherever it does.

    Shocks of scenarios and of the baseline are left to `derive_policy`, in the world they start from; those of
    contrasts are derived here, so that a mistake in them shows before the main run and not after it.

    Raises
    ------
    ScenarioError
        Naming file and line, with the nearest names.
    """
    for i, code in enumerate(study.focus or ()):
        _economy(world, _stands_for(world, code), study, f"focus.{i}")
    meant = ""
    if is_name(study.world) and world.name != study.world:
        meant = f"; the study gives them by sector of {study.world}: write a study for the sectors of '{world.name}'"
    for sector in study.elasticities:
        _sector(world, sector, study, f"elasticities.{sector}", meant)
    for name, value in study.model.given().items() if study.model else ():
        for code in value if isinstance(value, Mapping) else ():
            (_sector if name in BY_SECTOR else _economy)(world, code, study, f"model.{name}.{code}")
    for i, figure in enumerate(study.published):
        _economy(world, figure.economy, study, f"published.{i}.economy")
    for contrast in study.contrasts:
        if contrast.kind == "elasticities":
            for sector in contrast.elasticities:
                _sector(world, sector, contrast, f"elasticities.{sector}")
        elif contrast.kind == "baseline":
            scenario = study.scenario_of(contrast.id, contrast.title, contrast.shocks)
            assert scenario is not None  # a contrast has shocks
            derive_policy(world, scenario)


def focus_codes(study: Study, world: World) -> tuple[str, ...]:
    """Economies that a study chose to show, in its order, without repetition; empty if it chose none.

    A group of the atlas that this world holds one by one is represented by its largest member.
    """
    return tuple(dict.fromkeys(_stands_for(world, code) for code in study.focus or ()))


def _stands_for(world: World, code: str) -> str:
    inside = [i for i, member in enumerate(world.economies) if member in groups().get(code, ())]
    if code in world.economies or not inside:
        return code
    return world.economies[max(inside, key=lambda i: float(world.gdp[i]))]


def _economy(world: World, code: str, part: Located, field: str) -> None:
    try:
        world.economy_index(code)
    except InputError as error:
        raise ScenarioError(f"{field.partition('.')[0]}: {error}", *part.place(field)) from error


def _sector(world: World, code: str, part: Located, field: str, remedy: str = "") -> None:
    """Refuse an unknown sector, with the remedy where no sector of the world is near."""
    try:
        world.sector_index(code)
    except UnknownNameError as error:
        more = "" if error.nearest else remedy
        raise ScenarioError(f"{field.partition('.')[0]}: {error}{more}", *part.place(field)) from error
