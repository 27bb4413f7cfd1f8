"""Arrays in the layout in which GTAP is exported, made up from scratch: they balance, and nothing in them is GTAP's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import published as pub

REGIONS = ("chn", "kaz", "rus", "xea", "xsu")
COMMODITIES = ("oil", "mvh", "v_f", "otp")
ALIASES = {"XEA": "ROW", "xsu": "ROW"}
TRANSPORT = COMMODITIES.index("otp")


def arrays() -> dict[str, np.ndarray]:
    """Arrays by name, axes in the order of their columns: importers' users buy exactly what comes in."""
    rng = np.random.default_rng(0)
    m, n = len(COMMODITIES), len(REGIONS)
    sold = rng.uniform(20.0, 90.0, (m, n, n))
    sold[:, np.arange(3), np.arange(3)] = 0.0  # only composites trade with themselves
    board = sold * rng.uniform(1.0, 1.02, (m, 1, 1))
    margin = 0.05 * board
    margin[TRANSPORT] = 0.0
    landed = board + margin
    duty = rng.uniform(0.0, 0.2, (m, n, n))
    duty[TRANSPORT] = 0.0
    paid = landed * (1 + duty)
    use = rng.dirichlet(np.ones(m + 3), (m, n)).transpose(0, 2, 1) * paid.sum(axis=1)[:, None, :]
    services = np.zeros((m, n))
    services[TRANSPORT] = margin.sum() * rng.dirichlet(np.ones(n))
    firms = rng.uniform(10.0, 40.0, (m, m, n))
    final = {user: rng.uniform(200.0, 400.0, (m, n)) for user in "PGI"}
    return {
        "VDFB": firms,
        "VMFB": use[:, :m],
        **{f"VD{user}B": values for user, values in final.items()},
        **{f"VM{user}B": use[:, m + i] for i, user in enumerate("PGI")},
        "VST": services,
        "VXSB": sold,
        "VFOB": board,
        "VCIF": landed,
        "VMSB": paid,
    }


def write(folder: Path, made: dict[str, np.ndarray] | None = None) -> Path:
    """Write a file an array, zeros left out as gdxdump does; returns the path of VDFB.csv."""
    from multipolar.data.readers.gtap_tables import LAYOUT

    for name, values in (arrays() if made is None else made).items():
        axes = [COMMODITIES if column.startswith("COMM") else REGIONS for column in LAYOUT[name]]
        rows = [
            [*(axis[i] for axis, i in zip(axes, at, strict=True)), repr(float(values[at]))]
            for at in np.ndindex(values.shape)
            if values[at]
        ]
        (folder / f"{name}.csv").write_text(pub.table((*LAYOUT[name], "VALUE"), *rows))
    return folder / "VDFB.csv"
