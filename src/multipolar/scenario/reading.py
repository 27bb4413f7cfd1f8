"""From a YAML document to a model: one error, in one line, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from multipolar.atlas import club, codes_named
from multipolar.data.yamlfile import Document
from multipolar.errors import ScenarioError, UnknownNameError, nearest_names, printable
from multipolar.scenario.fields import Located

__all__ = ["validated"]

_BOUNDS = {
    "greater_than_equal": "at least",
    "greater_than": "above",
    "less_than_equal": "at most",
    "less_than": "below",
}

Model = TypeVar("Model", bound=Located)


def validated(model: type[Model], document: Document, kind: str) -> Model:
    """Turn a document into a model that remembers the lines of its parts.

    Parameters
    ----------
    model
        Model of the whole file.
    document
        Plain data with lines.
    kind
        What the file must say it is: ``"scenario"`` or ``"study"``.

    Raises
    ------
    ScenarioError
        For the first rule that the document breaks.
    """
    given = document.data.get("kind")
    if given != kind:
        other = (
            f"a {kind} is asked for, but the file says kind: {_flat(given)}"
            if given is not None
            else "field 'kind' is missing"
        )
        raise ScenarioError(f"{other}; write kind: {kind}", document.file, document.line(("kind",)))
    try:
        made = model.model_validate(document.data)
    except ValidationError as error:
        raise _explained(error, document) from None
    _locate(made, (), document)
    return made


def _locate(item: Any, path: tuple[str | int, ...], document: Document) -> None:
    """Tell every part of a model where it stands; parts lie in the data under their aliases."""
    if isinstance(item, Located):
        item.locate(document.file, document.line(path), dict(_lines_below(document, path, "")))
    if isinstance(item, BaseModel):
        for name, info in type(item).model_fields.items():
            _locate(getattr(item, name), (*path, info.alias or name), document)
    elif isinstance(item, tuple):
        for i, part in enumerate(item):
            _locate(part, (*path, i), document)


def _lines_below(document: Document, path: tuple[str | int, ...], label: str) -> Iterator[tuple[str, int]]:
    """Give the line of everything below a path, by its own path with dots: ``("members.2", 17)``."""
    data: Any = document.data
    for part in path:
        if not _holds(data, part):
            return
        data = data[part]
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        name = f"{label}.{key}" if label else str(key)
        yield name, document.line((*path, key))
        yield from _lines_below(document, (*path, key), name)


def _explained(error: ValidationError, document: Document) -> ScenarioError:
    """Turn the first of pydantic's errors into one line that says where, what and how to mend it."""
    # a list whose items fail is reported as too short as well; only an empty one is
    problems = [p for p in error.errors(include_url=False) if p["type"] != "too_short" or not p["input"]]
    first = problems[0]
    path = _path(first["loc"], document.data)
    context = first.get("ctx", {})
    if context.get("field"):
        path = (*path, context["field"])
    name = str(first["loc"][-1]) if first["loc"] else ""
    message = _message(first, context, name)
    more = f" ({len(problems) - 1} more after this)" if len(problems) > 1 else ""
    return ScenarioError(f"{_label(path, document.data)}{message}{more}", document.file, document.line(path))


def _path(loc: tuple[int | str, ...], data: Any) -> tuple[str | int, ...]:
    """Drop the parts of pydantic's location that name a variant of a union and not a place in the data."""
    path: list[str | int] = []
    after_index = False
    for part in loc:
        variant = after_index and isinstance(data, dict) and data.get("kind") == part
        after_index = isinstance(part, int)
        if not variant and _holds(data, part):
            data = data[part]
            path.append(part)
    return tuple(path)


def _holds(data: Any, part: int | str) -> bool:
    """Return whether a part of a path exists in the data."""
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _label(path: tuple[str | int, ...], data: Any) -> str:
    """Say where in words: ``shock 2 (tariff), rate: ``."""
    parts: list[str] = []
    for part in path:
        data = data[part] if _holds(data, part) else None
        if isinstance(part, int):
            kind = data.get("kind") or data.get("id") if isinstance(data, dict) else None
            last = parts.pop().removesuffix("s") if parts else "item"
            parts.append(f"{last} {part + 1}" + (f" ({_flat(kind)})" if kind else ""))
        else:
            parts.append(_flat(part))
    return f"{', '.join(parts)}: " if parts else ""


def _flat(value: object) -> str:
    """Write a value of the file in at most 60 characters and one line."""
    return printable(str(value)[:200])[:60]


def _message(problem: Any, context: dict[str, Any], name: str) -> str:
    kind = problem["type"]
    given = problem.get("input")
    shown = f"'{_flat(given)}'" if isinstance(given, str | int | float) else "this"
    if kind in ("rule", "number"):
        return str(problem["msg"])
    if kind == "missing":
        return f"field '{name}' is missing; add it"
    if kind == "union_tag_invalid":
        known = [tag.strip(" '") for tag in str(context["expected_tags"]).split(",")]
        near = nearest_names(str(context["tag"]), known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"write one of {', '.join(known)}"
        return f"unknown kind '{_flat(context['tag'])}'; {hint}"
    if kind == "union_tag_not_found":
        return (
            "field 'kind' is missing; every entry needs one"
            if isinstance(given, dict)
            else "must be a mapping with a kind"
        )
    if kind == "extra_forbidden":
        return f"unknown field '{_flat(name)}'; remove it"
    if kind in ("too_short", "string_too_short"):
        return "is empty; give at least one entry" if kind == "too_short" else "is empty; write something"
    if kind in ("too_long", "string_too_long"):
        return f"is too long; at most {context['max_length']} {'entries' if kind == 'too_long' else 'characters'}"
    if kind == "string_type":
        remedy = "write a single one" if isinstance(given, list | dict) else "put it in quotes"
        return f"must be text, not {_what(given)}; {remedy}"
    if kind.startswith("bool_"):
        return f"must be a boolean, not {_what(given)}; write true or false"
    if kind.startswith("int_"):
        return f"must be a whole number, not {_what(given)}"
    if kind in _BOUNDS:
        return f"{shown} is out of bounds; it must be {_BOUNDS[kind]} {next(iter(context.values())):,}"
    if kind == "literal_error":
        return f"{shown} is not accepted; write {context['expected']}"
    if kind == "string_pattern_mismatch":
        if "a-z" in context["pattern"]:
            return f"{shown} is not accepted; use lower-case letters, digits and hyphens"
        meant = _club_named(str(given)) if name == "club" else codes_named(str(given))
        hint = f"; did you mean {' or '.join(meant)}?" if meant else ""
        return f"{shown} is not accepted; use a code without spaces{hint}"
    if kind in ("tuple_type", "dict_type", "model_type", "model_attributes_type"):
        return (
            "must be a list; put '- ' before each entry" if kind == "tuple_type" else "must be a mapping (key: value)"
        )
    return f"{shown} cannot be used here ({kind.replace('_', ' ')}); `multipolar schema` says what can"


def _club_named(name: str) -> tuple[str, ...]:
    try:
        return (club(name).id,)
    except UnknownNameError as error:
        return error.nearest


def _what(given: object) -> str:
    """Say in words what stands there."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str | int | float):
        return f"'{_flat(given)}'"
    return "a list" if isinstance(given, list) else "a mapping" if isinstance(given, dict) else "nothing"
