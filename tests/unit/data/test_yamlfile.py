"""Files that nobody has vetted: what is read, what is refused, and where."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from multipolar.data.yamlfile import MAX_BYTES, load_document, read_document
from multipolar.errors import ScenarioError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: on", "on"),
        ("a: no", "no"),
        ("a: yes", "yes"),
        ("a: true", True),
        ("a: 'true'", "true"),
        ("a: 12", 12),
        ("a: 1e-3", 0.001),
        ("a: -.5", -0.5),
        ("a: 2009-06-15", "2009-06-15"),
        ("a: 0x10", "0x10"),
        ("a: 1_000", "1_000"),
        ("a:", None),
        ("a: ~", None),
        ('a: "1"', "1"),
        ("a: [1, x]", [1, "x"]),
        ("a: {b: {c: 2}}", {"b": {"c": 2}}),
    ],
)
def test_plain_values_follow_yaml_1_2(text: str, value: object) -> None:
    read = load_document(text).data["a"]
    assert read == value
    assert type(read) is type(value)


def test_lines_and_tabs_are_no_control_characters() -> None:
    assert load_document('a: "x\\ty\\n"\r\nb: |\r\n  x\r\n  y\r\n').data == {"a": "x\ty\n", "b": "x\ny\n"}


def test_keys_are_words_whatever_they_look_like() -> None:
    assert load_document("on: 1\nNO: 2\n3: x").data == {"on": 1, "NO": 2, "3": "x"}


def test_every_value_has_its_line() -> None:
    document = load_document("a: 1\nb:\n  - x\n  - c: 2\n    d: {e: 3}\n")
    assert document.line(("a",)) == 1
    assert document.line(("b",)) == 2
    assert document.line(("b", 0)) == 3
    assert document.line(("b", 1)) == 4
    assert document.line(("b", 1, "d")) == 5
    assert document.line(("b", 1, "d", "e")) == 5
    assert document.line(("b", 1, "unknown")) == 4


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "empty"),
        ("# nothing\n", None, "empty"),
        ("- a\n- b", 1, "must hold a mapping"),
        ("just text", 1, "must hold a mapping"),
        ("a: 1\na: 2", 2, "'a' stands twice (first on line 1)"),
        ("a: 1\nb: {c: 1, c: 2}", 2, "'c' stands twice"),
        ("a: 1\nb: !!python/object:os.system x", 2, "tags are not accepted"),
        ("a: !!str 1", 1, "tags are not accepted"),
        ("a: !local 1", 1, "tags are not accepted"),
        ("a: &x [1]", 1, "anchors (&name) are not accepted"),
        ("a: 1\nb: *x", 2, "aliases (*name) are not accepted"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("? [1, 2]\n: x", 1, "a key must be a word"),
        ("a: 1\n\tb: 2", 2, "not valid YAML"),
        ("a: [1,", 1, "not valid YAML"),
        ("a: 1\nb: x\0y", 2, "NUL"),
        ("a: " + "9" * 100, 1, "a number with 100 digits"),
        ("a: " + "[" * 30 + "]" * 30, 1, "nested deeper than 20"),
        ("a: [" + "1," * 25_000 + "1]", 1, "more than 20,000 values"),
        ('a: 1\nb: "x\\e[31m"', 2, "the control character U+001B"),
        ("a: 1\nb: x\x1b[31m", 2, "the control character U+001B"),
        ('a: 1\n"k\\u202e": 2', 2, "the control character U+202E"),
        ("a: 1  # \x9b31m in a comment", 1, "the control character U+009B"),
        ('a: "\\uD800"', 1, "the control character U+D800"),
        ('a: "x\\r"', 1, "the control character U+000D"),
        ("a: !<%1b[31m> x", 1, "remove '\\x1b[31m'"),
        ("%TAG ! tag:evil,2000:\n---\na: 1", None, "%TAG"),
    ],
)
def test_refused_with_line_and_reason(text: str, line: int | None, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_document(text, "f.yaml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("f.yaml")
    assert "\n" not in str(caught.value)
    if line is not None:
        assert caught.value.line == line


def test_a_billion_laughs_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(ScenarioError, match="anchors") as caught:
        load_document(bomb)
    assert caught.value.line == 1


def test_ten_megabytes_are_refused_before_parsing(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_text("a: [" + "1," * 5_000_000 + "1]")
    start = time.perf_counter()
    with pytest.raises(ScenarioError, match="larger than 1 MB"):
        read_document(path)
    assert time.perf_counter() - start < 1.0


def test_bytes_just_within_the_limit_are_read() -> None:
    text = "a: " + "x" * (MAX_BYTES - 3)
    assert len(load_document(text).data["a"]) == MAX_BYTES - 3
    with pytest.raises(ScenarioError, match="larger than"):
        load_document(text + "y")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: é".encode(encoding))
    with pytest.raises(ScenarioError, match="UTF-8"):
        read_document(path)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: é".encode("utf-8-sig"))
    assert read_document(path).data == {"a": "é"}


def test_missing_file_folder_and_odd_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioError, match="no such file"):
            read_document(path)
    with pytest.raises(ScenarioError, match="NUL"):
        read_document("a\0b")
