"""Reading the files of either kind, and the scenarios that ship."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from multipolar.data.yamlfile import load_document, read_document
from multipolar.errors import UnknownNameError
from multipolar.scenario.fields import Located
from multipolar.scenario.models import Scenario
from multipolar.scenario.reading import validated

__all__ = [
    "is_name",
    "load_scenario",
    "loaded",
    "parse_scenario",
    "parsed",
    "shipped_names",
    "shipped_scenario",
    "shipped_scenarios",
    "shipped_text",
]

Model = TypeVar("Model", bound=Located)

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def is_name(text: str | Path) -> bool:
    """Return whether a text can only be the name of something that ships: lower-case letters, digits, hyphens."""
    return isinstance(text, str) and bool(_NAME.match(text))


def parsed(model: type[Model], kind: str, text: str | bytes, file: str | None = None) -> Model:
    """Read a file of a kind (``"scenario"`` or ``"study"``) from its text; `file` is the name used in messages."""
    return validated(model, load_document(text, file), kind)


def loaded(model: type[Model], kind: str, name_or_path: str | Path) -> Model:
    """Read a file of a kind by name from the library, or else by path.

    A name of lower-case letters, digits and hyphens is looked up in the library only; anything else is a path.
    """
    if is_name(name_or_path):
        return parsed(model, kind, *shipped_text(kind, str(name_or_path)))
    return validated(model, read_document(name_or_path), kind)


def parse_scenario(text: str | bytes, file: str | None = None) -> Scenario:
    """Read a scenario from the text of its file.

    Parameters
    ----------
    text
        YAML, at most 1 MB.
    file
        Name used in messages.

    Raises
    ------
    ScenarioError
        Naming file, line, rule and remedy.
    """
    return parsed(Scenario, "scenario", text, file)


def load_scenario(path_or_name: str | Path) -> Scenario:
    """Read a scenario by name from the library, or else from a file.

    Parameters
    ----------
    path_or_name
        A name of lower-case letters, digits and hyphens is looked up in the library only; anything else is a path.

    Raises
    ------
    UnknownNameError
        If nothing of that name ships, with the nearest names.
    ScenarioError
        If the file cannot be read or breaks a rule.
    """
    return loaded(Scenario, "scenario", path_or_name)


@cache
def shipped_names(kind: str) -> tuple[str, ...]:
    """Return the names of what ships of a kind (``"scenario"`` or ``"study"``), sorted."""
    folder = _folder(kind)
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def shipped_text(kind: str, name: str) -> tuple[bytes, str]:
    """Return the text of a shipped file, and its name for messages; raises `UnknownNameError`."""
    if name not in shipped_names(kind):
        raise UnknownNameError(kind, name, shipped_names(kind))
    item = _folder(kind).joinpath(f"{name}.yaml")
    return item.read_bytes(), f"library/{_FOLDERS[kind]}/{name}.yaml"


_FOLDERS = {"scenario": "scenarios", "study": "studies"}


def _folder(kind: str) -> Traversable:
    return resources.files("multipolar.scenario").joinpath("library", _FOLDERS[kind])


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that ship, sorted."""
    return shipped_names("scenario")


@cache
def shipped_scenario(name: str) -> Scenario:
    """Return a scenario of the library; raises `UnknownNameError` with the nearest names."""
    return parsed(Scenario, "scenario", *shipped_text("scenario", name))
