"""A panel is checked before anything is estimated, and each complaint says where and what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gravity_toys import made_frame
from multipolar.errors import GravityError
from multipolar.gravity import make_panel


def _with(column: str, row: int, value: object) -> pd.DataFrame:
    frame = made_frame(3, 2)
    frame = frame.astype({column: float if isinstance(value, float) else object})
    frame.loc[row, column] = value  # type: ignore[call-overload]
    return frame


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (made_frame(3, 2)[["exporter", "importer", "year"]], ["no column 'trade'", "it has exporter, importer, year"]),
        (made_frame(3, 2).rename(columns={"exporter": "exportr"}), ["no column 'exporter'", "did you mean exportr"]),
        (made_frame(3, 2).iloc[:0], ["no rows"]),
        (_with("trade", 4, np.nan), ["trade is empty in 1 rows", "row 5", "--drop-unknown"]),
        (_with("trade", 4, -1.0), ["trade is -1", "row 5 (E01, E00, 1990)"]),
        (_with("trade", 4, np.inf), ["trade is inf", "row 5"]),
        (_with("trade", 4, "many"), ["trade is 'many'", "row 5"]),
        (_with("year", 4, 1990.5), ["1990.5 is not a whole year", "row 5"]),
        (_with("exporter", 4, None), ["exporter is empty", "row 5"]),
        (_with("exporter", 4, "  "), ["exporter is empty", "row 5"]),
        (_with("exporter", 0, " E00"), ["with and without spaces"]),
        (pd.concat([made_frame(3, 2), made_frame(3, 2).iloc[[1]]]), ["stand twice", "row 13"]),
        (made_frame(3, 2).assign(exporter="A", importer="A").iloc[[0]], ["one economy, 'A'", "at least two"]),
    ],
)
def test_unusable_tables_are_refused(frame: pd.DataFrame, words: list[str]) -> None:
    with pytest.raises(GravityError) as caught:
        make_panel(frame, name="t.csv")
    for word in ["t.csv", *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_trade_is_dropped_on_request_and_counted() -> None:
    panel = make_panel(_with("trade", 4, np.nan), unknown_trade="drop")
    assert (len(panel), panel.dropped_rows) == (11, 1)
    assert not (panel.frame["trade"] == 0).any()


def test_columns_are_renamed_and_the_table_of_the_caller_is_left_alone() -> None:
    frame = made_frame(3, 2).rename(columns={"trade": "value", "exporter": "from"})
    before = frame.copy()
    panel = make_panel(frame, columns={"trade": "value", "exporter": "from"})
    assert panel.economies == ("E00", "E01", "E02") and panel.years == (1990, 1991)
    pd.testing.assert_frame_equal(frame, before)


def test_years_and_domestic_trade_are_chosen() -> None:
    panel = make_panel(made_frame(3, 3, domestic=True))
    assert panel.domestic.sum() == 9 and len(panel.international()) == 18
    assert panel.in_years([1991]).years == (1991,)
    with pytest.raises(GravityError, match="no year 2050"):
        panel.in_years([2050])
