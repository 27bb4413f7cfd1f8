"""The commands that look and do not solve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.cli.frame import emit
from multipolar.cli.render import WIDE, console, print_entries, print_table, say
from multipolar.errors import InputError
from multipolar.report.words import number, usd
from multipolar.scenario.models import Scenario
from multipolar.scenario.studyfile import Study
from multipolar.texts import count
from multipolar.world import World

__all__ = [
    "check_file",
    "check_world",
    "list_economies",
    "list_scenarios",
    "list_studies",
    "list_worlds",
    "show_clubs",
    "show_figures",
    "show_world",
]


def list_worlds(as_json: bool) -> None:
    """Print the shipped worlds."""
    from multipolar.world.bundled import load_world, shipped_worlds

    rows = []
    for name in shipped_worlds():
        world = load_world(name)
        rows.append(
            {
                "world": name,
                "year": world.year,
                "economies": len(world.economies),
                "sectors": list(world.sectors),
                "gdp_usd_bn": float(world.gdp.sum() / 1e3),
            }
        )
    if as_json:
        emit({"worlds": rows})
        return
    heads = [("world", False), ("year", True), ("economies", True), ("sectors", False), ("GDP a year", True)]
    body = [[r["world"], r["year"], r["economies"], ", ".join(r["sectors"]), usd(r["gdp_usd_bn"])] for r in rows]
    print_table(console(), None, heads, body)


def list_studies(as_json: bool) -> None:
    """Print the shipped studies."""
    from multipolar.claims import load_claims
    from multipolar.claims.context import WORLD
    from multipolar.cli.claims import DRAWS
    from multipolar.scenario import load_study, shipped_studies

    found = [load_study(name) for name in shipped_studies()]
    argument = load_claims()
    if as_json:
        rows = [
            {
                "study": s.id,
                "kind": "study",
                "title": s.title,
                "question": s.question,
                "world": s.world,
                "scenarios": [x.id for x in s.resolved_scenarios()],
                "claims": 0,
                "draws": s.draws,
            }
            for s in found
        ]
        rows.append(
            {
                "study": argument.id,
                "kind": "claims",
                "title": argument.title,
                "question": argument.about,
                "world": WORLD,
                "scenarios": [],
                "claims": len(argument.claims),
                "draws": DRAWS,
            }
        )
        emit({"studies": rows})
        return
    heads = [("study", False), ("asks", False), ("draws", True), ("title", False)]
    body = [[s.id, count(len(s.scenarios), "scenario"), s.draws, s.title] for s in found]
    print_table(console(), None, heads, [*body, [argument.id, f"{len(argument.claims)} claims", DRAWS, argument.title]])


def list_scenarios(as_json: bool) -> None:
    """Print the shipped scenarios."""
    from multipolar.scenario import load_scenario, shipped_scenarios

    found = [load_scenario(name) for name in shipped_scenarios()]
    if as_json:
        rows = [
            {"scenario": s.id, "title": s.title, "on": s.on.isoformat(), "shocks": [x.kind for x in s.shocks]}
            for s in found
        ]
        emit({"scenarios": rows})
        return
    heads = [("scenario", False), ("shocks", True), ("title", False)]
    print_table(console(), None, heads, [[s.id, len(s.shocks), s.title] for s in found])


def list_economies(name: str, as_json: bool) -> None:
    """Print the economies of a world."""
    from multipolar.world.bundled import load_world

    world = load_world(name)
    rows = [
        {"code": code, "name": full, "members": list(members)}
        for code, full, members in zip(world.economies, world.economy_names, world.members, strict=True)
    ]
    if as_json:
        emit({"world": world.name, "economies": rows})
        return
    body = [[r["code"], r["name"], " ".join(r["members"]) if len(r["members"]) > 1 else ""] for r in rows]
    print_table(console(), None, [("code", False), ("economy", False), ("stands for", False)], body)


def show_clubs(economy: str, on: str, as_json: bool) -> None:
    """Print the clubs of an economy on a day."""
    from multipolar import atlas

    try:
        day = dt.date.fromisoformat(on)
    except ValueError:
        raise InputError(f"'{on}' is not a day; write it as YYYY-MM-DD") from None
    held = atlas.clubs_of(economy, day)
    rows = [{"club": c, "name": atlas.club(c).name, "kind": atlas.club(c).kind, "status": s} for c, s in held.items()]
    if as_json:
        emit({"economy": economy, "on": day.isoformat(), "clubs": rows})
        return
    if not rows:
        console().print(say(f"{economy} stands in no club of the atlas on {day}"))
        return
    heads = [("club", False), ("status", False), ("kind", False), ("name", False)]
    print_table(console(), None, heads, [[r["club"], r["status"], r["kind"], r["name"]] for r in rows])


def show_world(name: str, as_json: bool) -> None:
    """Print a world: what each economy makes, trades and charges."""
    from multipolar.world.bundled import load_world

    world = load_world(name)
    rows = _world_rows(world)
    elasticities = dict(zip(world.sectors, map(float, world.trade_elasticity), strict=True))
    if as_json:
        emit({"world": world.name, "year": world.year, "elasticities": elasticities, "economies": rows})
        return
    shown = console()
    shown.print()
    shown.print(
        say(
            f"{world.name}, {world.year}: {count(len(world.economies), 'economy')}, "
            f"{count(len(world.sectors), 'sector')}",
            "bold",
        )
    )
    text = ", ".join(f"{sector} {number(value, 1)}" for sector, value in elasticities.items())
    shown.print(say(f"trade elasticities: {text}"))
    heads = [
        ("code", False),
        ("economy", False),
        ("GDP,\nUSD bn", True),
        ("exports,\nUSD bn", True),
        ("imports,\nUSD bn", True),
        ("mean tariff,\n%", True),
    ]
    keys = ("gdp_usd_bn", "exports_usd_bn", "imports_usd_bn")
    body = [[r["code"], r["name"], *(number(r[key], 1) for key in keys), number(r["mean_tariff_pct"], 1)] for r in rows]
    print_table(shown, None, heads, body)


def _world_rows(world: World) -> list[dict[str, Any]]:
    home = np.einsum("iis->i", world.trade_flow)
    exports = world.trade_flow.sum(axis=(1, 2)) - home
    imports = world.trade_flow.sum(axis=(0, 2)) - home
    duty = np.divide(world.tariff_revenue, imports, out=np.zeros_like(imports), where=imports > 0)
    return [
        {
            "code": code,
            "name": world.economy_names[i],
            "gdp_usd_bn": float(world.gdp[i] / 1e3),
            "exports_usd_bn": float(exports[i] / 1e3),
            "imports_usd_bn": float(imports[i] / 1e3),
            "mean_tariff_pct": float(100 * duty[i]),
        }
        for i, code in enumerate(world.economies)
    ]


def check_world(name: str, as_json: bool) -> None:
    """Check a world's identities; a broken one is an error that names the place."""
    from multipolar.cli.built import largest_moves, move_text
    from multipolar.study import world_check
    from multipolar.world.bundled import load_world

    world = load_world(name)
    record, largest = world_check(world), largest_moves(world)
    if as_json:
        emit({**record, "largest_moves": largest})
        return
    shown = console()
    rows = [[identity, f"{gap:.1e}"] for identity, gap in record["residuals"].items()]
    title = f"{record['world']}: {count(record['economies'], 'economy')}, {count(record['sectors'], 'sector')}"
    print_table(shown, title, [("identity", False), ("largest relative gap", True)], rows)
    shown.print(say("trade cells: " + ", ".join(f"{n} {kind}" for kind, n in record["cells"].items())))
    if record["median_move_pct"] is not None:
        shown.print(say(f"the median move of observed figures by balancing: {number(record['median_move_pct'])}%"))
    for way, move in largest.items():
        if move is not None:
            shown.print(say(f"furthest in {way}: {move_text(move)}"), soft_wrap=True)


