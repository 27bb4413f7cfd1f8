"""The examples in docs, docstrings and schema are read, derived, and agree with the schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from multipolar.data.yamlfile import load_document
from multipolar.errors import UnknownNameError
from multipolar.scenario import KINDS, Policy, json_schema, load_study, parse_scenario, parse_study, shipped_scenarios
from multipolar.scenario.files import shipped_text
from multipolar.scenario.schema import example

ROOT = Path(__file__).resolve().parents[3]
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "scenario-files.md").read_text(), re.MULTILINE | re.DOTALL)
SHOCKS = [block for block in BLOCKS if block.startswith("kind:")]
FILES = [block for block in BLOCKS if block.startswith("schema:")]


def test_the_docs_show_every_kind_and_both_formats() -> None:
    assert {load_document(block).data["kind"] for block in SHOCKS} == set(KINDS)
    assert {load_document(block).data["kind"] for block in FILES} == {"scenario", "study"}
    assert len(SHOCKS) + len(FILES) == len(BLOCKS)


@pytest.mark.parametrize("block", SHOCKS, ids=lambda block: block.split()[1])
def test_shocks_of_the_docs_are_derived(derive: Callable[..., Policy], block: str) -> None:
    assert derive(block).name == "test"


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_the_docstrings_are_derived(derive: Callable[..., Policy], union: str, kind: str) -> None:
    text = example(KINDS[kind])
    assert load_document(text).data["kind"] == kind
    before = [union] if "joint" in text else []
    assert derive(*before, text).name == "test"


@pytest.mark.parametrize("block", FILES, ids=lambda block: load_document(block).data["id"])
def test_files_of_the_docs_are_read(block: str) -> None:
    if load_document(block).data["kind"] == "study":
        study = parse_study(block, "docs")
        assert study.resolved_scenarios()
    else:
        assert parse_scenario(block, "docs").shocks


def described(schema: dict[str, Any]) -> list[str]:
    """Return fields without a description."""
    bare = []
    for name, definition in {"": schema, **schema["$defs"]}.items():
        for field, content in definition.get("properties", {}).items():
            if not content.get("description"):
                bare.append(f"{name}.{field}")
    return bare


@pytest.mark.parametrize("kind", ["scenario", "study"])
def test_schema_is_valid_and_describes_every_field(kind: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert described(schema) == []
    for model in KINDS.values():
        assert schema["$defs"][model.__name__]["examples"][0]["kind"] in KINDS
        assert schema["$defs"][model.__name__]["additionalProperties"] is False


def test_schema_accepts_what_the_reader_accepts() -> None:
    scenario = jsonschema.Draft202012Validator(json_schema("scenario"))
    for name in shipped_scenarios():
        scenario.validate(load_document(*shipped_text("scenario", name)).data)
    study = jsonschema.Draft202012Validator(json_schema("study"))
    for block in FILES:
        data = load_document(block).data
        (study if data["kind"] == "study" else scenario).validate(data)
    for name in ("customs-union-2009", "kazakhstan-world-bank-rates"):
        study.validate(load_document(*shipped_text("study", name)).data)
        assert load_study(name).id == name


def test_schema_refuses_an_unknown_field() -> None:
    data = load_document(FILES[0]).data
    data["shocks"][0]["member"] = "RUS"
    assert not jsonschema.Draft202012Validator(json_schema("scenario")).is_valid(data)


def test_unknown_schema() -> None:
    with pytest.raises(UnknownNameError, match="did you mean study"):
        json_schema("studdy")
