"""A small formula language for gravity equations; it names columns and effects and runs nothing.

``trade ~ rta + lag(rta, 4, 8) + border_time | exporter_time + importer_time + symmetric_pair``

========================  =============================================================================
term                      meaning
========================  =============================================================================
``x``                     a column
``log(x)``                its natural logarithm; a value of zero or less is an error
``log1p(x)``              logarithm of 1 + x, for tariffs as fractions
``x:y``                   the product of two or more terms
``lag(x, 4, 8)``          x of the same exporter and importer 4 and 8 years before, one regressor each
``lead(x, 4)``            x 4 years later
``inter(x)``, ``intra(x)``  x on flows between, or within, economies; zero on the others
``border``                1 on flows between economies
``border_time``           ``border`` in each year but the last, which is the base
``log_trade``             on the left, for ``estimator="ols"``: logarithm of positive trade
========================  =============================================================================

=====================  ================================================================================
effect                 one constant for each
=====================  ================================================================================
``exporter_time``      exporter and year: outward multilateral resistance, output
``importer_time``      importer and year: inward multilateral resistance, expenditure
``pair``               ordered pair of exporter and importer
``symmetric_pair``     unordered pair; the trade of each economy with itself is a pair of its own
``domestic``           economy, on its trade with itself; all other flows share one
``exporter``, ``importer``, ``time``
``x``, ``x^y``         values of a column, combinations of values of columns or of the effects above
=====================  ================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from multipolar.errors import GravityError

__all__ = ["EFFECTS", "Formula", "Term", "parse_formula"]

EFFECTS = ("exporter_time", "importer_time", "pair", "symmetric_pair", "domestic", "exporter", "importer", "time")
FUNCTIONS = ("log", "log1p", "lag", "lead", "inter", "intra")
LONGEST, MOST_TERMS = 2000, 60

_NAME = r"[A-Za-z_]\w*"
_TOKEN = re.compile(rf"\s*(?:({_NAME})|(\d+)|([~|+:^(),]))")


@dataclass(frozen=True, slots=True)
class Term:
    """One regressor: a product of factors.

    Attributes
    ----------
    factors
        ``(function, column, years)`` for each factor; function is one of `FUNCTIONS` or empty, years is 0 but for a
        lag (positive) or a lead (negative).
    year
        The year of a ``border_time`` term once it is expanded, else None.
    """

    factors: tuple[tuple[str, str, int], ...]
    year: int | None = None

    @property
    def label(self) -> str:
        """What tables call it."""
        if self.year is not None:
            return f"border_{self.year}"
        return ":".join(_factor_label(*factor) for factor in self.factors)


def _factor_label(function: str, column: str, years: int) -> str:
    if function in ("lag", "lead"):
        return f"{function}({column}, {abs(years)})"
    return f"{function}({column})" if function else column


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula.

    Attributes
    ----------
    text
        As written, spaces tidied.
    response
        ``trade`` or ``log_trade``.
    terms
        Regressors; ``border_time`` is still one term.
    effects
        Each a tuple of the names that it combines.
    """

    text: str
    response: str
    terms: tuple[Term, ...]
    effects: tuple[tuple[str, ...], ...]

    def has_effect(self, name: str) -> bool:
        """Return whether an effect stands alone in the formula."""
        return (name,) in self.effects


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Raises
    ------
    GravityError
        Naming what was not understood.
    """
    if len(text) > LONGEST:
        raise GravityError(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    reader = _Reader(_tokens(text), text)
    response = reader.name("the trade column")
    if response not in ("trade", "log_trade"):
        raise GravityError(f"formula '{_cut(text)}': the left side is trade or log_trade, not '{response}'")
    reader.expect("~")
    terms = reader.terms()
    effects: list[tuple[str, ...]] = []
    if reader.take("|"):
        effects = reader.effects()
    reader.end()
    labels = [term.label for term in terms]
    for label in labels:
        if labels.count(label) > 1:
            raise GravityError(f"formula '{_cut(text)}': '{label}' stands twice")
    if len(terms) > MOST_TERMS:
        raise GravityError(f"formula '{_cut(text)}': {len(terms)} regressors; at most {MOST_TERMS} are read")
    if len(set(effects)) < len(effects):
        raise GravityError(f"formula '{_cut(text)}': an effect stands twice")
    return Formula(" ".join(text.split()), response, tuple(terms), tuple(effects))


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            rest = " ".join(stripped[at:].split())[:20]
            raise GravityError(f"formula '{_cut(text)}': '{rest}' is not understood; write columns, + : and functions")
        found.append(match.group(match.lastindex or 0))
        at = match.end()
    return found


class _Reader:
    """Walks over the tokens of one formula."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self._tokens, self._text, self._at = tokens, text, 0

    def error(self, wanted: str) -> GravityError:
        found = f"'{self._tokens[self._at]}'" if self._at < len(self._tokens) else "the end"
        return GravityError(f"formula '{_cut(self._text)}': {wanted} was expected, not {found}")

    def take(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"'{token}'")

    def name(self, what: str) -> str:
        if self._at < len(self._tokens) and re.fullmatch(_NAME, self._tokens[self._at]):
            self._at += 1
            return self._tokens[self._at - 1]
        raise self.error(what)

    def number(self) -> int:
        if self._at < len(self._tokens) and self._tokens[self._at].isdigit() and len(self._tokens[self._at]) < 5:
            self._at += 1
            return int(self._tokens[self._at - 1])
        raise self.error("a number of years")

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self.error("'+', '|' or the end")

    def terms(self) -> list[Term]:
        found = self._product()
        while self.take("+"):
            found.extend(self._product())
        return found

    def _product(self) -> list[Term]:
        products: list[tuple[tuple[str, str, int], ...]] = [(factor,) for factor in self._factor()]
        while self.take(":"):
            more = self._factor()
            products = [(*product, factor) for product in products for factor in more]
        for product in products:
            if len(product) > 1 and any(column == "border_time" for _, column, _ in product):
                raise GravityError(f"formula '{_cut(self._text)}': border_time stands alone, not in a product")
        return [Term(product) for product in products]

    def _factor(self) -> list[tuple[str, str, int]]:
        name = self.name("a column")
        if not self.take("("):
            return [("", name, 0)]
        if name not in FUNCTIONS:
            raise GravityError(f"formula '{_cut(self._text)}': no function '{name}'; there are {', '.join(FUNCTIONS)}")
        column = self.name("a column")
        years = []
        while self.take(","):
            years.append(self.number())
        self.expect(")")
        if (name in ("lag", "lead")) != bool(years) or 0 in years:
            wanted = "needs years, as lag(x, 4)" if name in ("lag", "lead") else "takes a column alone"
            raise GravityError(f"formula '{_cut(self._text)}': {name}() {wanted}")
        sign = -1 if name == "lead" else 1
        return [(name, column, sign * year) for year in years] or [(name, column, 0)]

    def effects(self) -> list[tuple[str, ...]]:
        found = [self._effect()]
        while self.take("+"):
            found.append(self._effect())
        return found

    def _effect(self) -> tuple[str, ...]:
        names = [self.name("an effect")]
        while self.take("^"):
            names.append(self.name("an effect"))
        return tuple(names)
