"""Shipped files, damaged in every way we could think of: each is still read, or refused in one line."""

from __future__ import annotations

import copy
import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from multipolar.data.yamlfile import load_document
from multipolar.errors import InputError
from multipolar.scenario import derive_policy, parse_scenario, parse_study, shipped_scenarios, shipped_studies
from multipolar.scenario.files import shipped_text
from multipolar.scenario.fitting import fit_study, study_world
from multipolar.world.bundled import load_world

WORLD = load_world()
FILES = [("scenario", name) for name in shipped_scenarios()] + [("study", name) for name in shipped_studies()]
ROUNDS = 400
SECONDS, MEGABYTES = 20.0, 100
"""Far above what the worst file takes, even on a busy machine, and far below what would hurt one."""

WORDS = [
    *(
        "",
        "~",
        "true",
        "no",
        "0",
        "-0",
        "1",
        "-1",
        "1e300",
        "-1e308",
        "1e400",
        ".nan",
        ".inf",
        "-.inf",
        "9" * 39,
        "9" * 5000,
    ),
    *("0x10", "1_000", "1:30", "0o7", "٣", "1e", "+", "-", "10%", "[]", "{}", "[[]]", "{a: {b: 1}}", "all", "[all]"),
    *(
        "0001-01-01",
        "9999-12-31",
        "2009-13-01",
        "2009-06-15T00:00:00Z",
        "KAZ",
        "Kazakhstan",
        "DEU",
        "EUN",
        "{club: WTO}",
    ),
    *(
        "!!python/object/apply:os.system [id]",
        "!!binary aGk=",
        "!x y",
        "&a [x]",
        "*a",
        "<<: *a",
        "? a",
        "|",
        ">-",
        "%TAG",
        "---",
    ),
    *(
        '"\\e[31m"',
        '"\\uD800"',
        '"\\u202e"',
        '"a\\nb"',
        "'",
        '"',
        "@",
        "`",
        "#",
        "\t",
        "- -",
        "a: b: c",
        "\x1b[2J",
        "\x85",
        "\0",
    ),
    *(
        "x" * 5_000,
        "é" * 300,
        "[" * 25 + "]" * 25,
        "{a: " * 25 + "}" * 25,
        "../../etc/passwd",
        "/dev/zero",
        "leader",
        "none",
    ),
]
JUNK: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        10**30,
        -(10**30),
        0.5,
        1e300,
        -1e300,
        1e-300,
        float("nan"),
        float("inf"),
        "",
        " ",
        "all",
    ),
    *(
        "KAZ",
        "RUS",
        "Kazakhstan",
        "ZZZ",
        "goods",
        "fuel",
        [],
        {},
        [[]],
        [None],
        ["KAZ", "KAZ"],
        ["KAZ", 1],
        {"club": "WTO"},
    ),
    *(
        {"club": 1},
        {"value": 1, "lo": 0, "hi": 2},
        {"value": 0, "lo": -1e308, "hi": 1e308},
        {"value": "x"},
        {"a": {"b": []}},
    ),
    *([{"kind": "tariff"}], {"kind": "tariff"}, {"use": "russia-wto-alone"}, {"use": 1}, ["a"] * 400, "x" * 25_000),
]


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def truncated(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def a_line_twice(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return "".join([*lines[: at + 1], lines[at], *lines[at + 1 :]])


def lines_moved(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], " " * rng.randrange(4) + lines[a]
    return "".join(lines)


def a_value_replaced(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    at = rng.choice([i for i, line in enumerate(lines) if ":" in line])
    lines[at] = f"{lines[at].partition(':')[0]}: {rng.choice(WORDS)}"
    return "\n".join(lines)


def characters_replaced(rng: random.Random, text: str) -> str:
    found = list(text)
    for _ in range(rng.randrange(1, 8)):
        found[rng.randrange(len(found))] = rng.choice("\0\x1b\t\n :-{}[],&*!|>%@`'\"#0a\u2028\ufeffé")
    return "".join(found)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


def a_node_replaced(rng: random.Random, text: str) -> str:
    data = copy.deepcopy(load_document(text).data)
    for _ in range(rng.randrange(1, 4)):
        *above, last = rng.choice(places(data)[1:])
        holder: Any = data
        for key in above:
            holder = holder[key]
        what = rng.randrange(4)
        if what == 0:
            del holder[last]
        elif what == 1 and isinstance(holder, dict):
            holder[rng.choice(["sectors", "kind", "members", "rate", "id", "use", "on", "x" * 90, "resolve"])] = (
                holder.pop(last)
            )
        else:
            holder[last] = copy.deepcopy(rng.choice(JUNK))
        if len(places(data)) < 2:
            break
    return yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True)


def other_encoding(rng: random.Random, text: str) -> bytes:
    return (text + "# é\n").encode(
        rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037", "utf-7"])
    )


def bytes_replaced(rng: random.Random, text: str) -> bytes:
    found = bytearray(text.encode())
    for _ in range(rng.randrange(1, 10)):
        found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


MUTATIONS: list[Callable[[random.Random, str], str | bytes]] = [
    truncated,
    a_line_twice,
    lines_moved,
    a_value_replaced,
    a_value_replaced,
    characters_replaced,
    a_node_replaced,
    a_node_replaced,
    a_node_replaced,
    other_encoding,
    bytes_replaced,
]


def read(kind: str, text: str | bytes) -> InputError | None:
    """Do with a file what ``check`` does, short of solving; return the error that refused it."""
    try:
        if kind == "scenario":
            derive_policy(WORLD, parse_scenario(text, "any.yaml"))
            return None
        study = parse_study(text, "any.yaml")
        fit_study(study, study_world(study))
        base = study.baseline_scenario()
        for scenario in (*study.resolved_scenarios(), *([] if base is None else [base])):
            derive_policy(WORLD, scenario)
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(4))
def test_every_mutation_is_read_or_refused_in_one_line(seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for turn in range(ROUNDS // 4):
        kind, name = FILES[turn % len(FILES)]
        text = shipped_text(kind, name)[0].decode()
        mutation = rng.choice(MUTATIONS)
        damaged = mutation(rng, text)
        start = time.process_time()
        error = read(kind, damaged)
        assert time.process_time() - start < SECONDS, (name, mutation.__name__)
        if error is None:
            continue
        refused += 1
        message = str(error)
        assert message.isprintable(), (name, mutation.__name__, message)
        assert message.startswith(("any.yaml: ", "any.yaml:", "library/")), message
        assert len(message) < 1500, message
        assert "nput should" not in message, "pydantic's own words reach the user"
    assert refused > ROUNDS // 8, "most of the damage is refused"


HUGE: dict[str, Callable[[], str]] = {
    "10 MB of text": lambda: "a: " + "x" * 10_000_000,
    "10 MB of blank lines": lambda: "\n" * 10_000_000,
    "blank lines": lambda: "\n" * 50_000,
    "flow lists": lambda: "a: " + "[" * 500_000,
    "flow mappings": lambda: "{a: " * 100_000,
    "nested blocks": lambda: "\n".join(" " * i + "a:" for i in range(1, 1_400)),
    "dashes": lambda: "- " * 400_000,
    "list items": lambda: "a: [" + "1," * 25_000 + "1]",
    "quotes": lambda: "a: " + "'" * 100_000,
    "escapes": lambda: 'a: "' + "\\u0041" * 20_000 + '"',
    "digits": lambda: "a: " + "9" * 100_000,
    "points": lambda: "a: " + "1." * 50_000,
    "a tag of percent signs": lambda: "a: !" + "%1b" * 20_000 + " x",
    "anchors": lambda: "a: [" + "&a x, " * 50_000 + "]",
    "a billion laughs": lambda: (
        "a: &a [x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    ),
    "a long title": lambda: "schema: 1\nkind: scenario\nid: x\nshocks: []\ntitle: " + "x" * 100_000,
    "a long name": lambda: "schema: 1\nkind: study\nid: x\ntitle: X\nscenarios: [{use: " + "x" * 100_000 + "}]",
    "unknown fields": lambda: "schema: 1\nkind: scenario\n" + "\n".join(f"k{i}: 1" for i in range(2_000)),
    "members": lambda: AREAS + "- {kind: free_trade_area, members: [" + ", ".join(f"A{i}" for i in range(3_000)) + "]}",
    "areas": lambda: (
        AREAS + "- {kind: free_trade_area, members: all, non_tariff_cost: -0.001, resolve: {union: tolerate}}\n" * 25
    ),
}
AREAS = "schema: 1\nkind: scenario\nid: x\ntitle: X\nshocks:\n"


@pytest.mark.parametrize("what", HUGE)
def test_huge_files_take_bounded_time_and_memory(what: str) -> None:
    text = HUGE[what]()
    kind = "study" if "kind: study" in text[:100] else "scenario"
    start = time.process_time()
    tracemalloc.start()
    try:
        error = read(kind, text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < SECONDS
    assert peak < MEGABYTES * 1e6
    assert (error is None) == (what == "areas")
    assert error is None or (str(error).isprintable() and len(str(error)) < 1500)