def show_figures(find: str | None, as_json: bool) -> None:
    """Print the figures behind the shipped world."""
    from multipolar.world.bundled import figures_table

    found = figures_table().reset_index().astype(object)
    found = found.where(found.notna(), None)
    if find is not None:
        text = found.astype(str)
        found = found[text.apply(lambda column: column.str.contains(find, case=False, regex=False)).any(axis=1)]
    if as_json:
        emit({"figures": found.to_dict(orient="records")})
        return
    shown = console()
    rows = found.to_dict(orient="records")
    if shown.width >= WIDE:
        heads = [("figure", False), ("value", True), ("unit", False), ("year", True), ("status", False)]
        body = [[r["id"], _figure(r["value"]), r["unit"], r["year"], r["status"], _range(r)] for r in rows]
        print_table(shown, None, [*heads, ("range", False)], body)
    else:
        print_entries(shown, ((row["id"], (_figure_line(row),)) for row in rows))
    shown.print(say(f"{len(found)} figures; sources and notes with --json", "dim"))


def _figure_line(row: Mapping[Any, Any]) -> str:
    if row["value"] is None:
        return f"no value, {row['status']}"
    span = _range(row)
    return f"{_figure(row['value'])} {row['unit']}, {row['year']}, {row['status']}{f', range {span}' if span else ''}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _range(row: Mapping[Any, Any]) -> str:
    return "" if row["lo"] is None or row["hi"] is None else f"{_figure(row['lo'])} to {_figure(row['hi'])}"


