"""The commands ``multipolar gravity ...``; what they need is imported when one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multipolar.cli.frame import Group
from multipolar.cli.options import Json, help_if_bare

__all__ = ["gravity_app"]

gravity_app = typer.Typer(
    cls=Group, help="Estimate gravity equations and judge worlds and forecasts by them.", invoke_without_command=True
)

PanelFile = Annotated[Path, typer.Argument(help="Table of bilateral trade: .csv, .csv.gz or .parquet.")]
FormulaText = Annotated[
    str, typer.Option("--formula", metavar="TEXT", help="'trade ~ rta | exporter_time + importer_time + pair'.")
]
FormulaTexts = Annotated[
    list[str], typer.Option("--formula", metavar="TEXT", help="An equation; repeat the option for more.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="OURS=THEIRS", help="Name of exporter, importer, year or trade in the file."),
]
Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="COLUMN=TEXT", help="Keep rows with this text in a column.")
]
Years = Annotated[
    list[int] | None, typer.Option("--year", metavar="YEAR", help="Keep this year; repeat the option for more.")
]
Cluster = Annotated[
    str, typer.Option("--cluster", help="symmetric_pair, pair, exporter, importer, a column, two with +, or none.")
]
Clubs = Annotated[
    list[str] | None,
    typer.Option("--club", metavar="NAME=CLUB,CLUB", help="Regressor: both sides full members of one of these clubs."),
]
DropUnknown = Annotated[bool, typer.Option("--drop-unknown", help="Leave out rows with empty trade.")]
DropMissing = Annotated[bool, typer.Option("--drop-missing", help="Leave out rows with an empty regressor.")]
DropCollinear = Annotated[bool, typer.Option("--drop-collinear", help="Leave out collinear regressors.")]
International = Annotated[bool, typer.Option("--international", help="Leave out trade of economies with themselves.")]


@gravity_app.callback()
def _gravity(ctx: typer.Context) -> None:
    help_if_bare(ctx)


@gravity_app.command("estimate")
def estimate(
    panel: PanelFile,
    formula: FormulaText,
    estimator: Annotated[str, typer.Option("--estimator", help="ppml or ols.")] = "ppml",
    cluster: Cluster = "symmetric_pair",
    column: Columns = None,
    where: Where = None,
    year: Years = None,
    club: Clubs = None,
    international: International = False,
    drop_unknown: DropUnknown = False,
    drop_missing: DropMissing = False,
    drop_collinear: DropCollinear = False,
    as_json: Json = False,
) -> None:
    """Estimate a gravity equation.

    Example:

        multipolar gravity estimate trade.csv --formula "trade ~ rta | exporter_time + importer_time + pair"
    """
    from multipolar.cli.gravity_show import Asked, show_estimates

    asked = Asked(panel, column, where, year, club, international, drop_unknown, drop_missing, drop_collinear)
    show_estimates(asked, [formula], estimator, cluster, as_json)


@gravity_app.command("compare")
def compare(
    panel: PanelFile,
    formula: FormulaTexts,
    cluster: Cluster = "symmetric_pair",
    column: Columns = None,
    where: Where = None,
    year: Years = None,
    club: Clubs = None,
    international: International = False,
    drop_unknown: DropUnknown = False,
    drop_missing: DropMissing = False,
    drop_collinear: DropCollinear = False,
    as_json: Json = False,
) -> None:
    """Put Poisson estimates of several equations side by side.

    Example:

        multipolar gravity compare trade.csv --formula "trade ~ rta | pair" --formula "trade ~ rta | pair + time"
    """
    from multipolar.cli.gravity_show import Asked, show_comparison

    asked = Asked(panel, column, where, year, club, international, drop_unknown, drop_missing, drop_collinear)
    show_comparison(asked, formula, cluster, as_json)


@gravity_app.command("correct")
def correct(
    panel: PanelFile,
    formula: FormulaText,
    bias_only: Annotated[bool, typer.Option("--bias-only", help="Leave the standard errors as they are.")] = False,
    memory: Annotated[int, typer.Option("--memory", metavar="MB", min=1, help="Limit for the standard errors.")] = 4000,
    column: Columns = None,
    where: Where = None,
    year: Years = None,
    club: Clubs = None,
    international: International = False,
    drop_unknown: DropUnknown = False,
    drop_missing: DropMissing = False,
    drop_collinear: DropCollinear = False,
    as_json: Json = False,
) -> None:
    """Estimate three-way gravity and take its bias off (Weidner & Zylkin 2021).

    Example:

        multipolar gravity correct trade.csv --formula "trade ~ rta | exporter_time + importer_time + pair"
    """
    from multipolar.cli.gravity_show import Asked, show_correction

    asked = Asked(panel, column, where, year, club, international, drop_unknown, drop_missing, drop_collinear)
    show_correction(asked, formula, not bias_only, memory, as_json)


@gravity_app.command("fit")
def fit(
    world: Annotated[str, typer.Argument(help="Shipped world, or path of a world file.")] = "world-2009",
    sector: Annotated[
        list[str] | None,
        typer.Option("--sector", help="Sector to add up; repeat for more. Default: those with tariffs."),
    ] = None,
    economy: Annotated[
        list[str] | None, typer.Option("--economy", help="Show pairs of this economy; repeat for more.")
    ] = None,
    formula: Annotated[
        str | None,
        typer.Option("--formula", metavar="TEXT", help="Equation in distance_km, preference, tariff, covariates."),
    ] = None,
    covariates: Annotated[
        Path | None, typer.Option("--covariates", metavar="FILE", help="CSV with exporter, importer and more columns.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show which flows of a world lie above and below gravity.

    Example:

        multipolar gravity fit world-2009 --economy KAZ
    """
    from multipolar.cli.gravity_show import show_fit

    show_fit(world, sector, economy, formula, covariates, as_json)


