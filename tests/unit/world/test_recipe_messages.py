"""What is wrong with a recipe or its tables is said with file, line, word and remedy, in no one's jargon."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from multipolar.errors import InputError
from multipolar.world.building import build_world, load_recipe
from own_tables import RECIPE, TABLES


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("elasticity:", "elasticty:", 7, "'elasticty' is no field; did you mean 'elasticity'?; see"),
        ("title:", "qqqq:", 4, "'qqqq' is no field; there are schema, kind, id, title, "),
        ("elasticity: {value", "elasticity: {valu", 7, "'elasticity.valu' is no field; did you mean 'value'?; see"),
        ("elasticity: {value: 4.5, source: my choice}", "elasticity: 4.5", 7, "'elasticity': write {value: NUMBER, "),
        (
            "elasticity: {value: 4.5",
            "elasticity: {value: many",
            7,
            "'elasticity.value': Input should be a valid",
        ),
        ("trade-csv", "tradecsv", 11, "'sources.trade.reader': unknown reader 'tradecsv'; did you mean trade-csv"),
        ("file: trade.csv", "fil: trade.csv", 11, "needs the field 'sources.trade.file'; is it 'fil' here?; see"),
        ("title: Three economies of a test\n", "", 1, "needs the field 'title'; see"),
    ],
)
def test_a_slip_in_a_recipe(before: str, after: str, line: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert before in RECIPE
    path.write_text(RECIPE.replace(before, after))
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    said = str(caught.value)
    assert said.startswith(f"{path}:{line}: {words}"), said
    assert "more after this" not in said or "qqqq" in said  # one slip is one mistake
    assert not any(word in said for word in ("function-after", "Source]", "Choice", "Extra inputs", "Field required"))


def test_a_list_of_sources_is_read_as_a_list(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    one = "{reader: economies-csv, file: economies.csv}"
    path.write_text(RECIPE.replace(one, f"[{one}, {{reader: economiescsv, file: x.csv}}]"))
    with pytest.raises(InputError, match=r"'sources.indicators.1.reader': unknown reader 'economiescsv'"):
        load_recipe(path)


def write(folder: Path, name: str, text: str) -> Path:
    for other, content in {**TABLES, name: text}.items():
        (folder / other).write_text(content)
    (folder / "mine.yaml").write_text(RECIPE)
    return folder / "mine.yaml"


def test_gdp_in_thousands_names_file_row_figure_and_economy(tmp_path: Path) -> None:
    recipe = write(tmp_path, "economies.csv", TABLES["economies.csv"].replace("000\n", "\n"))
    with pytest.raises(InputError) as caught:
        build_world(recipe, [tmp_path])
    said = str(caught.value)
    assert said.startswith(
        "economies.csv:3: 'gdp_usd_mn' adds up to 6,435 USD million and trade in trade.csv to 66,800"
    )
    assert "KAZ trades most for its GDP of 115, exports and imports together 200 times as much" in said


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (
            "trade.csv",
            "9500",
            "NaN",
            "trade.csv:2: column 'value_usd_mn' holds 'NaN', which is no number (origin RUS, destination KAZ); fill it",
        ),
        (
            "trade.csv",
            ",5800",
            ",-5800",
            "trade.csv:5: column 'value_usd_mn' is -5800; it must lie between 0 and 5e+08 USD million (origin KAZ, "
            "destination CHN); check value and unit",
        ),
        (
            "tariffs.csv",
            "KAZ,,3.9",
            "KAZ,,-3.9",
            "tariffs.csv:3: column 'rate_pct' is -3.9; it must lie between 0 and 1000 percent (importer KAZ); mend the "
            "rate, or where imports are subsidised, let the source in the recipe say 'subsidies: true'",
        ),
        (
            "tariffs.csv",
            "KAZ,,3.9",
            "KAZ,,3900",
            "tariffs.csv:3: column 'rate_pct' is 3900; it must lie between 0 and 1000 percent (importer KAZ); check v",
        ),
        (
            "economies.csv",
            "0000\n",
            "0000000000\n",
            "economies.csv:2: column 'gdp_usd_mn' is 1220000000000; it must lie between 0 and 1e+12 USD million (rows "
            "2, 4; first economy RUS); check value and unit",
        ),
        (
            "economies.csv",
            "115000",
            "115000000000",
            "economies.csv:3: 'gdp_usd_mn' of KAZ is 1.15e+11; it must be above zero and at most 1e+09 USD million: ch",
        ),
    ],
)
def test_a_wrong_number_names_economies_unit_and_remedy(
    name: str, before: str, after: str, said: str, tmp_path: Path
) -> None:
    assert before in TABLES[name]
    recipe = write(tmp_path, name, TABLES[name].replace(before, after))
    with pytest.raises(InputError) as caught:
        build_world(recipe, [tmp_path])
    assert str(caught.value).startswith(said), str(caught.value)


def test_subsidies_are_read_where_the_remedy_is_followed(tmp_path: Path) -> None:
    recipe = write(tmp_path, "tariffs.csv", TABLES["tariffs.csv"].replace("KAZ,,3.9", "KAZ,,-3.9"))
    recipe.write_text(RECIPE.replace("tariffs.csv}", "tariffs.csv, subsidies: true}"))
    assert build_world(recipe, [tmp_path]).world.external_tariff.min() == pytest.approx(-0.039)


def test_a_misspelt_heading_is_looked_for_in_the_table_and_not_in_the_recipe(tmp_path: Path) -> None:
    recipe = write(tmp_path, "economies.csv", TABLES["economies.csv"].replace("gdp_usd_mn", "GDP_usd_m,note"))
    (tmp_path / "economies.csv").write_text((tmp_path / "economies.csv").read_text().replace("000\n", "000,\n"))
    with pytest.raises(InputError) as caught:
        build_world(recipe, [tmp_path])
    said = str(caught.value)
    assert said.startswith("economies.csv:1: has no column 'gdp_usd_mn', which the method needs, and a column 'GDP_usd")
    assert said.endswith("if that is meant, rename it 'gdp_usd_mn'")
    recipe = write(tmp_path, "economies.csv", "economy,wealth\nRUS,1\nKAZ,2\nCHN,3\n")  # nothing like it
    with pytest.raises(InputError, match=r"mine.yaml:13: no file gives indicator 'gdp_usd_mn'; add it to sources"):
        build_world(recipe, [tmp_path])


def test_a_heading_that_the_recipe_renames_is_found_as_well(tmp_path: Path) -> None:
    recipe = write(tmp_path, "economies.csv", TABLES["economies.csv"].replace("gdp_usd_mn", "output_usd_nm"))
    text = recipe.read_text().replace("economies.csv}", "economies.csv, names: {output_usd_nm: gdp_usd_mn}}")
    recipe.write_text(text)
    with pytest.raises(InputError, match=r"economies.csv:1: has no column 'gdp_usd_mn'.* a column 'output_usd_nm'"):
        build_world(recipe, [tmp_path])


def test_what_is_no_number_is_not_called_blank(tmp_path: Path) -> None:
    for cell, words in (("NaN", "holds 'NaN', which is no number"), ("", "is blank")):
        recipe = write(tmp_path, "trade.csv", TABLES["trade.csv"].replace("9500", cell))
        with pytest.raises(InputError, match=f"trade.csv:2: column 'value_usd_mn' {words}"):
            build_world(recipe, [tmp_path])


def test_a_cut_archive_is_said_in_one_short_line(tmp_path: Path) -> None:
    recipe = write(tmp_path, "trade.csv", "")
    packed = gzip.compress(TABLES["trade.csv"].encode() + bytes(range(32, 127)) * 20)
    (tmp_path / "trade.csv").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError) as caught:
        build_world(recipe, [tmp_path])
    assert "cut" in str(caught.value) and "fetch it again" in str(caught.value) and len(str(caught.value)) < 130
