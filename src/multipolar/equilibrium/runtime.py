"""JAX, set up once: float64 everywhere and a compilation cache in the user's cache folder."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path

import platformdirs

__all__ = ["configure"]

UNREADABLE = "Error (reading|writing) persistent compilation cache entry"
"""How JAX begins a warning about a program in its cache (regular expression)."""


@cache
def configure() -> None:
    """Switch JAX to float64 and keep compiled programs between processes.

    The cache folder is ``MULTIPOLAR_CACHE`` if set, else the platform's user cache folder; a folder that cannot be
    made only costs compile time, so that case is passed over. So is a program that another process has half written:
    JAX writes and reads its cache without a lock, compiles anew what it cannot read, and warns.
    """
    import jax

    jax.config.update("jax_enable_x64", True)
    folder = Path(os.environ.get("MULTIPOLAR_CACHE") or platformdirs.user_cache_dir("multipolar")) / "jax"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    warnings.filterwarnings("ignore", UNREADABLE, UserWarning)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
