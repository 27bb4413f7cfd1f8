"""Who is a member with whom, and when."""

from __future__ import annotations

import pandas as pd
import pytest

from multipolar.errors import GravityError, UnknownNameError
from multipolar.gravity import make_panel
from multipolar.gravity.memberships import in_common, with_clubs


def _panel(codes: list[str], years: list[int]) -> pd.DataFrame:
    rows = [(o, d, y, 1.0) for o in codes for d in codes for y in years]
    return pd.DataFrame(rows, columns=["exporter", "importer", "year", "trade"])


def test_both_sides_have_to_be_in_one_club_at_mid_year() -> None:
    panel = with_clubs(make_panel(_panel(["POL", "DEU", "NOR"], [2003, 2004, 2005])), eu="EU", either=["EU", "EFTA"])
    frame = panel.frame.set_index(["exporter", "importer", "year"])
    assert frame.loc[("POL", "DEU", 2003), "eu"] == 0 and frame.loc[("POL", "DEU", 2004), "eu"] == 1
    assert frame.loc[("DEU", "DEU", 2005), "eu"] == 0  # at home
    assert frame.loc[("NOR", "DEU", 2005), "either"] == 0  # both are in one of the clubs, but not in the same
    with pytest.raises(UnknownNameError, match="XYZ"):
        with_clubs(panel, x="XYZ")


def test_spells_of_the_user_count_from_their_start_to_before_their_end() -> None:
    panel = make_panel(_panel(["A", "B", "C"], [2000, 2001, 2002]))
    spells = pd.DataFrame(
        [("t", "A", 1990, 2002), ("t", "B", 2001, 2050), ("t", "Z", 0, 1), ("u", "C", 1990, 2050)],
        columns=["agreement", "economy", "start", "end"],
    )
    frame = panel.with_columns(x=in_common(panel, spells)).frame.set_index(["exporter", "importer", "year"])
    assert [frame.loc[("A", "B", y), "x"] for y in panel.years] == [0, 1, 0]
    assert frame.loc[("B", "A", 2001), "x"] == 1 and frame["x"].sum() == 2
    with pytest.raises(GravityError, match="need a column 'end'"):
        in_common(panel, spells.drop(columns="end"))
