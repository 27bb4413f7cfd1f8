"""The report: self-contained, escaped, complete."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from multipolar.report import html_fragment, report_html, summary_text, write_result
from multipolar.report.figures import FIGURES, draw, inline_svg, to_svg
from toy_study import toy_summary

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> {{ 7 * 7 }} $\\frac{1}{0}$ & \"quoted\""


class _Reader(HTMLParser):
    """Collects tags, ids and everything a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src", "xlink:href", "srcset", "action", "data", "poster"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(toy_summary(6))


def test_nothing_is_fetched(page: str) -> None:
    reader = _read(page)
    assert all(link.startswith("#") for link in reader.links), [x for x in reader.links if not x.startswith("#")]
    assert not {"script", "link", "iframe", "img", "object", "embed", "form"} & set(reader.tags)
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_links_inside_the_page_lead_somewhere(page: str) -> None:
    reader = _read(page)
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))


def test_it_holds_what_a_reader_needs(page: str) -> None:
    text = " ".join(" ".join(_read(page).text).split())
    for part in (
        "A toy union",
        "What does a customs union do in a made-up world?",
        "In short",
        "At a glance",
        "Scenario by scenario",
        "Published figures",
        "One sector",
        "The tariff each would choose",
        "World check",
        "A. Nobody (2012), A made-up source",
        "multipolar run toy-union.yaml --world toy-0 --draws 6 --seed 7",
    ):
        assert part in text, part
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert 'name="viewport"' in page
    assert len(page) < 1_000_000


def _infected(value: Any) -> Any:
    """Put hostile text into every free text of a summary."""
    if isinstance(value, dict):
        texts = ("title", "question", "description", "name", "citation", "note", "url", "label", "reason", "place")
        return {k: HOSTILE if k in texts and isinstance(v, str) else _infected(v) for k, v in value.items()}
    if isinstance(value, list):
        return [HOSTILE if isinstance(v, str) and " " in v else _infected(v) for v in value]
    return value


def test_hostile_texts_stay_texts() -> None:
    summary = _infected(toy_summary(6))
    summary["scenarios"][0]["notes"] = [HOSTILE]
    for page in (report_html(summary), html_fragment(summary)):
        reader = _read(page)
        assert not {"script", "img"} & set(reader.tags)
        assert not reader.handlers
        assert "{{ 7 * 7 }}" in page
        assert "<script" not in page
    assert all(link.startswith("#") for link in _read(report_html(summary)).links)


def test_a_scenario_without_solution_is_shown_with_its_reason() -> None:
    summary = toy_summary(6)
    summary["scenarios"][1] |= {
        "status": "not_solved",
        "reason": "made to fail",
        "economies": {},
        "words": {},
        "decomposition": {},
        "residual": None,
    }
    summary["failed_draws"] = {"count": 1, "listed": [{"draw": 3, "scenario": None, "reason": "no world <b>"}]}
    page = report_html(summary)
    assert "Not solved: made to fail" in page
    assert "no world &lt;b&gt;" in page


def test_without_draws_and_without_extras() -> None:
    summary = toy_summary(0)
    summary |= {"published": [], "contrasts": [], "optimal_tariffs": [], "sources": [], "question": None}
    page = report_html(summary)
    assert "Published figures" not in page
    assert "None" not in " ".join(_read(page).text)


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.id)
def test_figures_are_stable_and_fit_the_page(kind: Any, narrow: bool) -> None:
    figure = draw(kind, toy_summary(6), narrow)
    assert figure is not None
    text = inline_svg(to_svg(figure), "p", 'a "label"')
    again = draw(kind, toy_summary(6), narrow)
    assert again is not None
    assert inline_svg(to_svg(again), "p", 'a "label"') == text
    assert text.startswith('<svg role="img" aria-label="a &quot;label&quot;"')
    reader = _read(text)
    assert all(name.startswith("p-") for name in reader.ids)
    assert all(link.startswith("#p-") for link in reader.links)
    assert "#1b1e23" not in text
    assert to_svg(figure).startswith("<?xml")


def test_figures_with_nothing_to_show_are_left_out(tmp_path: Path) -> None:
    summary = toy_summary(0)
    summary["published"] = []
    for scenario in summary["scenarios"]:
        scenario["bloc"] = None
        for measures in scenario["economies"].values():
            for name in [n for n in measures if n.startswith(("trade_", "imports_in", "imports_out"))]:
                del measures[name]
    write_result(summary, tmp_path)
    assert {p.stem for p in (tmp_path / "figures").iterdir()} == {"real-income", "wages-and-incomes"}
    assert json.loads((tmp_path / "summary.json").read_text()) == summary


def test_summary_with_nan_is_an_error(tmp_path: Path) -> None:
    summary = toy_summary(0)
    summary["seed"] = float("nan")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_result(summary, tmp_path)


def test_published_figures_are_named_in_words(page: str) -> None:
    text = " ".join(_read(page).text)
    assert "real wage, percent" in text
    assert "Low elasticities" in text
    section = page[page.index('id="published"') : page.index('id="contrasts"')]
    assert "real_wage_pct" not in section
    assert ">low<" not in section


