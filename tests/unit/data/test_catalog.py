"""The catalog is in order: every row cited, licensed, and honest about what is not known."""

from __future__ import annotations

from importlib import resources

import pytest

from multipolar.data.catalog import catalog, dataset, parse_catalog
from multipolar.errors import DataError, UnknownNameError

HEADER = "id,title,version,coverage,page,url,file,sha256,size_mb,licence,citation,access,note\n"
ROW = "x,X,1,all,https://example.org/,https://example.org/x.csv,x.csv,,1,CC0,Nobody (2000),open,not verified\n"


def test_every_row_says_where_from_and_under_which_terms() -> None:
    assert len(catalog()) >= 15
    for row in catalog().values():
        assert row.citation and row.licence and row.page
        assert row.sha256 or row.note


def test_text_is_utf8_and_has_no_local_address() -> None:
    text = (resources.files("multipolar.data") / "catalog.csv").read_text(encoding="utf-8")
    assert "localhost" not in text and "file://" not in text


def test_an_unknown_id_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="baci-hs92"):
        dataset("baci-hs29")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("not verified", ""), "missing checksum needs a reason"),
        (("x.csv,,", "../x.csv,,"), "plain file name"),
        (("https://example.org/x.csv", "file:///etc/passwd"), "public address"),
        ((",,1,", ",abc,1,"), "64 hexadecimal"),
        ((",1,CC0", ",big,CC0"), "no number"),
        (("CC0", ""), "'licence' is blank"),
        (("open", "secret"), "open or account"),
        ((",open", ""), "cells"),
    ],
)
def test_a_bad_row_is_named(change: tuple[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse_catalog(HEADER + ROW.replace(*change, 1))
    assert caught.value.row == 2


def test_header_and_repeated_ids() -> None:
    with pytest.raises(DataError, match="header"):
        parse_catalog("id,title\n")
    with pytest.raises(DataError, match="twice"):
        parse_catalog(HEADER + ROW + ROW)
