"""What is wrong with a recipe, in its own words: the validator's list without the names of its classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from multipolar.errors import nearest_names

__all__ = ["read_problems"]

Path_ = tuple[str | int, ...]
_SHAPES = {"model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list"}
"""The validator's names for a value of the wrong shape, with what is wanted."""


def read_problems(
    problems: Sequence[Mapping[str, Any]], data: Any, fields: Mapping[str, Sequence[str]]
) -> list[tuple[Path_, str]]:
    """Return path and sentence of each problem; words that are no field come first, since they explain what lacks.

    Parameters
    ----------
    problems
        As the validator lists them, with its own classes among the places.
    data
        What was read.
    fields
        Valid names by class, those of the whole under the empty name.
    """
    fitting = [problem for problem in problems if _fits(problem["loc"], data)] or list(problems)
    found = dict(_sentences(sorted(fitting, key=lambda p: p["type"] != "extra_forbidden"), data, fields))
    meant = {path for path, text in found.items() if "is no field; did you mean" in text}
    return [
        (path, text)
        for path, text in found.items()
        # The field that a misspelt word stands for lacks as well; that is one mistake.
        if not (text.startswith("needs") and any(path[:-1] == other[:-1] for other in meant))
    ]


def _sentences(
    problems: Sequence[Mapping[str, Any]], data: Any, fields: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Path_, str]]:
    for problem in problems:
        path = tuple(part for part in problem["loc"] if not _is_class(part))
        owner = next((name for part in reversed(problem["loc"]) for name in fields if name and name in str(part)), "")
        label = ".".join(str(part)[:40] for part in path)
        last = str(path[-1])[:40] if path else ""
        if problem["type"] == "extra_forbidden":
            near = nearest_names(last, fields[owner])
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(fields[owner])}"
            yield path, f"'{label}' is no field; {hint}"
        elif problem["type"] == "missing":
            others = {*map(str, _inside(data, path[:-1]) or ())} - {*fields[owner]}
            near = nearest_names(last, others)
            yield path, f"needs the field '{label}'" + (f"; is it '{near[0][:40]}' here?" if near else "")
        elif problem["type"] in _SHAPES:
            wanted = "{value: NUMBER, source: WHERE IT IS FROM}" if "Choice" in str(problem["loc"]) else ""
            yield path, f"'{label}': write {wanted or _SHAPES[problem['type']]}"
        else:
            message = str(problem["msg"]).removeprefix("Value error, ")
            yield path, f"'{label}': {message}" if label else message


def _is_class(part: str | int) -> bool:
    """Whether a part of a place is the name of a class of the validator and no word of the file."""
    return isinstance(part, str) and (part in ("Source", "Choice") or "[" in part)


def _fits(place: Sequence[str | int], data: Any) -> bool:
    """Whether the value has the shape of the class that complains: of a choice of classes all complain."""
    value = data
    for part in place:
        if not _is_class(part):
            value = _inside(value, (part,))
            continue
        name = str(part)
        nested = isinstance(value, dict) and bool(value) and all(isinstance(item, dict) for item in value.values())
        if name.startswith("list[") != isinstance(value, list) or name.startswith("dict[") != nested:
            return False
    return True


def _inside(value: Any, path: Path_) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
