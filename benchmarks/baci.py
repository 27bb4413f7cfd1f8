"""Read a BACI-sized year, build a world from it and save it, under a watch: ``python -m benchmarks.baci [--rows N]``.

The file is generated in BACI's layout (11 million rows, about 390 MB, nothing of it from BACI): random products between
the economies of the atlas. Time and peak memory are those of one fresh process that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["generate"]

COUNTRIES = 200
ROWS = 11_000_000
YEAR = 2023


def generate(folder: Path, rows: int = ROWS, countries: int = COUNTRIES) -> Path:
    """Write a yearly file and its table of countries in BACI's layout; needs DuckDB."""
    import duckdb

    from multipolar.atlas import economies, groups

    single = [members[0] for members in groups().values()]
    rest = [e.iso3 for e in economies() if e.iso3 not in single and e.iso_numeric]
    codes = sorted([*single, *rest][:countries])
    numeric = {e.iso3: int(e.iso_numeric) for e in economies() if e.iso_numeric}
    lines = ["country_code,country_name,country_iso2,country_iso3"]
    lines += [f"{numeric[code]},{code},,{code}" for code in codes]
    (folder / "country_codes_V202501.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    target = folder / f"BACI_HS92_Y{YEAR}_V202501.csv"
    listed = ", ".join(str(numeric[code]) for code in codes)
    pairs = countries * (countries - 1)
    products = rows // pairs + 1
    with duckdb.connect(":memory:", config={"memory_limit": "2GB"}) as connection:
        connection.execute("select setseed(0.5)")
        # A pair trades products 1, 2, ...; sizes are log-normal and world trade is about 20 trillion USD.
        connection.execute(
            f"""copy (
                with c as (select unnest([{listed}]) code),
                     p as (select range k from range({products}))
                select {YEAR} t, a.code i, b.code j, lpad(cast(p.k * 3517 % 970000 + 10000 as varchar), 6, '0') k,
                       round(exp(2 * sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185 * random())) * {2.7e9 / rows}, 3) v,
                       round(random() * 1000, 3) q
                from c a, c b, p where a.code <> b.code limit {rows}
            ) to '{target}' (header, delimiter ',')"""
        )
    return target


_CHILD = """
import json, resource, sys, time
from pathlib import Path
began = time.perf_counter()
from multipolar.world.building import build_world
from multipolar.world import write_world
recipe, folder, out = sys.argv[1:4]
built = build_world(recipe, [Path(folder)])
middle = time.perf_counter()
write_world(built.world, out)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": time.perf_counter() - began, "build": middle - began, "cpu": sum(used[:2]),
                  "peak_gb": used.ru_maxrss / 2**20,
                  "economies": len(built.world.economies)}))
"""

_RECIPE = """schema: 1
kind: world
id: baci-sized
title: A world from a generated file of BACI's size
year: 2023
method: single-sector
value_added_share: {value: 0.5, source: a round number for a timing}
elasticity: {value: 5, source: a round number for a timing}
fill: {tariffs: free}
sources:
  trade: {reader: baci, file: %s, countries: country_codes_V202501.csv}
  indicators: {reader: economies-csv, file: economies.csv}
"""


def main() -> None:
    """Generate, build, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        target = generate(folder, arguments.rows)
        codes = [line.split(",")[3] for line in (folder / "country_codes_V202501.csv").read_text().split()[1:]]
        rows = "\n".join(f"{code},500000" for code in codes)
        (folder / "economies.csv").write_text(f"economy,gdp_usd_mn\n{rows}\n", encoding="utf-8")
        (folder / "recipe.yaml").write_text(_RECIPE % target.name, encoding="utf-8")
        made = time.perf_counter() - began
        command = [sys.executable, "-c", _CHILD, str(folder / "recipe.yaml"), name, str(folder / "w.world.npz")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        size = target.stat().st_size / 1e6
        record = {"rows": arguments.rows, "file_mb": round(size), "generated_s": round(made, 1)}
        print(json.dumps({**record, **json.loads(done.stdout)}))


if __name__ == "__main__":
    main()
