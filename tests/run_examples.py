"""Run what the documentation shows: every shipped scenario and study, and each Python block of README and docs.

Usage: ``python tests/run_examples.py``. Blocks of one file share a namespace and run in a scratch folder; a block that
starts with ``# not run`` is shown only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def names(kind: str) -> list[str]:
    """Ids of the shipped scenarios or studies, from the package itself."""
    from multipolar import scenario

    return list(scenario.shipped_scenarios() if kind == "scenario" else scenario.shipped_studies())


def command(*words: str) -> None:
    """Run the command line in a process of its own; stop at the first failure."""
    start = time.perf_counter()
    result = subprocess.run([sys.executable, "-m", "multipolar", *words], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    print(f"{'FAIL' if result.returncode else 'ok  '} multipolar {' '.join(words)}  {seconds:.1f} s")
    if result.returncode:
        sys.exit(result.stderr[-2000:])


def blocks(path: Path) -> int:
    """Run the Python blocks of one file in order; return how many."""
    code = [text for text in BLOCK.findall(path.read_text()) if not text.startswith("# not run")]
    if code:
        script = "\n".join(code)
        result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        print(f"{'ok  ' if result.returncode == 0 else 'FAIL'} {path.name}: {len(code)} blocks")
        if result.returncode:
            sys.exit(f"{path}\n{result.stderr[-2000:]}")
    return len(code)


def main() -> None:
    """Run everything in a scratch folder."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for name in names("scenario"):
            command("solve", name, "--json")
        for name in names("study"):
            command("run", name, "--draws", "3", "--out", name)
        if not sum(blocks(path) for path in documents):
            sys.exit("no Python block found in README or docs")


if __name__ == "__main__":
    main()