def test_rows_of_a_contrast_that_hardly_differ_are_folded() -> None:
    summary = toy_summary(0)
    contrast = summary["contrasts"][1]
    rows = len(contrast["scenarios"]) * len(summary["focus"])
    main = {s["id"]: s for s in summary["scenarios"]}
    for scenario in contrast["scenarios"]:
        for code in summary["focus"]:
            for measure in ("real_income_pct", "real_wage_pct"):
                own = main[scenario["id"]]["economies"][code][measure]["value"]
                scenario["economies"][code][measure] = {"value": own, "lo": None, "hi": None}
    assert f"<summary>{rows} that hardly differ</summary>" in report_html(summary)
    scenario, code = contrast["scenarios"][0], summary["focus"][0]
    own = main[scenario["id"]]["economies"][code]["real_income_pct"]
    own["value"], scenario["economies"][code]["real_income_pct"]["value"] = 0.2, -0.2
    changed = report_html(summary)
    assert f"<summary>{rows - 1} that hardly differ</summary>" in changed
    assert "sign turns" in changed


def test_the_precision_of_the_sum_of_sources_is_measured() -> None:
    summary = toy_summary(0)
    code = summary["focus"][0]
    summary["scenarios"][1]["decomposition"][code]["labour_income_pct"] += 0.2
    assert "the largest gap in this study is 2e-01 percentage points" in report_html(summary)
    exact = re.search(r"the largest gap in this study is (\S+) percentage", report_html(toy_summary(0)))
    assert exact is not None
    assert float(exact.group(1)) < 1e-9


def test_balancing_is_told_by_median_and_largest_move() -> None:
    summary = toy_summary(0)
    summary["world_check"] |= {"largest_move_pct": 140.69, "median_move_pct": 1.5}
    page = report_html(summary)
    assert "the median moved by 1.50% and the one moved furthest by 140.69%" in page
    assert "no observed cell by more than" not in page


def test_the_median_is_shown_where_it_lies_apart_from_the_value() -> None:
    summary = toy_summary(6) | {"published": []}
    for scenario in summary["scenarios"]:
        for measures in scenario["economies"].values():
            for band in measures.values():
                if band["value"] is not None:
                    band.update(lo=band["value"] - 1.0, hi=band["value"] + 1.0, median=band["value"])
    assert '<span class="ends">median' not in report_html(summary)
    code = summary["focus"][0]
    band = summary["scenarios"][0]["economies"][code]["real_income_pct"]
    band.update(value=0.1, lo=-0.9, hi=1.1, median=0.4)
    page = report_html(summary)
    assert page.count('<span class="ends">median +0.40</span>') == 2  # at a glance, and under the scenario
    assert page.count("<u style=") == 1
    assert "15% of the band’s width" in page


@pytest.mark.parametrize(
    ("ends", "cell", "marker", "text"),
    [
        ((-0.0047524, -0.015975, -0.002198), "settled loss", "tone-loss settled", "loss"),
        ((0.001, -0.004, 0.004), "open still", "tone-still", "about nil"),
        ((0.003, 0.001, 0.004), "settled still", "tone-still settled", "about nil"),
        ((-0.001, -0.002, -0.0005), "settled still", "tone-still settled", "about nil"),
        ((0.2, -0.1, 0.3), "open gain", "tone-gain", "gain, sign not settled"),
    ],
)
def test_what_is_tinted_is_no_nil_and_what_is_filled_is_settled(
    ends: tuple[float, float, float], cell: str, marker: str, text: str
) -> None:
    summary = toy_summary(6)
    code = summary["focus"][0]
    band = dict(zip(("value", "lo", "hi"), ends, strict=True))
    for scenario in summary["scenarios"]:
        scenario["economies"][code]["real_income_pct"] = band
    page = report_html(summary)
    assert f'<td class="cell {cell}">' in page
    assert f'<span class="bar {marker}" title="{text}">' in page


def test_tables_show_no_second_terms_of_trade(page: str) -> None:
    scenarios = page[page.index('<section id="scenarios">') : page.index('<section id="published">')]
    assert "terms of trade" not in scenarios


def test_the_summary_is_written_as_the_standard_library_writes_it() -> None:
    for summary in (
        toy_summary(6),
        {"a": {}, "b": [], "c": [[], {}, None, True, 1, -0.0, 1e-300, 1e22, 'ä\n"\\\x07'], "ö": {"x": [1.5]}},
    ):
        assert summary_text(summary) == json.dumps(summary, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    with pytest.raises(ValueError, match="JSON compliant"):
        summary_text({"a": [float("inf")]})


def test_files_of_figures_stand_alone_and_the_page_says_it_in_its_own_words(tmp_path: Path) -> None:
    summary = toy_summary(6)
    write_result(summary, tmp_path)
    source = f"Source: multipolar {summary['version']}, world {summary['world']}, study"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    files = sorted((tmp_path / "figures").glob("*.svg"))
    assert len(files) >= 3 and source not in page
    titles = {kind.id: kind.title for kind in FIGURES}
    for file in files:
        text = " ".join(re.sub(r"<[^>]*>", " ", file.read_text(encoding="utf-8")).split())
        assert titles[file.stem] in text and source in text and "6 draws, seed 7" in text
