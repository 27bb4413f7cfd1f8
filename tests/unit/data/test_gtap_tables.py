"""GTAP's input-output part and duties from exported arrays: what they become, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gtap_toys as toys
from multipolar.data import read
from multipolar.errors import DataError


def test_the_arrays_become_a_table(tmp_path: Path) -> None:
    made = read("gtap-tables", toys.write(tmp_path), year=2017, aliases=toys.ALIASES)
    given = toys.arrays()
    assert set(made.economies) == {"CHN", "KAZ", "RUS", "ROW"} and made.industries == toys.COMMODITIES
    assert made.categories == ("households", "government", "investment")
    # What is sold is what is bought at home, sent abroad, or carries the trade of others.
    supplied = sum(given[name].sum() for name in ("VDFB", "VDPB", "VDGB", "VDIB", "VST", "VXSB"))
    assert made.output.sum() == pytest.approx(supplied)
    rus, kaz = made.economies.index("RUS"), made.economies.index("KAZ")
    k, o, d = 0, toys.REGIONS.index("rus"), toys.REGIONS.index("kaz")
    oil = made.intermediate[rus, k, kaz].sum() + made.final[rus, k, kaz].sum()
    assert oil == pytest.approx(given["VXSB"][k, o, d])
    bought = given["VMFB"][k, :, d] / (given["VMFB"][k, :, d].sum() + sum(given[f"VM{u}B"][k, d] for u in "PGI"))
    np.testing.assert_allclose(made.intermediate[rus, k, kaz], oil * bought)
    freight = made.intermediate[rus, toys.TRANSPORT, kaz].sum() + made.final[rus, toys.TRANSPORT, kaz].sum()
    margin = given["VCIF"] - given["VFOB"]
    share = margin[:, :, d].sum() / margin.sum()
    sold = given["VXSB"][toys.TRANSPORT, o, d] + given["VST"][toys.TRANSPORT, o] * share
    assert freight == pytest.approx(sold)
    assert "export taxes of" in made.notes.remarks[-1] and made.notes.rows_read > 300


def test_duties_are_what_imports_cost_over_their_value_landed(tmp_path: Path) -> None:
    toys.write(tmp_path)
    table = read("gtap-tariffs", tmp_path / "VMSB.csv", year=2017, aliases=toys.ALIASES)
    rates = table.frame.set_index(["origin", "destination", "sector"]).rate
    given = toys.arrays()
    o, d = toys.REGIONS.index("rus"), toys.REGIONS.index("chn")
    assert rates["RUS", "CHN", "mvh"] == pytest.approx(given["VMSB"][1, o, d] / given["VCIF"][1, o, d] - 1)
    both = [toys.REGIONS.index(code) for code in ("xea", "xsu")]
    merged = given["VMSB"][1, both, d].sum() / given["VCIF"][1, both, d].sum() - 1
    assert rates["ROW", "CHN", "mvh"] == pytest.approx(merged)
    assert ("ROW", "ROW", "mvh") not in rates.index and table.notes.dropped["inside a region"] == 4


def test_cells_in_any_order_and_activities_by_their_other_name(tmp_path: Path) -> None:
    path = toys.write(tmp_path)
    before = read("gtap-tables", path, year=2017, aliases=toys.ALIASES)
    head, *rows = path.read_text().splitlines()
    turned = [",".join(reversed(row.split(","))) for row in (head.replace("COMM_TAR", "ACTS"), *reversed(rows))]
    path.write_text("\n".join(turned) + "\n")
    after = read("gtap-tables", path, year=2017, aliases=toys.ALIASES)
    at = [after.economies.index(code) for code in before.economies]
    k = [after.industries.index(name) for name in before.industries]
    np.testing.assert_allclose(after.output[np.ix_(at, k)], before.output)


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("VST", "COMM,REG", "COMM,REGION", r"VST\.csv:1: has no column 'REG', .*; the file has COMM, REGION, VALUE"),
        ("VXSB", "oil,chn,kaz", "oil,chn,zzz", "unknown economies: zzz"),
        ("VXSB", "oil,chn,kaz", "oil,chn,rus", "stands more than once"),
        ("VDFB", "oil,oil,chn", "oil,CGDS,chn", "activity 'CGDS' is no commodity"),
        ("VDPB", "oil,chn,", "oil,chn,-", "must lie between 0 and 1e"),
        ("VMPB", "mvh,rus,", "mvh,rus,9", r"users in RUS buy imports of 'mvh' for .* cut or of another edition"),
    ],
)
def test_what_cannot_be_is_refused(name: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    path = toys.write(tmp_path)
    change(tmp_path, name, old, new)
    with pytest.raises(DataError, match=message) as caught:
        read("gtap-tables", path, year=2017, aliases=toys.ALIASES)
    assert "\n" not in str(caught.value)


def test_missing_arrays_names_and_links(tmp_path: Path) -> None:
    path = toys.write(tmp_path)
    with pytest.raises(DataError, match=r"unknown economies: xea, xsu"):
        read("gtap-tables", path, year=2017)
    with pytest.raises(DataError, match=r"must be named VDFB\.csv"):
        read("gtap-tables", tmp_path / "VST.csv", year=2017, aliases=toys.ALIASES)
    (tmp_path / "VST.csv").unlink()
    with pytest.raises(DataError, match=r"has no 'VST\.csv' beside it; export that array too"):
        read("gtap-tables", path, year=2017, aliases=toys.ALIASES)
    (tmp_path / "VST.csv").symlink_to("/etc/hostname")
    with pytest.raises(DataError, match=r"'VST\.csv' leads out of the folder"):
        read("gtap-tables", path, year=2017, aliases=toys.ALIASES)


def test_transport_that_nobody_pays_for_and_negative_duties(tmp_path: Path) -> None:
    made = toys.arrays()
    path = toys.write(tmp_path, {**made, "VFOB": made["VCIF"]})
    with pytest.raises(DataError, match="VST sells transport that nobody pays for"):
        read("gtap-tables", path, year=2017, aliases=toys.ALIASES)
    toys.write(tmp_path, {**made, "VMSB": made["VCIF"] * 0.9})
    with pytest.raises(DataError, match=r"the rate on '.*' from .* is -10%; check the arrays"):
        read("gtap-tariffs", tmp_path / "VMSB.csv", year=2017, aliases=toys.ALIASES)
    paid = read("gtap-tariffs", tmp_path / "VMSB.csv", year=2017, aliases=toys.ALIASES, subsidies=True)
    assert paid.frame.rate.max() == pytest.approx(-0.1)
