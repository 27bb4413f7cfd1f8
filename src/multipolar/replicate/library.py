"""The papers that can be replicated; a new one is a module with a `PAPER` and a function `rows`, listed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multipolar.errors import UnknownNameError
from multipolar.replicate import caliendo_parro_2015, eu_enlargement, gegravity_sample, ignatenko_2025, ossa_2014
from multipolar.replicate.files import find_folder
from multipolar.replicate.result import Paper, Replication, Row

__all__ = ["papers", "replicate"]

_LIBRARY: dict[str, tuple[Paper, Callable[[Path], tuple[Row, ...]]]] = {
    module.PAPER.id: (module.PAPER, module.rows)
    for module in (caliendo_parro_2015, eu_enlargement, gegravity_sample, ignatenko_2025, ossa_2014)
}


def papers() -> tuple[Paper, ...]:
    """Return the papers that `replicate` knows."""
    return tuple(paper for paper, _ in _LIBRARY.values())


def replicate(paper_id: str, data: Path) -> Replication:
    """Compute a paper's results again from its own files, beside the published ones.

    Parameters
    ----------
    paper_id
        Id of one of `papers`.
    data
        Folder with the paper's files, or a folder that holds the folders of several papers.

    Raises
    ------
    UnknownNameError
        If no paper has this id.
    InputError
        Naming a file that is missing or damaged, with the place to get it.
    NotSolvedError
        If an equilibrium does not reach its residual.
    """
    try:
        paper, rows = _LIBRARY[paper_id]
    except KeyError:
        raise UnknownNameError("paper", paper_id, _LIBRARY) from None
    return Replication(paper, rows(find_folder(paper, data)))
