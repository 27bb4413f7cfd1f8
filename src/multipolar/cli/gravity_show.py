"""What the gravity commands do and print."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar import __version__
from multipolar.cli.frame import emit
from multipolar.cli.render import console, print_table, say
from multipolar.errors import GravityError, OutputError
from multipolar.gravity import Estimate, Panel, parse_formula
from multipolar.gravity import correct as corrected
from multipolar.gravity import estimate as estimated
from multipolar.gravity.files import columns_needed, read_panel
from multipolar.gravity.forecast import make_forecast, score, write_forecast
from multipolar.gravity.memberships import with_clubs
from multipolar.gravity.record import file_sha256, open_forecast, write_record
from multipolar.gravity.tables import compare
from multipolar.texts import count

__all__ = [
    "Asked",
    "make_and_show_forecast",
    "show_comparison",
    "show_correction",
    "show_estimates",
    "show_fit",
    "show_score",
]

SHOWN_PAIRS = 20


@dataclass(frozen=True)
class Asked:
    """What the command line says about a panel."""

    file: Path
    columns: Sequence[str] | None
    where: Sequence[str] | None
    years: Sequence[int] | None
    clubs: Sequence[str] | None
    international: bool
    drop_unknown: bool
    drop_missing: bool
    drop_collinear: bool

    def panel(self, formulas: Sequence[str], cluster: str = "none") -> Panel:
        """Read the panel with the columns that the formulas need."""
        clubs = {name: text.split(",") for name, text in _pairs(self.clubs, "--club").items()}
        needed = columns_needed([parse_formula(text) for text in formulas], cluster)
        made = read_panel(
            self.file,
            columns=_pairs(self.columns, "--column"),
            extra=[name for name in needed if name not in clubs],
            where=_pairs(self.where, "--where"),
            unknown_trade="drop" if self.drop_unknown else "refuse",
        )
        if self.years:
            made = made.in_years(self.years)
        if self.international:
            made = made.international()
        return with_clubs(made, **clubs) if clubs else made

    def choices(self) -> dict[str, list[str]]:
        """How the file is read, for the record."""
        asked = {"column": self.columns, "where": self.where, "club": self.clubs}
        found = {name: list(items) for name, items in asked.items() if items}
        return found | ({"drop_unknown": ["yes"]} if self.drop_unknown else {})

    def options(self) -> dict[str, Any]:
        """Choices of `estimate` that the flags make."""
        return {
            "missing": "drop" if self.drop_missing else "refuse",
            "collinear": "drop" if self.drop_collinear else "refuse",
        }


def _pairs(items: Sequence[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items or []:
        left, equals, right = item.partition("=")
        if not (left.strip() and equals and right.strip()):
            raise GravityError(f"{option} '{item[:60]}' is not NAME=VALUE")
        found[left.strip()] = right.strip()
    return found


def show_estimates(asked: Asked, formulas: Sequence[str], estimator: str, cluster: str, as_json: bool) -> None:
    """Estimate one equation and print it."""
    panel = asked.panel(formulas, cluster)
    found = estimated(panel, formulas[0], estimator=estimator, cluster=cluster, **asked.options())
    if as_json:
        emit(found.to_json())
    else:
        _print_estimate(found)


def show_correction(asked: Asked, formula: str, standard_errors: bool, memory: int, as_json: bool) -> None:
    """Estimate, take the bias off, and print both."""
    panel = asked.panel([formula])
    before = estimated(panel, formula, cluster="pair", **asked.options())
    start = time.perf_counter()
    after = corrected(before, standard_errors=standard_errors, memory_mb=float(memory))
    seconds = time.perf_counter() - start
    if as_json:
        emit({"estimate": before.to_json(), "corrected": after.to_json(), "seconds": round(seconds, 2)})
        return
    _print_estimate(before)
    bias = after.bias if after.bias is not None else np.zeros(len(after.labels))
    rows = [
        [label, f"{b:.5f}", f"{off:+.5f}", f"{value:.5f}", f"{old:.5f}", f"{new:.5f}"]
        for label, b, off, value, old, new in zip(
            before.labels, before.coefficient, bias, after.coefficient, before.std_error, after.std_error, strict=True
        )
    ]
    heads = [("regressor", False), ("estimate", True), ("bias", True), ("corrected", True)]
    heads += [("s.e. by pair", True), ("s.e. corrected" if standard_errors else "s.e. (left alone)", True)]
    print_table(console(), "Bias taken off (Weidner & Zylkin 2021)", heads, rows)


def show_comparison(asked: Asked, formulas: Sequence[str], cluster: str, as_json: bool) -> None:
    """Estimate several equations and print them side by side."""
    panel = asked.panel(formulas, cluster)
    found = {
        f"({k + 1})": estimated(panel, text, cluster=cluster, **asked.options()) for k, text in enumerate(formulas)
    }
    if as_json:
        emit({"estimates": [{"column": name, **each.to_json()} for name, each in found.items()]})
        return
    beside = compare(found)
    rows = []
    for (label, figure), values in zip(beside.index, beside.to_numpy(), strict=True):
        name = label if figure == "estimate" else "" if label else figure
        rows.append([name, *(_cell(value, figure) for value in values)])
    out = console()
    print_table(out, panel.name, [("", False), *((name, True) for name in found)], rows)
    for name, each in found.items():
        out.print(say(f"{name} {each.formula}; errors clustered by {each.cluster}", style="dim"))


def _cell(value: float, figure: str) -> str:
    if np.isnan(value):
        return ""
    if figure in ("rows", "clusters", "rows_left_out"):
        return f"{value:,.0f}"
    return f"({value:.4f})" if figure == "std_error" else f"{value:.4f}"


def _print_estimate(found: Estimate) -> None:
    out = console()
    rows = []
    for label, row in found.table().iterrows():
        effect = "" if "log" in str(label) else f"{row['trade_effect_pct']:+.1f}%"
        interval = f"{row['lo95']:.3f} to {row['hi95']:.3f}"
        rows.append([label, f"{row['estimate']:.4f}", f"{row['std_error']:.4f}", f"{row['z']:.1f}", interval, effect])
    heads = [("regressor", False), ("estimate", True), ("s.e.", True), ("z", True)]
    heads += [("95% interval", True), ("trade, +1", True)]
    print_table(out, found.formula, heads, rows)
    words = f"{found.panel}: {count(found.rows, 'row')}, {count(found.clusters, 'cluster')} ({found.cluster}), "
    words += f"fit {found.pseudo_r2:.4f}"
    out.print(say(words, style="dim"))
    for reason, number_of in found.dropped.items():
        out.print(say(f"· {count(number_of, 'row')} left out: {reason}"))
    for text in (*found.separated, *found.notes):
        out.print(say(f"· {text}"))


def show_fit(
    world: str,
    sectors: Sequence[str] | None,
    economies: Sequence[str] | None,
    formula: str | None,
    covariates: Path | None,
    as_json: bool,
) -> None:
    """Fit gravity to a world and print the largest gaps."""
    from multipolar.study.baseline import FORMULA, fit_world
    from multipolar.world.bundled import load_world

    base = load_world(world)
    for code in economies or []:
        base.economy_index(code)
    made = fit_world(base, sectors, formula or FORMULA, _covariates(covariates))
    pairs = made.pairs
    if economies:
        pairs = pairs.loc[pairs["exporter"].isin(economies) | pairs["importer"].isin(economies)]
    if as_json:
        record = made.to_json()
        kept = set(zip(pairs["exporter"], pairs["importer"], strict=True))
        record["pairs"] = [row for row in record["pairs"] if (row["exporter"], row["importer"]) in kept]
        emit(record)
        return
    _print_estimate(made.estimate)
    rows = [
        [
            f"{row['exporter']} > {row['importer']}",
            f"{row['observed'] / 1e3:,.2f}",
            f"{row['expected'] / 1e3:,.2f}",
            f"{row['gap_pct']:+,.0f}%",
            row["verdict"],
            row["status"],
        ]
        for row in pairs.head(SHOWN_PAIRS).to_dict(orient="records")
    ]
    heads = [("flow", False), ("observed, USD bn", True), ("expected", True), ("gap", True)]
    out = console()
    title = f"{made.world}, {', '.join(made.sectors)}: largest expected flows"
    print_table(out, title, [*heads, ("verdict", False), ("status", False)], rows)
    out.print(
        say(
            f"{count(len(pairs), 'pair')}; all of them with --json. A gap in an imputed cell is no finding.",
            style="dim",
        )
    )


def _covariates(path: Path | None) -> pd.DataFrame | None:
    if path is None:
        return None
    try:
        if path.stat().st_size > 200_000_000:
            raise GravityError(f"'{path}' is larger than 200 MB")
        return pd.read_csv(path, keep_default_na=False, na_values=["", "NA", "NaN"])
    except OSError as error:
        raise GravityError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise GravityError(f"'{path}' is no CSV: {' '.join(str(error).split())[:160]}") from error


def make_and_show_forecast(
    asked: Asked,
    formula: str,
    until: int,
    years_used: int,
    economies: Sequence[str],
    title: str,
    out: Path,
    as_json: bool,
) -> None:
    """Make a forecast, write it and say what its backtest found."""
    panel = asked.panel([formula])
    by = f"multipolar {__version__}"
    made = make_forecast(panel, formula, until=until, years_used=years_used, title=title, only=economies, version=by)
    try:
        write_forecast(made, out)
        written = write_record(made, out, asked.file, choices=asked.choices())
    except OSError as error:
        raise OutputError(f"cannot write '{out}': {error.strerror or error}; choose another file with --out") from error
    record: dict[str, Any] = {
        "file": str(out),
        "record": str(written),
        "title": made.title,
        "until": made.until,
        "horizon_years": made.horizon,
        "pairs": len(made.pairs),
        "bands": [{"size": size, **row} for size, row in made.bands.to_dict(orient="index").items()],
    }
    if as_json:
        emit(record)
        return
    rows = [
        [str(size), f"{row['pairs']:,.0f}", f"{row['bias']:+.3f}", f"{row['lo']:+.2f} to {row['hi']:+.2f}"]
        for size, row in made.bands.iterrows()
    ]
    heads = [("size of flow", False), ("pairs", True), ("bias", True), ("90% of log errors", True)]
    shown = console()
    print_table(shown, f"Backtest, {count(made.horizon, 'year')} ahead of {until - made.horizon}", heads, rows)
    shown.print(say(f"{count(len(made.pairs), 'pair')} written to {out}; its record to {written}"), soft_wrap=True)


def show_score(forecast: Path, asked: Asked, year: int, as_json: bool) -> None:
    """Judge a forecast and print the result."""
    made, kept = open_forecast(forecast)
    same = kept is not None and kept.data["sha256"] == file_sha256(asked.file)
    record = score(made, asked.panel([]), year)
    if kept is not None:
        record |= {"made": kept.made, "data_sha256": kept.data["sha256"], "judged_by_the_file_it_was_made_from": same}
    if as_json:
        emit(record)
        return
    rows = [
        [
            str(row.get("size", "all")),
            f"{row.get('pairs', row.get('pairs_scored')):,}",
            f"{row['bias_log']:+.3f}",
            f"{row['mae_log']:.3f}",
            f"{row['rmse_log']:.3f}",
            f"{100 * row['coverage']:.0f}%",
        ]
        for row in [record, *record["classes"]]
    ]
    heads = [
        ("size of flow", False),
        ("pairs", True),
        ("bias, log", True),
        ("mean error", True),
        ("root mean square", True),
    ]
    out = console()
    print_table(out, f"{record['title']}, judged by {record['data']} {year}", [*heads, ("in 90% band", True)], rows)
    skill = "none" if record["skill"] is None else f"{record['skill']:.2f}"
    words = f"mean error with totals alone {record['mae_log_margins_only']:.3f}, so skill {skill}; "
    out.print(say(words + f"{count(record['pairs_left_out'], 'pair')} without known trade left out", style="dim"))
    if kept is not None:
        from_file = f"made on {kept.made} from {kept.data['file']} (sha256 {kept.data['sha256'][:12]}...)"
        also = "; judged by that same file, of which later years were not looked at" if same else ""
        out.print(
            say(f"{from_file} up to {kept.until}; predictions are those recorded{also}", style="dim"), soft_wrap=True
        )
    else:
        out.print(say("no record beside the predictions: nobody can tell when they were made", style="dim"))
