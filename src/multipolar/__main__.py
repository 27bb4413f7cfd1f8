"""``python -m multipolar`` and the command ``multipolar`` start here."""

from __future__ import annotations

import signal
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, and answer an interrupt that comes before it is loaded or after it is done."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # ends like Ctrl-C, also before the command line is loaded
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from multipolar.cli import main as run
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        sys.exit(130)
    try:
        run()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is written and told: only the interpreter is leaving
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # An interrupt that passed through an evaluated string, as dataclasses use them, leaves a mark with which
        # CPython would end by signal in place of our exit code; evaluating a string anew removes it.
        exec("0")


if __name__ == "__main__":
    main()
