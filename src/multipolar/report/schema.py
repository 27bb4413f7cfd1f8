"""The JSON Schema of ``summary.json``."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

__all__ = ["summary_schema"]


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every summary meets."""
    text = resources.files("multipolar.report").joinpath("summary.schema.json").read_text(encoding="utf-8")
    return json.loads(text)
