"""Write the OpenAPI description of the server to web/openapi.json, from which the front-end's types are made."""

from __future__ import annotations

import json
from pathlib import Path

from multipolar.web.app import create_app, openapi

if __name__ == "__main__":
    target = Path(__file__).parents[2] / "web" / "openapi.json"
    target.write_text(json.dumps(openapi(create_app()), indent=1, sort_keys=True) + "\n", encoding="utf-8")
