"""Properties of scenario files: draws stay in range, policies are valid, hostile text never breaks the reader."""

from __future__ import annotations

from typing import Any

import numpy as np
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.errors import InputError, ScenarioError
from multipolar.scenario import Range, Scenario, derive_policy, parse_scenario, parse_study
from multipolar.triangular import triangular_quantile
from toys import toy_world

CODES = ("RUS", "KAZ", "BLR", "UKR", "TUR", "EUN", "CHN", "ROW")
WORLD = toy_world(CODES)
UNIT = st.floats(0.0, 1.0)
EASY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), UNIT)
def test_quantiles_stay_in_range(values: list[float], u: float) -> None:
    lo, mode, hi = sorted(values)
    assert lo <= triangular_quantile(lo, mode, hi, u) <= hi


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), UNIT, UNIT)
def test_quantiles_rise_with_u(values: list[float], u: float, v: float) -> None:
    lo, mode, hi = sorted(values)
    low, high = sorted((u, v))
    slack = 1e-12 * max(1.0, hi - lo, abs(lo), abs(hi))
    assert triangular_quantile(lo, mode, hi, low) <= triangular_quantile(lo, mode, hi, high) + slack


def quantity(lowest: float, highest: float) -> st.SearchStrategy[Any]:
    number = st.floats(lowest, highest).map(lambda x: round(x, 4))
    band = st.lists(number, min_size=3, max_size=3).map(sorted).map(lambda v: {"lo": v[0], "value": v[1], "hi": v[2]})
    return number | band


economy = st.sampled_from(CODES)
several = st.lists(economy, min_size=1, max_size=4, unique=True)
maybe_sectors = st.fixed_dictionaries(
    {}, optional={"sectors": st.sampled_from(["goods", "energy", ["goods", "energy"]])}
)
resolve = st.fixed_dictionaries(
    {},
    optional={
        "resolve": st.fixed_dictionaries(
            {},
            optional={
                "WTO": st.sampled_from(["bind", "compensate", "breach"]),
                "union": st.sampled_from(["leave_first", "tolerate"]),
            },
        )
    },
)
CHANGE, RATE = quantity(-0.3, 0.5), quantity(0.0, 0.5)


@st.composite
def shocks(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(
            [
                "tariff",
                "customs_union",
                "free_trade_area",
                "wto_accession",
                "association",
                "sanction",
                "leave",
                "transfer",
            ]
        )
    )
    found: dict[str, Any] = {"kind": kind, **draw(resolve)}
    if kind == "tariff":
        found |= {"importers": draw(several), **draw(maybe_sectors)}
        found |= draw(st.sampled_from(["rate", "factor"]).flatmap(lambda k: RATE.map(lambda q: {k: q})))
        found |= draw(st.fixed_dictionaries({}, optional={"origins": several}))
    elif kind == "customs_union":
        members = draw(st.lists(economy, min_size=2, max_size=4, unique=True))
        found |= {"members": members, "non_tariff_cost": draw(CHANGE), "internal_tariff": draw(quantity(0, 0.02))}
        rule = draw(st.sampled_from(["leader", "trade_weighted_mean", "listed"]))
        rates = {"rates": {"goods": draw(RATE), "energy": draw(RATE)}} if rule == "listed" else {}
        found["external_tariff"] = {"rule": rule, **rates}
        if rule == "leader":
            found["leader"] = members[0]
        if draw(st.booleans()):
            found["revenue_sharing"] = {m: 1 / len(members) for m in members}
    elif kind == "free_trade_area":
        found |= {"members": draw(several), "non_tariff_cost": draw(CHANGE), **draw(maybe_sectors)}
    elif kind == "wto_accession":
        found |= {"economies": draw(several), "factor": draw(quantity(0, 1)), "joint": draw(st.booleans())}
    elif kind == "association":
        found |= {"hub": draw(economy), "associate": draw(economy), "rate": draw(RATE)}
        found |= {"cuts": draw(st.sampled_from(["both", "associate", "hub"]))}
    elif kind == "sanction":
        found |= {"senders": draw(several), "targets": draw(several)}
        found |= draw(st.sampled_from([{"ban": True}, {"cost": 0.3}]))
    elif kind == "leave":
        found |= {"economy": draw(economy)}
        found |= draw(
            st.sampled_from(["CISFTA", "EURASEC", "WTO", "EUCU"]).map(lambda c: {"club": c})
            | several.map(lambda m: {"members": m})
        )
    else:
        found |= {"from": draw(economy), "to": draw(economy), "usd_mn": draw(quantity(0, 100))}
    return found


@st.composite
def scenario_texts(draw: st.DrawFn) -> str:
    data = {
        "schema": 1,
        "kind": "scenario",
        "id": "any",
        "title": "Any",
        "shocks": draw(st.lists(shocks(), min_size=1, max_size=6)),
    }
    return yaml.dump(data, sort_keys=False, Dumper=_Plain)


