"""`StudyResult`: everything a study found, labelled, and nothing that can change."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.report import effects_table, html_fragment, write_result
from multipolar.study.folder import ResultFolder
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["StudyResult"]


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult:
    """Result of a study.

    Parameters
    ----------
    content
        The summary; read it through `summary`.
    central
        Values at the most likely figures; NaN where a scenario was not solved or a measure has no meaning (unit of
        the measure) [scenario economy measure].
    draws
        The same for every draw [draw scenario economy measure].
    seconds
        Wall-clock time of the run (s).
    """

    content: dict[str, Any] = field(repr=False)
    central: Float64[Array, "scenario economy measure"]
    draws: Float64[Array, "draw scenario economy measure"]
    seconds: float

    def __post_init__(self) -> None:
        self.central.setflags(write=False)
        self.draws.setflags(write=False)

    def summary(self) -> dict[str, Any]:
        """Return the content of ``summary.json``; a copy, so that changing it changes nothing here."""
        return copy.deepcopy(self.content)

    @property
    def solved(self) -> bool:
        """Whether every scenario reached its residual at the most likely values."""
        return all(s["status"] == "solved" for s in self.content["scenarios"])

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Tidy table: scenario, economy, measure, value, lo, hi."""
        return effects_table(self.content)

    def to_xarray(self) -> xr.Dataset:
        """Return ``central`` and ``draws`` with their labels as a Dataset."""
        import xarray as xr

        return xr.Dataset(
            {
                "central": (("scenario", "economy", "measure"), self.central),
                "draws": (("draw", "scenario", "economy", "measure"), self.draws),
            },
            coords={
                "scenario": [s["id"] for s in self.content["scenarios"]],
                "economy": [e["code"] for e in self.content["economies"]],
                "measure": [m["id"] for m in self.content["measures"]],
                "draw": np.arange(len(self.draws)),
            },
            attrs={key: self.content[key] for key in ("study", "title", "version", "world", "seed")},
        )

    def write(self, out: str | Path) -> Path:
        """Write summary, tables, figures and report to a folder, whole or not at all.

        Raises
        ------
        OutputError
            If the folder cannot be written, or holds anything that is not a multipolar result.
        """
        with ResultFolder(out) as folder, folder.replacing() as part:
            write_result(self.content, part)
        return folder.path

    def __repr__(self) -> str:
        count, draws = len(self.content["scenarios"]), self.content["draws"]
        return f"StudyResult({self.content['study']!r} in {self.content['world']!r}, {count} scenarios, {draws} draws)"

    def _repr_html_(self) -> str:
        return html_fragment(self.content)
