"""How data sets write economies, mapped to the ISO3 codes of the atlas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from multipolar.atlas import economies, economy
from multipolar.errors import UnknownNameError

__all__ = ["OLD_CODES", "Codes"]

OLD_CODES = {"ROM": "ROU", "SER": "SRB", "MNT": "MNE", "TMP": "TLS", "ZAR": "COD", "OAS": "TWN", "KSV": "XKX"}
"""Codes of the World Bank's trade system and of older ISO editions to those in use; OAS is "other Asia", Taiwan."""
_GROUPS = """
WLD EUN EUU UNS CHI AFE AFW ARB CEB CSS EAP EAR EAS ECA ECS EMU FCS HIC HPC IBD IBT IDA IDB IDX INX LAC LCN LDC LIC LMC
LMY LTE MEA MIC MNA NAC OED OSS PRE PSS PST SAS SSA SSF SST TEA TEC TLA TMN TSA TSS UMC WLT
"""
AGGREGATES = frozenset(_GROUPS.split())
"""Codes of groups in World Bank tables (CHI: Channel Islands), and the partners world, European Union, unspecified."""


@dataclass(frozen=True)
class Codes:
    """A way to write economies.

    Attributes
    ----------
    scheme
        ``iso3`` (also old codes and lower case), ``numeric`` (ISO numeric), ``cow`` (Correlates of War number),
        ``name``, or ``table`` (only `aliases`).
    aliases
        Code in the file to ISO3, consulted first; an empty ISO3 marks an aggregate to be left out.
    extra
        Codes that are kept although the atlas does not know them, such as ROW.
    """

    AGGREGATE: ClassVar[str] = "aggregate"

    scheme: str = "iso3"
    aliases: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()

    def find(self, code: str) -> str | None:
        """Return the ISO3 code, `AGGREGATE` for a group to leave out, None for a code nobody knows."""
        code = code.strip()
        if code in self.aliases:
            return self.aliases[code] or self.AGGREGATE
        upper = code.upper()
        if upper in self.extra:
            return upper
        if self.scheme == "cow":
            return _by_cow().get(_whole(code))
        if self.scheme == "table":
            return None
        if self.scheme == "numeric" and not code.isdecimal():
            code = _whole(code)
        if self.scheme == "iso3":
            upper = OLD_CODES.get(upper, upper)
            if len(upper) == 3 and upper in _iso3():
                return upper
            return self.AGGREGATE if upper in AGGREGATES else None
        try:
            return economy(code).iso3
        except UnknownNameError:
            return None


@cache
def _iso3() -> frozenset[str]:
    return frozenset(found.iso3 for found in economies())


@cache
def _by_cow() -> dict[str, str]:
    return {str(found.cow): found.iso3 for found in economies() if found.cow is not None}


def _whole(code: str) -> str:
    """Write '365.0' as '365'."""
    return code[:-2] if code.endswith(".0") else code
