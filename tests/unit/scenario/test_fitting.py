"""Studies that name what their world does not have: found before anything is solved, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from multipolar.errors import ScenarioError
from multipolar.scenario import Study, load_study, parse_study
from multipolar.scenario.fitting import fit_study, study_world
from multipolar.world import World, write_world
from toys import toy_world

HEAD = "schema: 1\nkind: study\nid: test\ntitle: Test\nscenarios:\n  - use: russia-wto-alone\n"
PUBLISHED = """sources: [{id: s, citation: S}]
published:
  - id: p
    economy: KZ
    measure: real_income_pct
    scenario: russia-wto-alone
    value: 1
    source: s
"""
BASELINE = """contrasts:
  - kind: baseline
    id: b
    title: B
    shocks:
      - {kind: tariff, importers: KZA, rate: 0.1}
"""
OTHERS = "contrasts:\n  - {kind: elasticities, id: a, title: A,\n     elasticities: {goods: 3, fuel: 3}}\n"


def read(text: str) -> Study:
    return parse_study(HEAD + text, "study.yaml")


@pytest.fixture(scope="module")
def toy() -> World:
    return toy_world()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("focus:\n  - KAZ\n  - RUZ\n", 9, "focus: unknown economy 'RUZ'; did you mean RUS"),
        ("focus: Kazakhstan\n", 7, "focus: unknown economy 'Kazakhstan'; did you mean KAZ?"),
        ("focus: DEU\n", 7, "it is part of 'EUN'"),
        ("elasticities:\n  goods: 4\n  enrgy: 15\n", 9, "unknown sector 'enrgy'; did you mean energy?"),
        (PUBLISHED, 10, "published: unknown economy 'KZ'; did you mean KAZ?"),
        (OTHERS, 9, "unknown sector 'fuel'; known are energy, goods, services"),
        (BASELINE, 12, "unknown economy 'KZA'; did you mean KAZ?"),
    ],
)
def test_unknown_names(toy: World, text: str, line: int, words: str) -> None:
    study = read(text)
    with pytest.raises(ScenarioError) as caught:
        fit_study(study, toy)
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == ("study.yaml", line)


def test_a_study_of_other_sectors_says_whose_they_are(toy: World) -> None:
    said = {}
    for sector in ("fuel", "enrgy"):
        with pytest.raises(ScenarioError) as caught:
            fit_study(read(f"elasticities: {{{sector}: 4}}\n"), toy)
        said[sector] = str(caught.value)
    meant = "; the study gives them by sector of world-2009: write a study for the sectors of 'toy-0'"
    assert said["fuel"].endswith(f"known are energy, goods, services{meant}")
    assert said["enrgy"].endswith("did you mean energy?")  # a slip of the pen, not another world


def test_a_study_that_fits(toy: World) -> None:
    right = PUBLISHED.replace("KZ", "KAZ") + BASELINE.replace("KZA", "KAZ") + "focus: [KAZ]\nelasticities: {goods: 4}\n"
    fit_study(read(right), toy)


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ("wrld-2009", "unknown world 'wrld-2009'; did you mean world-2009?"),
        ("missing.npz", "no world file at"),
        ("some.world", "the name of a world file ends in .npz"),
        ("damaged.npz", "not a readable world file"),
        ("../outside.npz", "lies outside the study's folder"),
        ("/etc/outside.npz", "lies outside the study's folder"),
        ("link.npz", "lies outside the study's folder"),
    ],
)
def test_a_world_that_cannot_be_had(tmp_path: Path, toy: World, world: str, words: str) -> None:
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "study.yaml").write_text(HEAD + f"world: {world}\n")
    (folder / "damaged.npz").write_bytes(b"PK no zip")
    write_world(toy, tmp_path / "outside.npz")
    (folder / "link.npz").symlink_to(tmp_path / "outside.npz")
    with pytest.raises(ScenarioError) as caught:
        study_world(load_study(folder / "study.yaml"))
    assert words in str(caught.value)
    assert caught.value.line == 7
    assert caught.value.file == str(folder / "study.yaml")


def test_a_world_file_is_looked_for_beside_the_study(tmp_path: Path, toy: World) -> None:
    write_world(toy, tmp_path / "mine.npz")
    (tmp_path / "study.yaml").write_text(HEAD + "world: mine.npz\n")
    assert study_world(load_study(tmp_path / "study.yaml")).name == toy.name
    assert study_world(read("")).name == "world-2009"
