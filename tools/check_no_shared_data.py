"""Fail if a tracked file is one of the research data files, whole or as text with other line ends.

Usage: ``python tools/check_no_shared_data.py DATA_FOLDER``. The data may be tested against, never shipped.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path


def fingerprints(path: Path) -> set[str]:
    """Hashes of a file as it is, unpacked, and with Unix line ends."""
    raw = path.read_bytes()
    variants = {raw, raw.replace(b"\r\n", b"\n").strip()}
    if path.suffix == ".gz":
        unpacked = gzip.decompress(raw)
        variants |= {unpacked, unpacked.replace(b"\r\n", b"\n").strip()}
    return {hashlib.sha256(variant).hexdigest() for variant in variants}


def main(folder: str) -> int:
    """Compare every tracked file with every data file; return the number found."""
    data = [path for path in Path(folder).rglob("*") if path.is_file()]
    if not data:
        print(f"no data files in {folder}: nothing to compare with", file=sys.stderr)
        return 2
    known = {digest: path.name for path in data for digest in fingerprints(path)}
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    found = 0
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        for digest in fingerprints(path) if path.is_file() and path.stat().st_size else ():
            if digest in known:
                print(f"{name} is the data file {known[digest]}; remove it from the history", file=sys.stderr)
                found += 1
                break
    print(f"{len(data)} data files, none tracked" if not found else f"{found} data files tracked")
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
