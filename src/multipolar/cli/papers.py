"""The command that replicates published results."""

from __future__ import annotations

from pathlib import Path

from multipolar.cli.frame import emit
from multipolar.cli.render import WIDE, console, print_entries, print_table, say
from multipolar.errors import InputError, UnknownNameError
from multipolar.replicate import papers, replicate
from multipolar.report.words import measure_words

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
    out = console()
    if out.width >= WIDE:
        rows = [[paper.id, paper.citation, ", ".join(paper.variants)] for paper in known]
        print_table(out, None, [("paper", False), ("citation", False), ("variants", False)], rows)
    else:
        print_entries(out, ((p.id, (p.citation, f"variants: {', '.join(p.variants)}")) for p in known))
    out.print(say("multipolar replicate PAPER --data DIR; DIR holds the authors' files.", "dim"))


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
    shown = [row for row in found.rows if every or row.published is not None]
    out = console()
    out.print()
    out.print(say(found.paper.citation, "bold"))
    heads = [("economy", False), ("measure", False), ("computed", True), ("published", True), ("difference", True)]
    for variant in dict.fromkeys(row.variant for row in shown):
        rows = [
            [
                row.economy,
                measure_words(row.measure),
                f"{row.computed:.5f}",
                None if row.published is None else f"{row.published:g}",
                None if row.difference is None else f"{row.difference:+.1e}",
            ]
            for row in shown
            if row.variant == variant
        ]
        print_table(out, f"variant {variant}", heads, rows)
    if hidden := len(found.rows) - len(shown):
        out.print(say(f"{hidden} numbers without a published counterpart are left out; --all shows them", "dim"))
