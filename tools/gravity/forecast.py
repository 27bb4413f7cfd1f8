"""The forecast that ships, ``trade-after-2008``, and its record.

Usage: ``MULTIPOLAR_SHARED=... python -m tools.gravity.forecast``. Reads the four-yearly trade panel of the research
data and writes both files into the package; about a minute.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tools.gravity.agreements import trade_panel

from multipolar import __version__
from multipolar.gravity.forecast import LIBRARY, make_forecast, write_forecast
from multipolar.gravity.record import write_record

ECONOMIES = (
    "ARM AZE BLR BRA CAN CHN CZE DEU EST FIN FRA GBR GEO IND ITA JPN KAZ KGZ KOR LTU LVA MDA NLD POL RUS SWE TUR UKR "
    "USA"
)
FORMULA = "trade ~ agreement_any | exporter_time + importer_time + pair"
DATA = (
    "bilateral goods trade every four years 1964-2008 (research panel, not shipped), years 2000-2008; RUS to BLR left "
    "out because it is not reported"
)


def main() -> int:
    """Make the forecast and write it with its record."""
    root = Path(os.environ["MULTIPOLAR_SHARED"])
    made = make_forecast(
        trade_panel(root),
        FORMULA,
        until=2008,
        years_used=3,
        only=ECONOMIES.split(),
        title="Who trades with whom after 2008: Eurasia and its partners",
        data=DATA,
        version=f"multipolar {__version__}",
    )
    out = LIBRARY / "trade-after-2008.json"
    write_forecast(made, out)
    source = root / "data" / "trade_panel" / "trade_1964_2008_4yearly.parquet"
    print(write_record(made, out, source, choices={"panel": ["tools.gravity.agreements.trade_panel"]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
