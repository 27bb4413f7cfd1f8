"""`Paper`, `Row`, `Replication`: what was computed beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Computed", "Paper", "Replication", "Row", "beside"]


@dataclass(frozen=True)
class Paper:
    """A paper or program whose published results can be computed again.

    Parameters
    ----------
    id, title, citation
        Identity; the citation ends with a public address.
    folder
        Name of the folder that holds its files, inside a folder that holds those of several papers.
    files
        Files that the replication reads.
    data_from
        Where the files come from, in words, with a public address.
    variants
        Versions of the experiment, in the order of the rows -> what each means.
    """

    id: str
    title: str
    citation: str
    folder: str
    files: tuple[str, ...]
    data_from: str
    variants: Mapping[str, str]


class Computed(NamedTuple):
    """One number of ours; ``key`` is what a published number must agree on to stand beside it."""

    variant: str
    economy: str
    measure: str
    value: float

    @property
    def key(self) -> tuple[str, str, str]:
        """Variant, economy and measure."""
        return self.variant, self.economy, self.measure


@dataclass(frozen=True)
class Row:
    """One computed number beside the published one.

    Parameters
    ----------
    variant
        A key of `Paper.variants`.
    economy
        ISO3 code, ``ROW``, or a group of the paper.
    measure
        Name of the measure; those ending ``_pct`` are percent.
    computed
        Result of this package, in the unit of the measure.
    published
        Value in print or shipped with the data, same unit; None where there is none.
    difference
        Computed less published; None where nothing is published.
    """

    variant: str
    economy: str
    measure: str
    computed: float
    published: float | None
    difference: float | None


@dataclass(frozen=True)
class Replication:
    """Every number of one replication."""

    paper: Paper
    rows: tuple[Row, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a table; NaN where nothing is published."""
        import pandas as pd

        columns = [item.name for item in fields(Row)]
        table = pd.DataFrame([asdict(row) for row in self.rows], columns=columns)
        return table.astype({"computed": float, "published": float, "difference": float})

    def to_json(self) -> dict[str, Any]:
        """Return ``{paper, citation, rows}`` ready for ``json.dumps``; None where nothing is published."""
        return {"paper": self.paper.id, "citation": self.paper.citation, "rows": [asdict(row) for row in self.rows]}

    def largest_difference(self, *, variant: str | None = None, measure: str | None = None) -> Row | None:
        """Return the row farthest from its published value, or None where no row chosen has one."""
        chosen = [
            (abs(row.difference), i)
            for i, row in enumerate(self.rows)
            if row.difference is not None and variant in (None, row.variant) and measure in (None, row.measure)
        ]
        return self.rows[max(chosen)[1]] if chosen else None

    def _repr_html_(self) -> str:
        return f"<b>{self.paper.title}</b><br>{self.paper.citation}" + self.to_frame().to_html(index=False)


def beside(computed: Iterable[Computed], published: Mapping[tuple[str, str, str], float]) -> tuple[Row, ...]:
    """Put published numbers beside computed ones.

    Raises
    ------
    ValueError
        If a published number has no computed one, or a computed one is not finite: either is a mistake of this
        package, and would otherwise hide a number that was not matched.
    """
    rows, left = [], dict(published)
    for item in computed:
        if not math.isfinite(item.value):
            raise ValueError(f"{item.variant}, {item.economy}: {item.measure} is not a number")
        value = left.pop(item.key, None)
        distance = None if value is None else item.value - value
        rows.append(Row(item.variant, item.economy, item.measure, item.value, value, distance))
    if left:
        raise ValueError(f"published but not computed: {', '.join(next(iter(left)))}")
    return tuple(rows)