# -- check FILE ---------------------------------------------------------------------------------------------------


def check_file(file: str, world: str | None, as_json: bool) -> None:
    """Check a scenario, study or world."""
    from multipolar.world.bundled import shipped_worlds

    if file in shipped_worlds() or file.endswith(".npz"):
        check_world(file, as_json)
        return
    if (recipe := _recipe(file)) is not None:
        _check_recipe(recipe, as_json)
        return
    loaded = _load(file)
    record = _study_record(loaded, world) if isinstance(loaded, Study) else _scenario_record(loaded, world)
    if as_json:
        emit(record)
        return
    shown = console()
    shown.print(say(f"{record['kind']} '{record['id']}' is fine: {record['title']}", "bold"))
    if record["kind"] == "study":
        lines = (
            f"{count(len(record['scenarios']), 'scenario')}, {count(record['draws'], 'draw')}, seed {record['seed']}"
        )
        shown.print(say(f"in {record['world']}: {lines}"))
    for scenario in record.get("scenarios", [record]):
        if record["kind"] == "study":
            shown.print(say(f"{scenario['id']}: {scenario['title']}", "bold"))
        for note in scenario["notes"]:
            shown.print(say(f"  · {note}"))
        shown.print(say(f"  {_changes(scenario)}"))


def _recipe(file: str) -> Any:
    """Read a file that says it is the recipe of a world; None for all others."""
    from multipolar.data.yamlfile import read_document
    from multipolar.scenario.files import is_name

    if is_name(file) or read_document(Path(file)).data.get("kind") != "world":
        return None
    from multipolar.world.building import load_recipe

    return load_recipe(Path(file))


def _check_recipe(recipe: Any, as_json: bool) -> None:
    """Say what a recipe would read and what it lets stand in; its files are read by `world build` alone."""
    files = {role: [source.file for source in recipe.all_sources(role)] for role in recipe.sources}
    record = {
        "kind": "world",
        "id": recipe.id,
        "title": recipe.title,
        "method": recipe.method,
        "year": recipe.year,
        "files": files,
        "leave_out": list(recipe.leave_out),
        "fill": dict(recipe.fill),
    }
    if as_json:
        emit(record)
        return
    shown = console()
    shown.print(say(f"recipe '{recipe.id}' reads well: {recipe.title}", "bold"))
    for role, names in files.items():
        shown.print(say(f"  {role}: {', '.join(names)}"))
    if recipe.leave_out:
        shown.print(say(f"  left out: {', '.join(recipe.leave_out)}"))
    for name, rule in recipe.fill.items():
        shown.print(say(f"  where {name} is missing: {rule}"))
    shown.print(say("its files are read by `multipolar world build`"))


