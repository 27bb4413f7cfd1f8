"""The commands on data sets and on worlds built from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from multipolar.cli.commands import progress_bar
from multipolar.cli.frame import emit
from multipolar.cli.render import console, print_table, say
from multipolar.errors import InputError, OutputError

if TYPE_CHECKING:
    from multipolar.data.fetching import Standing

__all__ = ["build", "cite", "fetch_data", "list_data", "list_readers", "list_recipes", "verify_data"]

MOST_OTHERS = 8
"""Files outside the catalog that `data verify` names."""


def list_data(as_json: bool) -> None:
    """Print the catalog."""
    from multipolar.data import catalog

    rows = [
        {
            "id": d.id,
            "title": d.title,
            "version": d.version,
            "coverage": d.coverage,
            "size_mb": d.size_mb,
            "licence": d.licence,
            "access": d.access,
            "url": d.url or None,
            "page": d.page,
            "sha256": d.sha256 or None,
            "note": d.note,
        }
        for d in catalog().values()
    ]
    if as_json:
        emit({"datasets": rows})
        return
    heads = [("data set", False), ("version", False), ("by program", False), ("", False)]
    body = [[r["id"], r["version"], "yes" if r["url"] else "no", f"{r['title']}; {r['coverage']}"] for r in rows]
    print_table(console(), None, heads, body)


def list_readers(as_json: bool) -> None:
    """Print the readers."""
    from multipolar.data import READERS

    rows = [
        {
            "reader": r.id,
            "kind": r.kind,
            "reads": r.reads,
            "tested_on": r.checked,
            "layout": r.layout,
            "streams": r.streams,
        }
        for r in READERS.values()
    ]
    if as_json:
        emit({"readers": rows})
        return
    heads = [("reader", False), ("gives", False), ("tested on", False), ("reads", False)]
    print_table(console(), None, heads, [[r["reader"], r["kind"], r["tested_on"], r["reads"]] for r in rows])


def fetch_data(key: str, folder: Path | None, offline: bool, as_json: bool) -> None:
    """Download a data set, or find it where it was downloaded before."""
    from multipolar.data import dataset, fetch
    from multipolar.data.fetching import Standing, examine, recorded

    wanted = dataset(key)
    with progress_bar() as told:
        known = recorded(wanted, folder)
        path = fetch(wanted, folder, offline=offline or None, progress=told)
    found = examine(wanted, path.parent)
    if not known and found.against == "record":  # fetching has just recorded it
        found = Standing(found.sha256, "nothing", found.record)
    record = {"id": wanted.id, "file": str(path), **_standing(found), "licence": wanted.licence}
    if as_json:
        emit({**record, "citation": wanted.citation})
        return
    shown = console()
    shown.print(say(record["file"]), soft_wrap=True)
    shown.print(say(f"sha256 {found.sha256}"), soft_wrap=True)
    shown.print(say(f"checked: {found}"), soft_wrap=True)
    shown.print(say(f"licence: {wanted.licence}"), soft_wrap=True)
    shown.print(say(f"cite: {wanted.citation}"), soft_wrap=True)


def verify_data(key: str, folder: Path | None, as_json: bool) -> None:
    """Check a downloaded file against the catalog, or against what was recorded when it was fetched."""
    from multipolar.data import dataset
    from multipolar.data.fetching import examine

    if not key or Path(key).is_dir() or any(mark in key for mark in "/\\"):
        _verify_all(Path(key) if key else folder, as_json)
        return
    found = examine(dataset(key), folder)
    if as_json:
        emit({"id": key, **_standing(found)})
        return
    console().print(say(f"{key}: {found}; sha256 {found.sha256}"), soft_wrap=True)


def _verify_all(folder: Path | None, as_json: bool) -> None:
    """Check every file of the catalog that lies in a folder; the first that is another one is an error."""
    from multipolar.data import catalog
    from multipolar.data.fetching import cache_folder, downloaded, examine

    place = folder if folder is not None else cache_folder()
    ids = downloaded(place)
    found = {key: examine(key, place) for key in ids}
    published = {entry.file for entry in catalog().values()}
    others = sorted(
        item.name for item in place.iterdir() if item.is_file() and item.name not in {*published, "fetched.json"}
    )
    if as_json:
        emit(
            {"folder": str(place), "verified": [{"id": k, **_standing(v)} for k, v in found.items()], "others": others}
        )
        return
    shown = console()
    for key, standing in found.items():
        shown.print(say(f"{key}: {standing}; sha256 {standing.sha256}"), soft_wrap=True)
    if others:
        more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
        named = ", ".join(others[:MOST_OTHERS])
        shown.print(say(f"not of the catalog, so there is nothing to hold them against: {named}{more}"), soft_wrap=True)


def _standing(found: Standing) -> dict[str, str]:
    return {"sha256": found.sha256, "checked_against": found.against, "record": str(found.record)}


def cite(key: str, as_json: bool) -> None:
    """Print how to cite a data set, and its terms."""
    from multipolar.data import dataset

    found = dataset(key)
    if as_json:
        emit({"id": found.id, "citation": found.citation, "licence": found.licence, "page": found.page})
        return
    shown = console()
    for line in (found.citation, f"Licence: {found.licence}", found.page):
        shown.print(say(line), soft_wrap=True)


def list_recipes(as_json: bool) -> None:
    """Print the recipes that ship."""
    from multipolar.world.building import load_recipe, shipped_recipes

    found = [load_recipe(name) for name in shipped_recipes()]
    if as_json:
        rows = [{"recipe": r.id, "title": r.title, "year": r.year, "method": r.method} for r in found]
        emit({"recipes": rows})
        return
    heads = [("recipe", False), ("year", True), ("method", False), ("", False)]
    print_table(console(), None, heads, [[r.id, r.year, r.method, r.title] for r in found])


def build(recipe: str, data: list[Path], out: Path | None, report: Path | None, as_json: bool) -> None:
    """Build a world, write it, and say what was done."""
    from multipolar.cli.built import print_build
    from multipolar.world import write_world
    from multipolar.world.building import build_world

    if out is not None and not out.name.endswith(".npz"):
        raise InputError(f"'{out.name}' must end in .npz, by which the other commands know a world file")
    built = build_world(recipe, data)
    target = out if out is not None else Path(f"{built.world.name}.world.npz")
    write_world(built.world, target)
    record = {"world": built.world.name, "file": str(target), **built.report}
    if report is not None:
        try:
            report.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot write the report to '{report}': {error.strerror}") from error
    if as_json:
        emit(record)
        return
    print_build(record)
