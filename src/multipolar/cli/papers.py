"""The command that replicates published results."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from multipolar.cli.frame import emit
from multipolar.cli.render import console, table
from multipolar.errors import InputError, UnknownNameError
from multipolar.replicate import papers, replicate

__all__ = ["list_papers", "show_replication"]


def list_papers(as_json: bool) -> None:
    """List the papers that can be replicated, with their variants and where their files come from."""
    known = papers()
    if as_json:
        emit(
            [
                {
                    "id": paper.id,
                    "title": paper.title,
                    "citation": paper.citation,
                    "variants": dict(paper.variants),
                    "files": list(paper.files),
                    "data_from": paper.data_from,
                }
                for paper in known
            ]
        )
        return
    rows = [[paper.id, paper.citation, ", ".join(paper.variants)] for paper in known]
    out = console()
    out.print(table(None, [("paper", False), ("citation", False), ("variants", False)], rows))
    out.print(Text("multipolar replicate PAPER --data DIR; DIR holds the authors' files.", style="dim"))


def show_replication(paper: str, data: Path | None, every: bool, as_json: bool) -> None:
    """Compute a paper's numbers and print them beside the published ones."""
    known = {item.id: item for item in papers()}
    if paper not in known:
        raise UnknownNameError("paper", paper, known)
    if data is None:
        where = known[paper].data_from
        raise InputError(f"'{paper}' needs its authors' files ({where}): give their folder with --data DIR")
    found = replicate(paper, data)
    if as_json:
        emit(found.to_json())
        return
    rows = [
        [
            row.variant,
            row.economy,
            row.measure,
            f"{row.computed:.5f}",
            None if row.published is None else f"{row.published:g}",
            None if row.difference is None else f"{row.difference:+.1e}",
        ]
        for row in found.rows
        if every or row.published is not None
    ]
    heads = [("variant", False), ("economy", False), ("measure", False)]
    heads += [("computed", True), ("published", True), ("difference", True)]
    out = console()
    out.print(table(found.paper.citation, heads, rows))
    if hidden := len(found.rows) - len(rows):
        out.print(Text(f"{hidden} numbers without a published counterpart are left out; --all shows them", style="dim"))
