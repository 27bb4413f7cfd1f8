"""Reading YAML that nobody has vetted: plain data only, bounded in size, with the line of every value.

The parser's events are turned into data directly, so no object is ever constructed from a tag, no alias is ever
expanded, and depth and size are bounded before anything is built. Scalars follow the YAML 1.2 core schema: ``on``,
``no`` and ``yes`` are words, and ``1e-3`` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from multipolar.errors import ScenarioError, printable

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Document", "load_document", "read_document"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 20_000
_MAX_SCALAR_DIGITS = 40

_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What no text of a file may hold: a terminal would obey it (escapes, direction of writing) or could not print it."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain data read from one file.

    Attributes
    ----------
    data
        The mapping that the file holds.
    lines
        Line number, from 1, of every key and list item, by its path in `data`.
    file
        Name used in messages, None for text without a file.
    """

    data: dict[str, Any]
    lines: dict[Path_, int] = field(repr=False)
    file: str | None

    def line(self, path: Path_) -> int:
        """Return the line of a path, or of the nearest container that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(path: str | Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    ScenarioError
        Naming file and line: no such file, over 1 MB, not UTF-8 text, or anything `load_document` refuses.
    """
    name = str(path)
    if "\0" in name:
        raise ScenarioError("a file name cannot hold a NUL character; give a plain path")
    try:
        if Path(path).is_dir():
            raise ScenarioError("no such file, it is a folder; give the path of a YAML file in it", name)
        if not Path(path).is_file():
            raise ScenarioError("no such file; give the path of a YAML file or the name of a shipped one", name)
        with open(path, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}; check the path and its permissions", name) from error
    return load_document(raw, name)


def load_document(text: str | bytes, file: str | None = None) -> Document:
    """Turn YAML text into plain data with line numbers.

    Parameters
    ----------
    text
        At most 1 MB, UTF-8 if bytes.
    file
        Name used in messages.

    Raises
    ------
    ScenarioError
        Naming the line: malformed YAML, a tag, an anchor or alias, a key that stands twice, a second document,
        content that is no mapping, nesting deeper than 20 or more than 20,000 values.
    """
    text = _decoded(text, file)
    try:
        data, lines = _Builder(file).build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = _one_line(error.problem or error.context or "malformed")
        line = mark.line + 1 if mark else None
        raise ScenarioError(f"not valid YAML: {problem}; check indentation, colons and quotes", file, line) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"not valid YAML: {_one_line(error)}; save it as plain UTF-8 text", file) from None
    if data is None:
        raise ScenarioError("the file is empty; write at least schema, kind, id and title", file)
    if not isinstance(data, dict):
        raise ScenarioError("the file must hold a mapping (key: value), not a bare list or value", file, 1)
    return Document(data, lines, file)


def _decoded(text: str | bytes, file: str | None) -> str:
    """Refuse what is too big or no text, before the parser sees it."""
    if len(text) > MAX_BYTES:
        raise ScenarioError(f"larger than {MAX_BYTES // 1_000_000} MB; a scenario file is a few kB of text", file)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text[: error.start].count(b"\n") + 1
            raise ScenarioError("not UTF-8 text; save the file as UTF-8", file, line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ScenarioError("holds a NUL byte, so it is no text file; save it as UTF-8 text", file, line)
    text = text.removeprefix("\ufeff")
    for found in _CONTROL.finditer(text):
        if found.group() != "\r":
            raise ScenarioError(_control(found), file, text[: found.start()].count("\n") + 1)
    return text


def _control(found: re.Match[str]) -> str:
    name = f"U+{ord(found.group()):04X}"
    return f"the text holds the control character {name}; remove it, plain text is enough"


def _one_line(message: object) -> str:
    flat = printable(str(message)[:400])
    return flat if len(flat) <= 160 else flat[:159] + "…"


@dataclass
class _Frame:
    """A list or mapping under construction."""

    path: Path_
    value: list[Any] | dict[str, Any]
    key: str | None = None


class _Builder:
    """Builds plain data from parser events with an explicit stack, so that depth cannot exhaust Python's own."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.stack: list[_Frame] = []
        self.root: Any = None
        self.documents = 0
        self.nodes = 0

    def build(self, events: Iterator[yaml.Event]) -> tuple[Any, dict[Path_, int]]:
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.DocumentStartEvent):
                self._start_document(event, line)
            elif isinstance(event, yaml.AliasEvent):
                raise self._error("aliases (*name) are not accepted; write the value out", line)
            elif isinstance(event, yaml.NodeEvent):
                self._refuse_extras(event, line)
                if isinstance(event, yaml.ScalarEvent):
                    self._refuse_control(event.value, line)
                self._add_node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        return self.root, self.lines

    def _error(self, message: str, line: int) -> ScenarioError:
        return ScenarioError(message, self.file, line)

    def _start_document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._error("a second document starts here (---); keep one document in a file", line)
        if event.tags:
            raise self._error("%TAG directives are not accepted; remove the line", line)

    def _refuse_extras(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise self._error("anchors (&name) are not accepted; write the value out where it is used", line)
        if event.tag is not None:
            raise self._error(f"tags are not accepted; remove '{_one_line(event.tag)}'", line)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES:,} values; split the file", line)

    def _refuse_control(self, text: str, line: int) -> None:
        found = _CONTROL.search(text)
        if found:
            raise self._error(_control(found), line)

    def _add_node(self, event: yaml.NodeEvent, line: int) -> None:
        if self._expects_key():
            self._set_key(event, line)
            return
        value = self._scalar(event, line) if isinstance(event, yaml.ScalarEvent) else self._container(event)
        path = self._place(value)
        self.lines.setdefault(path, line)
        if isinstance(value, list | dict):
            if len(self.stack) >= MAX_DEPTH:
                raise self._error(f"nested deeper than {MAX_DEPTH} levels; flatten the file", line)
            self.stack.append(_Frame(path, value))

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _set_key(self, event: yaml.NodeEvent, line: int) -> None:
        frame = self.stack[-1]
        if not isinstance(event, yaml.ScalarEvent) or not event.value:
            raise self._error("a key must be a word; write 'key: value'", line)
        if event.value in frame.value:
            first = self.lines[(*frame.path, event.value)]
            raise self._error(f"key '{_one_line(event.value)}' stands twice (first on line {first}); keep one", line)
        frame.key = event.value
        self.lines[(*frame.path, event.value)] = line

    def _container(self, event: yaml.NodeEvent) -> list[Any] | dict[str, Any]:
        return [] if isinstance(event, yaml.SequenceStartEvent) else {}

    def _place(self, value: Any) -> Path_:
        """Put a value where it belongs and return its path."""
        if not self.stack:
            self.root = value
            return ()
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
            return (*frame.path, len(frame.value) - 1)
        assert frame.key is not None
        path = (*frame.path, frame.key)
        frame.value[frame.key] = value
        frame.key = None
        return path

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        text = event.value
        if event.style is not None:  # quoted or block text is always text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _FLOAT.match(text):
            if len(text) > _MAX_SCALAR_DIGITS:
                raise self._error(f"a number with {len(text)} digits; write it with fewer", line)
            return int(text) if _INT.match(text) else float(text)
        return text
