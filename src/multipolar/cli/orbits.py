"""The command that asks whose orbit an economy is in."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding

from multipolar.cli.commands import COMPILING, progress_bar
from multipolar.cli.frame import emit, write_record
from multipolar.cli.render import console, print_table, say
from multipolar.report.words import join
from multipolar.texts import count

__all__ = ["sentences", "show_orbits"]

LISTED = 20
"""Economies of one sphere that are listed; the rest is counted."""

CONTESTED = 10
"""Contested economies that are listed."""


def show_orbits(
    world: str,
    year: int | None,
    poles: str,
    over: str | None,
    data: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compute orbits, write and print them."""
    from multipolar.study.orbits import whose_orbit

    began = time.perf_counter()
    history = _history(data)
    with progress_bar(COMPILING) as told:
        content = whose_orbit(world, _codes(poles), over=_codes(over or ""), year=year, history=history, progress=told)
    if out is not None:
        write_record("orbits", content, sentences(content), out)
    if as_json:
        emit(content)
        return
    _print(content)
    where = f", written to {out}" if out is not None else ""
    console().print(say(f"{time.perf_counter() - began:.1f} s{where}; every number with --json", "dim"))


def _codes(text: str) -> list[str]:
    """Codes are written in capitals; anything longer is a name, kept for the error that suggests the code."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    return [item.upper() if len(item) == 3 else item for item in items]


def _history(folder: Path | None) -> Any:
    """Read what a folder has of flows, GDP and votes by year."""
    from multipolar.claims.data import Data
    from multipolar.claims.orbits import without_unreported
    from multipolar.study.orbit_history import History

    data = Data(folder, last=9999)
    lacking = {}
    found: dict[str, Any] = {}
    for name, role in (("flows", "trade_panel"), ("gdp", "gdp"), ("ideal_points", "ideal_points")):
        lack = data.lack((role,))
        if lack is None:
            found[name] = getattr(data, role)
        else:
            lacking[name] = lack
    if "flows" in found:
        found["flows"] = without_unreported(found["flows"])
    return History(**found, lacking=lacking)


def _print(content: Mapping[str, Any]) -> None:
    out = console()
    out.print()
    out.print(say(f"Whose orbit? World {content['world']}, {content['year']}", "bold"))
    solved = content["method"] == "equilibrium"
    heads = [("pole", False), ("share of pull", True)]
    if solved:
        heads += [("others lose,\nUSD bn", True), ("mean,\n% of income", True), ("worst for itself,\n%", True)]
    body = []
    for pole in content["poles"]:
        cells = [
            _number(pole["exerted_usd_bn"], 0),
            _number(pole["exerted_mean_pct"]),
            _number(pole["suffered_max_pct"]),
        ]
        body.append([pole["pole"], _share(pole["share"]), *(cells if solved else [])])
    print_table(out, None, heads, body)
    out.print(say(_about_poles(solved), "dim"))
    heads = [("orbit of", False), (f"economies; {_unit(solved)}", False)]
    print_table(out, None, heads, [[pole["pole"], _sphere(content, pole["pole"])] for pole in content["poles"]])
    contested = [row for row in content["spheres"] if row["contested"]]
    if contested:
        texts = [
            f"{r['economy']} {r['pole']} {_pull(r['pull'])} / {r['second']} {_pull(r['second_pull'])}"
            for r in contested
        ]
        shown = _listed(texts, "; ", CONTESTED)
        out.print(say(f"* contested (second within {100 * content['contested_below']:.0f}% of the first): {shown}"))
    if named := _group_names(content):
        out.print(say(f"Groups of countries: {'; '.join(f'{code} {name}' for code, name in named.items())}.", "dim"))
    _print_leverage(content)
    out.print()
    for sentence in sentences(content):
        out.print(Padding(say(sentence), (0, 0, 1, 0)))


def _unit(solved: bool) -> str:
    return "% of income lost without it" if solved else "-100 ln(1 - its share of imports)"


def _about_poles(solved: bool) -> str:
    """Say what the columns of the table of poles are."""
    if not solved:
        return "Share of pull: of the pulls below on all economies outside the poles, weighted by their imports."
    return (
        "Others lose: what economies outside the poles would lose a year if the pole cut them off one at a time, "
        "summed; share of pull: the share of that sum in those of all poles; mean: the mean of those losses; worst "
        "for itself: the most that the pole would lose by cutting one economy off, % of its own income."
    )


def _about_leverage(found: Mapping[str, Any], solved: bool) -> str:
    """Say what the columns of the table of leverage are."""
    if not solved:
        return f"Pull: {_unit(solved)}."
    return (
        "Loss: of the economy cut off, % of its income; short run: the same with elasticities of trade times "
        f"{found['short_run_ratio']:g}; own loss: of the pole that cuts off, % of its income; per own: the economy's "
        "loss per dollar that the pole loses."
    )


def _group_names(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the codes shown that stand for groups: of those that are no code of a country."""
    from multipolar import atlas

    countries = {economy.iso3 for economy in atlas.economies()}
    names = {code: atlas.group_name(code) for code in atlas.groups()}
    names |= {row["economy"]: row["name"] for row in content["spheres"]}
    shown = [pole["pole"] for pole in content["poles"]] + [row["economy"] for row in content["spheres"]]
    return {code: names[code] for code in shown if code not in countries and names.get(code, code) != code}


