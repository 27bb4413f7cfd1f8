"""Texts of files, made safe to print."""

from __future__ import annotations

import unicodedata

__all__ = ["count", "plain"]

_CONTROL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories kept from the terminal: controls, invisible marks (some reverse a line), halves of pairs."""


def plain(text: str) -> str:
    """Return a text without control characters: a terminal obeys some of them, and no title needs any.

    Line breaks and tabs stay.

    Parameters
    ----------
    text
        From anywhere.
    """
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _CONTROL)


def count(number_of: int, word: str) -> str:
    """Format a count with its noun: ``1 scenario``, ``3 economies``, ``1,122 flows``."""
    many = word.removesuffix("y") + "ies" if word.endswith("y") else word + "s"
    return f"{number_of:,} {word if number_of == 1 else many}"
