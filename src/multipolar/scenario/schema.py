"""JSON Schema of the file formats, so that an editor can complete and check them."""

from __future__ import annotations

import inspect
import re
from typing import Any

from multipolar.data.yamlfile import load_document
from multipolar.errors import UnknownNameError
from multipolar.scenario.models import Scenario
from multipolar.scenario.shocks import KINDS
from multipolar.scenario.studyfile import Study

__all__ = ["example", "json_schema"]

_MODELS = {"scenario": Scenario, "study": Study}


def json_schema(kind: str = "scenario") -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a file format.

    Parameters
    ----------
    kind
        ``"scenario"`` or ``"study"``.

    Raises
    ------
    UnknownNameError
        For any other kind.
    """
    if kind not in _MODELS:
        raise UnknownNameError("schema", kind, _MODELS)
    schema = _MODELS[kind].model_json_schema(by_alias=True)
    for model in KINDS.values():
        if model.__name__ in schema["$defs"]:
            definition = schema["$defs"][model.__name__]
            definition["examples"] = [load_document(example(model)).data]
    for definition in (schema, *schema["$defs"].values()):
        if "description" in definition:
            definition["description"] = definition["description"].split("\n\n")[0].replace("\n", " ")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"multipolar {kind} file",
    }


def example(model: type) -> str:
    """Return the YAML example in a model's docstring."""
    text = inspect.getdoc(model) or ""
    found = re.search(r"\.\. code-block:: yaml\n\n((?: {4}.*\n?|\n)+)", text)
    if found is None:
        raise ValueError(f"{model.__name__} has no YAML example in its docstring")
    return inspect.cleandoc(found.group(1))
