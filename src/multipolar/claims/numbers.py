"""Numbers of the claims, checked before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Iterable

from multipolar.errors import InputError

__all__ = ["NUMBERS", "check_numbers", "parse_numbers"]

NUMBERS = range(1, 29)
"""Of the claims of ``claims.yaml``."""


def parse_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a list like ``17,18``.

    Raises
    ------
    InputError
        If it is no such list, or a claim of that number does not exist.
    """
    try:
        found = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(f"'{text}' is no list of claims; write their numbers, like --only 17,18") from None
    if not found:
        raise InputError("--only names no claim; write numbers, like --only 17,18")
    check_numbers(found)
    return found


def check_numbers(numbers: Iterable[int], known: Iterable[int] = NUMBERS) -> None:
    """Refuse a number that no claim has; the message gives the range, and numbers that look like it.

    Raises
    ------
    InputError
        For the first such number.
    """
    known = tuple(known)
    for number in numbers:
        if number not in known:
            alike = [other for other in known if _one_digit_apart(str(number), str(other))]
            hint = f"; did you mean {', '.join(map(str, alike[:3]))}?" if alike else ""
            raise InputError(f"no claim {number}; claims are numbered {min(known)} to {max(known)}{hint}")


def _one_digit_apart(one: str, other: str) -> bool:
    """Whether a digit was typed too often, or two were swapped."""
    dropped = {one[:k] + one[k + 1 :] for k in range(len(one))}
    return other in dropped or (len(one) == len(other) > 1 and sorted(one) == sorted(other))