@gravity_app.command("forecast")
def forecast(
    panel: PanelFile,
    formula: FormulaText,
    until: Annotated[int, typer.Option("--until", metavar="YEAR", help="Last year of data to use.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File for the forecast (JSON).")],
    years_used: Annotated[
        int, typer.Option("--years-used", min=2, help="Years of the panel that affinities rest on.")
    ] = 3,
    economy: Annotated[
        list[str] | None, typer.Option("--economy", help="Keep this economy in the forecast; repeat for more.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="What the forecast is about.")] = "",
    column: Columns = None,
    where: Where = None,
    club: Clubs = None,
    drop_unknown: DropUnknown = False,
    as_json: Json = False,
) -> None:
    """Forecast the pattern of trade from data up to a year, and store it for later data to judge.

    Example:

        multipolar gravity forecast trade.csv --formula "trade ~ rta | exporter_time + importer_time + pair"
        --until 2008 --out trade-2008.json
    """
    from multipolar.cli.gravity_show import Asked, make_and_show_forecast

    asked = Asked(panel, column, where, None, club, False, drop_unknown, False, False)
    make_and_show_forecast(asked, formula, until, years_used, economy or [], title, out, as_json)


@gravity_app.command("score")
def score(
    forecast: Annotated[Path, typer.Argument(help="Forecast file, or name of a shipped one.")],
    panel: PanelFile,
    year: Annotated[int, typer.Option("--year", metavar="YEAR", help="Year to judge by.")],
    column: Columns = None,
    where: Where = None,
    drop_unknown: DropUnknown = False,
    as_json: Json = False,
) -> None:
    """Judge a stored forecast by later data: bias, error, coverage of its bands.

    Example:

        multipolar gravity score trade-2008.json trade-2012.csv --year 2012
    """
    from multipolar.cli.gravity_show import Asked, show_score

    show_score(forecast, Asked(panel, column, where, None, None, False, drop_unknown, False, False), year, as_json)