def _sphere(content: Mapping[str, Any], pole: str) -> str:
    rows = [row for row in content["spheres"] if row["pole"] == pole]
    rows.sort(key=lambda row: -row["pull"])
    texts = [f"{row['economy']} {_pull(row['pull'])}{'*' if row['contested'] else ''}" for row in rows]
    return _listed(texts) or "–"


def _print_leverage(content: Mapping[str, Any]) -> None:
    found = content["leverage"]
    one, other = found["poles"]
    by_economy: dict[str, dict[str, Any]] = {}
    for row in found["rows"]:
        by_economy.setdefault(row["economy"], {})[row["pole"]] = row
    solved = content["method"] == "equilibrium"
    keys = ("loss_pct", "loss_short_run_pct", "own_loss_pct", "loss_per_own_loss") if solved else ("pull",)
    words = ("loss,\n%", "short\nrun, %", "own\nloss, %", "per\nown") if solved else ("pull",)
    heads = [("if cut\noff by", False)]
    heads += [
        (f"{pole}:\n{word}" if at == 0 else f"\n{word}", True) for pole in (one, other) for at, word in enumerate(words)
    ]
    body = []
    for code, rows in by_economy.items():
        digits = {"own_loss_pct": 3, "loss_per_own_loss": 1}
        body.append([code, *(_number(rows[pole][key], digits.get(key, 1)) for pole in (one, other) for key in keys)])
    print_table(console(), None, heads, body)
    console().print(say(_about_leverage(found, solved), "dim"))


def sentences(content: Mapping[str, Any]) -> list[str]:
    """Return in plain language what the numbers of a record say."""
    return [
        _lead(content),
        *_other_lenses(content),
        *_grip(content),
        *_drift(content),
        *_sides(content),
        *_gaps(content),
    ]


def _lead(content: Mapping[str, Any]) -> str:
    led = {pole["pole"]: [r for r in content["spheres"] if r["pole"] == pole["pole"]] for pole in content["poles"]}
    ranked = sorted(led, key=lambda pole: -len(led[pole]))
    count = sum(len(rows) for rows in led.values())
    most, *others = [f"{len(led[pole])} of {pole}" for pole in ranked]
    text = f"With {len(led)} poles the effective number is {content['effective_number_of_poles']:.1f}. Of {count} "
    text += f"economies {most.replace(' of ', ' are in the orbit of ')}, {join(others)}."
    contested = [row for row in content["spheres"] if row["contested"]]
    if contested:
        text += f" {len(contested)} of them are contested."
    for pole, rows in led.items():
        if rows:
            continue
        second = [row["economy"] for row in content["spheres"] if row["second"] == pole]
        text += f" {pole} comes first nowhere"
        text += f", second in {len(second)}: {_listed(second)}." if second else " and second nowhere."
    return text


def _other_lenses(content: Mapping[str, Any]) -> list[str]:
    texts = []
    groups, votes = content["communities"], content["alignment"]
    if groups["agree_with_spheres"] is not None:
        inside = {pole["pole"]: pole["economies"] for pole in content["poles"]}
        own = {code for codes in inside.values() for code in codes}
        said = "; ".join(
            f"{join(found['poles']) or 'no pole'} with {_listed([c for c in found['economies'] if c not in own])}"
            for found in groups["groups"]
        )
        texts.append(
            f"A check by who trades with whom (modularity) finds {len(groups['groups'])} communities: {said}. "
            f"{_share(groups['agree_with_spheres'])} of the economies are in the community of the pole that leads them."
        )
    if votes["rows"]:
        near: dict[str, list[str]] = {}
        for row in votes["rows"]:
            near.setdefault(row["nearest"], []).append(row["economy"])
        said = "; ".join(f"{pole} for {_listed(codes)}" for pole, codes in near.items())
        text = f"By votes in the General Assembly the nearest pole is: {said}."
        if votes["nearest_is_leader"] is not None:
            text += f" It is the pole that leads in trade for {_share(votes['nearest_is_leader'])}."
        texts.append(text)
    return texts


