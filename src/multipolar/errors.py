"""One tree of exceptions, so that a caller can catch as much or as little as it wants.

::

    MultipolarError
    ├── InputError              bad input: names the place, the rule and the remedy (exit code 2)
    │   ├── AtlasError          a table of the atlas is malformed
    │   ├── UnknownNameError    an economy, sector, club or study nobody knows; suggests the nearest
    │   ├── DataError           a data file cannot be used as it stands; carries file and row
    │   ├── FetchError          a data set cannot be downloaded or is not what the catalog says
    │   ├── WorldError          a world breaks an accounting identity or cannot be read
    │   ├── ScenarioError       a scenario, study or recipe file breaks a rule; carries file and line
    │   │   └── CommitmentError two commitments of an economy contradict each other
    │   ├── GravityError        a panel, formula or estimate cannot be used; names column, row and remedy
    │   └── OutputError         a result cannot be written where it was asked to go
    └── NotSolvedError          the equilibrium did not reach its residual (exit code 3)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AtlasError",
    "CommitmentError",
    "DataError",
    "FetchError",
    "GravityError",
    "InputError",
    "MultipolarError",
    "NotSolvedError",
    "OutputError",
    "ScenarioError",
    "UnknownNameError",
    "WorldError",
]


class MultipolarError(Exception):
    """Root of everything this package raises on purpose."""


class InputError(MultipolarError):
    """Input that cannot be used as it stands."""


class AtlasError(InputError):
    """A table of the atlas is malformed; the message names file and line."""


class UnknownNameError(InputError):
    """A name that is not known, with the nearest known names.

    Parameters
    ----------
    kind
        What was looked for: ``"economy"``, ``"sector"``, ``"club"``, ``"study"``.
    name
        The name as given.
    known
        All names that would have been accepted.
    meant
        Those that the name stands for, such as the code of a country given by its full name; they are suggested in
        place of similar spellings.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], meant: Iterable[str] = ()) -> None:
        self.kind = kind
        self.name = name
        known = tuple(known)
        self.nearest = tuple(meant) or nearest_names(name, known)
        hint = f"; known are {', '.join(known)}" if 0 < len(known) <= 12 else ""
        hint = f"; the only one is '{known[0]}'" if len(known) == 1 else hint
        hint = f"; did you mean {' or '.join(self.nearest)}?" if self.nearest else hint
        super().__init__(f"unknown {kind} '{_shorten(name)}'{hint}")


class DataError(InputError):
    """A data file cannot be used as it stands.

    Parameters
    ----------
    message
        What is wrong, and the remedy, in one line.
    file, row
        Where; rows are lines of the file, the header being line 1. The message is prefixed ``file:row:``.
    """

    def __init__(self, message: str, file: str | None = None, row: int | None = None) -> None:
        self.file = file
        self.row = row
        place = f"{file}:{row}: " if file and row else f"{file}: " if file else ""
        super().__init__(place + message)


class FetchError(InputError):
    """A data set cannot be downloaded, or what came is not what the catalog says."""


class WorldError(InputError):
    """A world breaks an accounting identity, or its file cannot be read."""


class ScenarioError(InputError):
    """A scenario, study or recipe file breaks a rule.

    Parameters
    ----------
    message
        The rule and the remedy, in one line.
    file, line
        Where; the message is prefixed ``file:line:`` when they are known.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        self.file = file
        self.line = line
        self.bare = message
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message)


class CommitmentError(ScenarioError):
    """Two commitments of an economy contradict each other and the file states no resolution."""


class GravityError(InputError):
    """A panel, a formula or an estimate of gravity cannot be used; the message names column, row and remedy."""


class OutputError(InputError):
    """A result cannot be written where it was asked to go."""


class NotSolvedError(MultipolarError):
    """The equilibrium did not reach its residual; no number is returned.

    Parameters
    ----------
    message
        What failed, with the remedy.
    residual
        Largest relative residual reached; may be NaN.
    iterations
        Iterations spent.
    """

    def __init__(self, message: str, residual: float = float("nan"), iterations: int = 0) -> None:
        self.residual = residual
        self.iterations = iterations
        super().__init__(message)


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return up to `count` known names close to `name`, best first, ignoring case."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(_shorten(name).lower(), by_lower, n=count, cutoff=0.5)
    return tuple(by_lower[match] for match in close)


def printable(text: str) -> str:
    """Write text in one line, with what a terminal would obey or could not print as an escape."""
    flat = " ".join(text.split())
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in flat)


def _shorten(name: str, limit: int = 60) -> str:
    """Cut an over-long name so that a hostile input cannot flood the terminal."""
    flat = printable(str(name)[: 4 * limit])
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
