"""Published results, computed again from the papers' own files: `papers` lists them, `replicate` runs one."""

from __future__ import annotations

from multipolar.replicate.library import papers, replicate
from multipolar.replicate.result import Paper, Replication, Row

__all__ = ["Paper", "Replication", "Row", "papers", "replicate"]