def _grip(content: Mapping[str, Any]) -> list[str]:
    """Who of the two poles holds the longer end, where losses were solved."""
    found = content["leverage"]
    if content["method"] != "equilibrium":
        return []
    one, other = found["poles"]
    loss = {(row["economy"], row["pole"]): row for row in found["rows"]}
    codes = list(dict.fromkeys(row["economy"] for row in found["rows"]))

    def stronger(key: str) -> list[str]:
        return [
            code
            for code in codes
            if loss[code, one][key] is not None
            and loss[code, other][key] is not None
            and loss[code, one][key] > loss[code, other][key]
        ]

    long, short = stronger("loss_pct"), stronger("loss_short_run_pct")
    text = f"Of the {len(codes)} economies above, {one} could hurt {_names(long)} more than {other} could"
    text += "" if long == short else f"; in the short run {_names(short)}"
    dear = [
        f"{row['pole']} over {row['economy']}"
        for row in found["rows"]
        if row["loss_per_own_loss"] is not None and row["loss_per_own_loss"] < 1
    ]
    text += f". A cut-off costs the pole more than the economy: {', '.join(dear)}." if dear else "."
    return [text]


def _names(codes: Sequence[str]) -> str:
    return join(codes) if codes else "none"


def _drift(content: Mapping[str, Any]) -> list[str]:
    texts = []
    centre, past = content["centre_of_gravity"], content["over_time"]
    if len(centre["series"]) > 1:
        first, last = centre["series"][0], centre["series"][-1]
        moved = (last["lon"] - first["lon"] + 180.0) % 360.0 - 180.0
        texts.append(
            f"From {first['year']} to {last['year']} the centre of gravity of GDP went {abs(moved):.1f} degrees "
            f"{'east' if moved > 0 else 'west'}, to {_where(last)} ({count(last['covered'], 'economy')})."
        )
    elif centre["lat"] is not None:
        texts.append(
            f"The centre of gravity of GDP lies under {_where(centre)}, each economy at one capital; only its drift "
            f"says something, and a series {centre['series_reason']}."
        )
    if past["years"]:
        rows = [f"{row['effective_number_of_poles']:.2f} in {row['year']}" for row in past["years"]]
        size = count(len(past["economies"]), "economy")
        text = f"The effective number of poles by import shares was {join(rows)} ({size})."
        turns: dict[tuple[str, str], list[str]] = {}
        for row in past["moved"]:
            turns.setdefault((row["from"] or "nobody", row["to"] or "nobody"), []).append(row["economy"])
        said = [
            f"from {a} to {b} {_listed(codes)}"
            for (a, b), codes in sorted(turns.items(), key=lambda item: -len(item[1]))
        ]
        if said:
            text += f" Between the first and the last of these years the leader changed {'; '.join(said)}."
        texts.append(text)
    return texts


def _where(place: Mapping[str, Any]) -> str:
    lat, lon = place["lat"], place["lon"]
    return f"{abs(lat):.0f}°{'N' if lat >= 0 else 'S'} {abs(lon):.0f}°{'E' if lon >= 0 else 'W'}"


def _sides(content: Mapping[str, Any]) -> list[str]:
    found = content["switches"]
    if not found["rows"]:
        return []
    counts = join(f"{row['economy']} {row['switches']}" for row in found["rows"])
    return [f"Changes of sides among {', '.join(found['clubs'])} until {found['until']}: {counts}."]


def _gaps(content: Mapping[str, Any]) -> list[str]:
    texts = []
    if content["unreported"]:
        names = content["unreported"]
        texts.append(f"Left out, since flows with some pole are unreported: {', '.join(names)}.")
    if content["method"] != "equilibrium":
        texts.append(
            f"Not computed: {content['communities']['reason']}, and so are losses and their price for the pole."
        )
    if content["alignment"]["reason"] and not content["alignment"]["rows"]:
        texts.append(f"Votes are not shown: {content['alignment']['reason']}.")
    return texts


def _listed(texts: Sequence[str], mark: str = ", ", most: int = LISTED) -> str:
    rest = f"{mark}{len(texts) - most} more" if len(texts) > most else ""
    return mark.join(texts[:most]) + rest


def _pull(value: float | None) -> str:
    return _number(value, 1)


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}%"
