"""What the page shows from files of the user: the claims of the argument, and GDP by year for the centre of gravity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from multipolar.data.readers import read
from multipolar.errors import DataError
from multipolar.influence import capitals, centre_of_gravity
from multipolar.web.jobs import Told

__all__ = ["NO_CLAIMS", "NO_TRACK", "Claims", "read_claims", "read_track"]

MOST_BYTES = 20_000_000
CLAIM_DRAWS = 100
"""Draws of the claims that the page has computed."""

VERDICTS = ("supported", "refuted", "depends", "not_testable")

ORIGIN = {"world": str, "version": str, "draws": int, "seed": int}
"""Where claims come from: what a file saved from the page says of its source."""

NO_CLAIMS: dict[str, Any] = {
    "claims": None,
    "reason": "They take about a minute here; or compute them beforehand, with more draws: multipolar claims --json > "
    "claims.json, then start the page with multipolar serve --claims claims.json",
}
NO_TRACK: dict[str, Any] = {
    "track": None,
    "reason": "GDP by year does not ship. Fetch it with multipolar data fetch wdi-gdp (World Bank, CC BY 4.0), then "
    "start the page with multipolar serve --gdp FILE; the path of the centre is then drawn on the map.",
}


def read_claims(path: Path) -> dict[str, Any]:
    """Read the claims that ``multipolar claims --json`` printed, or the ``summary.json`` that it wrote.

    Raises
    ------
    DataError
        Naming the file: it cannot be read, is too large, or holds no claims.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(
                f"larger than {MOST_BYTES // 1_000_000} MB; give the file of `multipolar claims`", path.name
            )
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}; check the path", path.name) from None
    except (ValueError, RecursionError):
        raise DataError("is not JSON; write it with `multipolar claims --json`", path.name) from None
    claims = found.get("claims") if isinstance(found, dict) else None
    if not isinstance(claims, list) or not claims:
        raise DataError("holds no claims; write it with `multipolar claims --json`", path.name)
    for row, claim in enumerate(claims, start=1):
        if not isinstance(claim, dict) or not all(isinstance(claim.get(k), str) for k in ("claim", "verdict")):
            raise DataError(f"claim {row} has no claim or no verdict; write it with `multipolar claims`", path.name)
        if claim["verdict"] not in VERDICTS:
            raise DataError(f"verdict of claim {row} is none of {', '.join(VERDICTS)}", path.name)
    for key, kind in ORIGIN.items():
        if type(found.get(key)) is not kind:
            raise DataError(f"does not say its {key}; write it with `multipolar claims`", path.name)
    return {"claims": claims, "reason": None, **{key: found[key] for key in ORIGIN}}


class Claims:
    """The claims that the page shows: those of a file, else what was computed since the start.

    Parameters
    ----------
    given
        As `read_claims` returns them; None where no file was given.
    """

    def __init__(self, given: dict[str, Any] | None = None) -> None:
        self.shown: dict[str, Any] = NO_CLAIMS if given is None else given

    def compute(self, told: Told) -> dict[str, Any]:
        """Return the claims, computed on the figures that ship where there are none yet."""
        if self.shown["claims"] is None:
            from multipolar.claims import examine_argument

            found = examine_argument(draws=CLAIM_DRAWS, progress=told)
            self.shown = {"reason": None, **{key: found[key] for key in ("claims", *ORIGIN)}}
        return self.shown


def read_track(path: Path) -> dict[str, Any]:
    """Read GDP by economy and year and return the path of its centre of gravity.

    Parameters
    ----------
    path
        An answer of the World Bank's API (``.json``), or a table ``iso3, year, gdp_usd`` (anything else).

    Raises
    ------
    DataError
        If the file cannot be read as either.
    """
    table = read("wdi-api", path) if path.suffix == ".json" else read("wdi-long", path, column="gdp_usd")
    places = capitals()
    frame = table.frame[table.frame["iso3"].isin(places.index) & (table.frame["value"] > 0)]
    if frame.empty:
        raise DataError("has no GDP of any economy with a capital in the atlas", path.name)
    found = centre_of_gravity(frame.pivot(index="year", columns="iso3", values="value"), places)
    return {
        "track": [
            {"year": int(str(year)), "lat": float(row.lat), "lon": float(row.lon), "covered": int(row.covered)}
            for year, row in found.iterrows()
        ],
        "source": "World Bank, GDP in current USD, from the file given to the server.",
    }