class _Plain(yaml.SafeDumper):
    """Writes repeated lists out, since files may hold no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def ranges(item: Any) -> list[tuple[str, Range]]:
    if isinstance(item, Range):
        return [("", item)]
    if isinstance(item, tuple):
        return [(f"[{i}]{path}", r) for i, part in enumerate(item) for path, r in ranges(part)]
    if isinstance(item, dict):
        return [(f":{key}{path}", r) for key, part in item.items() for path, r in ranges(part)]
    if hasattr(type(item), "model_fields"):
        return [(f".{name}{path}", r) for name in type(item).model_fields for path, r in ranges(getattr(item, name))]
    return []


def at_path(item: Any, path: str) -> Any:
    import re

    for name, index, key in re.findall(r"\.(\w+)|\[(\d+)\]|:(\w+)", path):
        item = getattr(item, name) if name else item[int(index)] if index else item[key]
    return item


@EASY
@given(scenario_texts(), st.dictionaries(st.text(max_size=5), UNIT), UNIT)
def test_a_draw_stays_in_its_range_and_leaves_no_range(text: str, by_name: dict[str, float], other: float) -> None:
    try:
        scenario = parse_scenario(text)
    except ScenarioError:
        return
    drawn = scenario.sampled(lambda key: by_name.get(key, other))
    assert isinstance(drawn, Scenario)
    assert ranges(drawn) == []
    for path, band in ranges(scenario):
        assert band.lo <= at_path(drawn, path) <= band.hi


@EASY
@given(scenario_texts(), UNIT)
def test_a_policy_is_valid_or_the_file_is_refused(text: str, u: float) -> None:
    try:
        policy = derive_policy(WORLD, parse_scenario(text, "any.yaml").sampled(lambda key: u))
    except ScenarioError as error:
        assert error.file == "any.yaml", error
        assert error.line is not None
        assert "\n" not in str(error)
        return
    n = len(CODES)
    home = np.arange(n)
    assert np.isfinite(policy.tariff).all()
    assert (policy.tariff >= 0).all()
    assert (policy.tariff[home, home] == 0).all()
    assert (policy.cost_hat[home, home] == 1).all()
    assert (policy.cost_hat > 0).all()
    assert abs(policy.transfer.sum()) < 1e-6 * max(1.0, np.abs(policy.transfer).max())
    assert np.allclose(policy.revenue_share.sum(axis=0), 1.0)
    services = WORLD.sector_index("services")
    assert (policy.tariff[:, :, services] == 0).all()


@EASY
@given(st.lists(shocks(), min_size=1, max_size=3))
def test_deriving_twice_gives_the_same(items: list[dict[str, Any]]) -> None:
    text = yaml.dump({"schema": 1, "kind": "scenario", "id": "any", "title": "Any", "shocks": items}, Dumper=_Plain)
    try:
        scenario = parse_scenario(text)
        first, second = derive_policy(WORLD, scenario), derive_policy(WORLD, scenario)
    except ScenarioError:
        return
    assert first.notes == second.notes
    assert np.array_equal(first.tariff, second.tariff)
    assert np.array_equal(first.cost_hat, second.cost_hat)


@EASY
@given(scenario_texts(), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 5), st.text(max_size=4)), max_size=6))
def test_damaged_files_raise_only_scenario_errors(text: str, edits: list[tuple[int, int, str]]) -> None:
    for position, cut, insert in edits:
        at = position % (len(text) + 1)
        text = text[:at] + insert + text[at + cut :]
    try:
        derive_policy(WORLD, parse_scenario(text, "any.yaml"))
    except ScenarioError as error:
        assert "\n" not in str(error)


YAMLISH = st.text(alphabet="ab:-{}[],'\"#&*!|>?%@`\n \t0129.~<=é\u2028\ufeff\0", max_size=80)


@EASY
@given(YAMLISH | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_raises_only_scenario_errors(text: str | bytes) -> None:
    for parse in (parse_scenario, parse_study):
        try:
            parse(text, "any.yaml")
        except ScenarioError as error:
            assert "\n" not in str(error)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)


@EASY
@given(st.sampled_from(["scenario", "study"]), st.data())
def test_any_data_in_any_field_raises_only_input_errors(kind: str, data: st.DataObject) -> None:
    fields = [
        "id",
        "title",
        "on",
        "shocks",
        "resolutions",
        "reference",
        "scenarios",
        "published",
        "contrasts",
        "elasticities",
    ]
    content = {"schema": 1, "kind": kind, "id": "any", "title": "Any"}
    content |= data.draw(st.dictionaries(st.sampled_from(fields), json_like, max_size=4))
    if data.draw(st.booleans()):
        shock = data.draw(shocks())
        shock[data.draw(st.sampled_from(sorted(shock)))] = data.draw(json_like)
        content["shocks"] = [shock]
    text = yaml.dump(content, Dumper=_Plain, allow_unicode=True)
    try:
        if kind == "scenario":
            derive_policy(WORLD, parse_scenario(text, "any.yaml"))
        else:
            parse_study(text, "any.yaml").resolved_scenarios()
    except InputError as error:
        assert isinstance(error, ScenarioError)
