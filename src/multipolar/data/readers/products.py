"""Sectors by the beginnings of product codes of the Harmonized System, as a query of DuckDB asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multipolar.errors import DataError

__all__ = ["sector_sql"]


def sector_sql(column: str, groups: Mapping[str, Sequence[str]], rest: str) -> str:
    """Return SQL for the sector of a product.

    Parameters
    ----------
    column
        Expression of the product code; codes that lost their leading zero are mended.
    groups
        Sector to the beginnings of codes that belong to it.
    rest
        Sector of all other products.

    Raises
    ------
    DataError
        If a name or code is anything but letters and digits.
    """
    for name in (*groups, rest):
        if not name.replace("-", "").replace("_", "").isalnum():
            raise DataError(f"sector name '{name[:40]}' must be letters and digits")
    cases = []
    for name, starts in groups.items():
        for start in starts:
            if not str(start).isdecimal() or len(str(start)) > 6:
                raise DataError(
                    f"product code '{str(start)[:20]}' of sector '{name}' must be up to 6 digits, in quotes"
                )
            cases.append(f"when starts_with(lpad({column}, 6, '0'), '{start}') then '{name}'")
    return f"case {' '.join(cases)} else '{rest}' end" if cases else f"'{rest}'"