def _load(file: str) -> Scenario | Study:
    """Read a file of either kind; a name is looked for among scenarios first, then studies."""
    from multipolar.data.yamlfile import read_document
    from multipolar.errors import UnknownNameError
    from multipolar.scenario import load_scenario, load_study, shipped_scenarios, shipped_studies
    from multipolar.scenario.files import is_name

    if is_name(file):
        if file in shipped_studies():
            return load_study(file)
        if file in shipped_scenarios():
            return load_scenario(file)
        from multipolar.claims import load_claims

        argument = load_claims().id
        if file == argument:
            raise InputError(f"'{file}' tests claims and derives no policy to show; type: multipolar run {file}")
        raise UnknownNameError("scenario, study or world", file, [*shipped_scenarios(), *shipped_studies(), argument])
    kind = read_document(Path(file)).data.get("kind")
    return load_study(file) if kind == "study" else load_scenario(file)


def _scenario_record(scenario: Scenario, world: str | None) -> dict[str, Any]:
    from multipolar.world.bundled import load_world

    base = load_world(world or "world-2009")
    return {"kind": "scenario", "world": base.name, **_derived(base, scenario)}


def _study_record(study: Study, world: str | None) -> dict[str, Any]:
    from multipolar.study import make_plan

    plan = make_plan(study, world=world)
    base = plan.start().world
    return {
        "kind": "study",
        "id": study.id,
        "title": study.title,
        "question": study.question,
        "world": plan.world.name,
        "draws": plan.draws,
        "seed": plan.seed,
        "contrasts": [c.id for c in study.contrasts],
        "scenarios": [_derived(base, scenario) for scenario in plan.scenarios],
    }


def _derived(world: World, scenario: Scenario) -> dict[str, Any]:
    """What a scenario means for a world, without solving."""
    from multipolar.scenario import derive_policy

    policy = derive_policy(world, scenario)

    def tied(mask: np.ndarray) -> list[str]:
        return [code for code, yes in zip(world.economies, mask, strict=True) if yes]

    return {
        "id": scenario.id,
        "title": scenario.title,
        "on": scenario.on.isoformat(),
        "shocks": [shock.kind for shock in scenario.shocks],
        "members": tied(policy.insiders),
        "tariffs_change": tied((policy.tariff != world.tariff).any(axis=(0, 2))),
        "costs_change": tied((policy.cost_hat != 1.0).any(axis=(0, 2))),
        "productivity_changes": tied((policy.productivity_hat != 1.0).any(axis=1)),
        "transfers_usd_mn": {
            code: float(sum_) for code, sum_ in zip(world.economies, policy.transfer, strict=True) if sum_
        },
        "bans": int(np.isinf(policy.cost_hat).sum()),
        "notes": list(policy.notes),
    }


def _changes(record: dict[str, Any]) -> str:
    parts = [
        f"{what} change for {', '.join(record[key])}"
        for key, what in (
            ("tariffs_change", "tariffs"),
            ("costs_change", "import costs"),
            ("productivity_changes", "productivity"),
        )
        if record[key]
    ]
    for code, paid in record["transfers_usd_mn"].items():
        parts.append(f"{code} {'receives' if paid > 0 else 'pays'} {abs(paid):,.6g} million USD a year")
    if record["bans"]:
        parts.append(f"{count(record['bans'], 'flow')} banned")
    return "; ".join(parts) or "nothing changes but what the notes say"
