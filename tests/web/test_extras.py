"""Files of the user that the page shows: what is taken from a file of claims, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multipolar.errors import DataError
from multipolar.web.extras import read_claims

WHOLE: dict[str, Any] = {
    "claims": [{"claim": "It is so", "verdict": "supported"}],
    "world": "world-2009",
    "version": "0.1.0",
    "draws": 9,
    "seed": 1,
}


def _written(folder: Path, content: dict[str, Any]) -> Path:
    file = folder / "claims.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_claims_come_with_where_they_come_from(tmp_path: Path) -> None:
    assert read_claims(_written(tmp_path, {**WHOLE, "title": "left out"})) == {**WHOLE, "reason": None}


@pytest.mark.parametrize(("key", "wrong"), [("world", 9), ("version", None), ("draws", "9"), ("seed", True)])
def test_claims_without_their_origin_are_refused_by_name(tmp_path: Path, key: str, wrong: Any) -> None:
    with pytest.raises(DataError, match=rf"claims\.json.*does not say its {key}; write it with `multipolar claims`"):
        read_claims(_written(tmp_path, {**WHOLE, key: wrong}))
