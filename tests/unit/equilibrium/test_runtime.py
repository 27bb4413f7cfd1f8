"""JAX as the package sets it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from multipolar.equilibrium.runtime import configure
configure()
import jax
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
print(jax.jit(lambda x: x * 3.0 + 1.0)(0.1).item())
"""


def _compiled(cache: Path) -> str:
    env = {**os.environ, "MULTIPOLAR_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "compilation cache" not in done.stderr
    return done.stdout


def test_a_compiled_program_that_is_half_written_is_compiled_anew_without_a_word(tmp_path: Path) -> None:
    first = _compiled(tmp_path)
    entries = [entry for entry in (tmp_path / "jax").iterdir() if entry.stat().st_size]
    assert entries
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[: entry.stat().st_size // 2])
    assert _compiled(tmp_path) == first
