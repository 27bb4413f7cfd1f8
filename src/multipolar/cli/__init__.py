"""The command line: a thin face over the other rooms."""

from __future__ import annotations

from multipolar.cli.app import app, main

__all__ = ["app", "main"]
