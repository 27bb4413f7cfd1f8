"""``multipolar bloc`` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from multipolar.cli import app
from multipolar.report.bloc_words import sentences
from multipolar.world import write_world
from toy_study import study_world


def _cli(*args: str, width: str = "80"):
    return CliRunner().invoke(app, list(args), env={"COLUMNS": width})


def test_tables_fit_eighty_columns_and_sentences_follow_the_numbers(tmp_path: Path) -> None:
    done = _cli("bloc", "rus,kaz,blr", "--draws", "3", "--out", str(tmp_path / "bloc"))
    assert done.exit_code == 0, done.stderr
    assert max(len(line.rstrip()) for line in done.stdout.splitlines() if "written to" not in line) <= 80
    text = " ".join(done.stdout.split())
    for part in (
        "Will RUS, KAZ, BLR hold?",
        "energy rent",
        "weak link",
        "coalition-proof",
        "Not in the table: transit of KAZ",
    ):
        assert part in text
    content = json.loads((tmp_path / "bloc" / "bloc.json").read_text())
    assert content["draws"] == 3
    said = (tmp_path / "bloc" / "bloc.txt").read_text()
    assert f"{content['price_paid_usd_bn']['value']:.2f} USD billion" in said


def test_json_is_alone_on_stdout() -> None:
    done = _cli("bloc", "RUS,KAZ,BLR", "--draws", "3", "--json")
    content = json.loads(done.stdout)
    assert content["members"] == ["RUS", "KAZ", "BLR"]
    assert not re.search("NaN|Infinity", done.stdout)


def test_a_world_file_without_attributes(tmp_path: Path) -> None:
    write_world(study_world(), tmp_path / "toy.world.npz")
    done = _cli("bloc", "RUS,KAZ", "--world", str(tmp_path / "toy.world.npz"), "--draws", "2", "--json")
    assert done.exit_code == 0, done.stderr
    content = json.loads(done.stdout)
    assert {"distance", "protection"} <= set(content["missing"])
    assert content["by_member"]["KAZ"]["payoff_pct"]["trade"]["value"] is not None


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("RUS",), "at least two"),
        (("RUS,RUS",), "named twice"),
        (("RUS,KAZ", "--rule", "maybe"), "others or unanimity"),
        (("RUS,KAZ", "--wto", "maybe"), "bind, compensate or breach"),
        (("RUS,KAZ", "--sunk-cost", "KAZ"), "--sunk-cost BLR=0.1:0.5"),
        (("RUS,KAZ", "--sunk-cost", "KAZ=2:1"), "backwards"),
        (("RUS,KAZ", "--transfer", "KAZ=nan"), "from 0 to 1000"),
        (("RUS,KAZ", "--world", "nowhere"), "unknown world"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(args: tuple[str, ...], message: str) -> None:
    done = _cli("bloc", *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "json-contracts.md"
OPEN = {"payoff_pct", "components", "missing", "probability", "names", "at_most_likely_values", "best_exit", "usd_bn"}
"""Keys whose own keys are members, components, meanings or exits."""


def _keys(item: object) -> list[str]:
    if isinstance(item, dict):
        inner = [key for name, part in item.items() if name not in OPEN for key in _keys(part)]
        return [*item, *inner]
    return [key for part in item for key in _keys(part)] if isinstance(item, list) else []


def test_every_key_is_documented() -> None:
    content = json.loads(_cli("bloc", "RUS,KAZ,BLR", "--draws", "2", "--json").stdout)
    words = set(re.findall(r"\w+", CONTRACT.read_text()))
    meanings = {"least_attached", "likeliest_to_reopen", "dearest_to_lose", "parameter", "rank_correlation"}
    sets = set(content["weak_link_by_set"])
    assert set(_keys(content)) - set(content["by_member"]) - meanings - sets <= words


def test_an_example_is_asked_by_name_and_read_from_its_numbers() -> None:
    done = _cli("bloc", "mercosur-and-neighbours", "--draws", "0")
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    content = json.loads(_cli("bloc", "mercosur-and-neighbours", "--draws", "0", "--json").stdout)
    assert content["example"]["note"] in text
    assert "MER (ARG, BRA, PRY, URY)" in text and "energy and transit (no figures with MER as hub)" in text
    for code, member in content["by_member"].items():
        share = member["payoff_pct"]["total"]["value"]
        worth = abs(share) / 100 * member["income_usd_bn"]["value"]
        assert f"{code} {'gains' if share >= 0 else 'loses'} {worth:.2f} ({abs(share):.2f}%)" in text


def test_without_draws_no_share_of_draws_is_shown_and_with_them_both_shares_say_what_they_count() -> None:
    alone = " ".join(_cli("bloc", "north-america", "--draws", "0").stdout.split())
    assert "100%" not in alone and "of the draws" not in alone and "draws in ten" not in alone
    assert "no figure on how often USA cuts trade off" in alone and "without energy and transit" not in alone
    drawn = " ".join(_cli("bloc", "RUS,KAZ,BLR", "--draws", "3").stdout.split())
    assert "nobody gains by leaving, offers from outside counted." in drawn
    assert "stable, offers from outside left out" in drawn and "nine draws in ten" in drawn
    assert "price for transit, for politics" in drawn and "hold-up rent, USD bn" not in drawn


def test_transfers_name_who_needs_them_and_who_could_pay() -> None:
    content = json.loads(_cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--json").stdout)
    text = " ".join(sentences(content, str))
    above = {code: member["slack_full_usd_bn"]["value"] for code, member in content["by_member"].items()}
    said = f"(to RUS {-above['RUS']:.2f}; KAZ has {above['KAZ']:.2f} and BLR {above['BLR']:.2f} above their best exits)"
    assert f"transfers of {-above['RUS']:.2f} would hold all {said}." in text
    content["by_member"]["KAZ"]["slack_full_usd_bn"]["value"] = -0.1
    assert f"(to RUS {-above['RUS']:.2f} and KAZ 0.10; BLR has {above['BLR']:.2f} above its best exit)" in " ".join(
        sentences(content, str)
    )


def test_members_that_lose_together_cannot_be_held_by_transfers() -> None:
    text = " ".join(_cli("bloc", "mercosur-and-neighbours", "--draws", "0").stdout.split())
    assert "Together the members have less than at their best exits, so no transfers among them would hold all." in text


def test_what_counts_the_same_is_shown_once_and_a_weak_link_needs_a_choice() -> None:
    done = _cli("bloc", "russia-china", "--draws", "0")
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "CHN is the only member beside the hub" in text and "weak link among" not in text
    assert "burden of CHN (no figure for the soldiers pledged" in text  # Russia's is in the table
    three = json.loads(_cli("bloc", "ASE,CHN,JPN", "--draws", "0", "--json").stdout)
    assert [link["same_as"] for link in three["weak_link_by_set"].values()] == [None, "central", "central", "central"]
    shown = _cli("bloc", "ASE,CHN,JPN", "--draws", "0").stdout
    assert "all components" in shown and "no energy rent" not in shown and "eastern partners" not in shown


def test_an_amount_too_small_to_print_is_said_to_be_small() -> None:
    content = json.loads(_cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--json").stdout)
    content["by_member"]["KAZ"]["slack_full_usd_bn"]["value"] = -0.001
    content["by_member"]["KAZ"]["payoff_pct"]["total"]["value"] = -0.0001
    text = " ".join(sentences(content, str))
    assert "KAZ loses less than 0.01" in text and "KAZ by less than 0.01" in text


def test_a_number_outside_its_own_range_is_named_with_the_reason() -> None:
    done = _cli("bloc", "RUS,KAZ,BLR", "--draws", "20", "--json")
    content = json.loads(done.stdout)
    for member in content["by_member"].values():  # every range holds its number
        for band in (*member["payoff_pct"].values(), *(each for each in member.values() if _has_ends(each))):
            if _has_ends(band):
                band.update(lo=band["value"] - 1, hi=band["value"] + 1)
    assert not any(text.startswith("Outside") for text in sentences(content, str))
    kazakhstan = content["by_member"]["KAZ"]
    kazakhstan["critical_discount_factor"] |= {"value": 0.0, "lo": 0.01, "hi": 0.34}
    kazakhstan["payoff_pct"]["trade"] |= {"value": 0.4999, "lo": 0.1, "hi": 0.4991}  # the same in two decimals
    (text,) = [text for text in sentences(content, str) if text.startswith("Outside")]
    named = "KAZ, patience hub needs to pay it: 0.00 (0.01 to 0.34). Those values, put together,"
    assert text.startswith(f"Outside its own range at the most likely values: {named}")
    content["by_member"]["BLR"]["payoff_pct"]["total"] |= {"value": 3.0, "lo": 1.0, "hi": 2.0}
    (text,) = [text for text in sentences(content, str) if text.startswith("Outside")]
    assert "their own range at the most likely values: BLR, sum: 3.00 (1.00 to 2.00) and KAZ, patience" in text
    content["draws"] = 0
    assert not any(text.startswith("Outside") for text in sentences(content, str))


def _has_ends(found: object) -> bool:
    return isinstance(found, dict) and found.get("lo") is not None


def test_examples_are_listed() -> None:
    listed = json.loads(_cli("bloc", "--json").stdout)["blocs"]
    assert len(listed) >= 4 and all(row["title"] in " ".join(_cli("bloc").stdout.split()) for row in listed)


def test_an_unknown_example_suggests_one() -> None:
    done = _cli("bloc", "north-amerika")
    assert done.exit_code == 2 and "did you mean north-america?" in done.stderr


def test_an_example_that_needs_a_world_of_its_own_says_how_to_build_it() -> None:
    done = _cli("bloc", "gulf", "--draws", "0")
    assert done.exit_code == 2 and "multipolar world build world-2009-197" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_belief_is_stated_and_chosen() -> None:
    gamma = json.loads(_cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--json").stdout)
    delta = json.loads(_cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--belief", "delta", "--json").stdout)
    for content, belief in ((gamma, "gamma"), (delta, "delta")):
        assert content["belief"] == belief
        assert content["stability"]["shapley_value"]["belief"] == belief
        assert [content["stability"][name]["belief"] for name in ("core", "core_delta")] == ["gamma", "delta"]
        shares = content["stability"]["shapley_value"]["usd_bn"].values()
        total = sum(
            m["payoff_pct"]["total"]["value"] / 100 * m["income_usd_bn"]["value"] for m in content["by_member"].values()
        )
        assert sum(shares) == pytest.approx(total)
    assert gamma["stability"]["shapley_value"]["usd_bn"] != delta["stability"]["shapley_value"]["usd_bn"]
    assert "unknown belief" in _cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--belief", "omega").stderr


def test_the_page_draws_the_maps_of_the_record(tmp_path: Path) -> None:
    done = _cli("bloc", "RUS,KAZ,BLR", "--draws", "0", "--out", str(tmp_path), "--json")
    content = json.loads(done.stdout)
    page = (tmp_path / "report.html").read_text()
    assert page.count("<rect ") == sum(len(m["stays"]) * len(m["stays"][0]) for m in content["maps"]) > 0
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    everyone = sum(all(cell) for row in content["maps"][0]["stays"] for cell in row)
    assert page.count(": all stay</title>") >= everyone
