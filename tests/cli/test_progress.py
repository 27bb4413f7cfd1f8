"""Progress on standard error: what is said before the first step, and when it goes."""

from __future__ import annotations

import pytest

from multipolar.cli.commands import COMPILING, progress_bar


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_waited_for_is_said_on_a_terminal_until_the_first_step(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1") if terminal else monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bar(COMPILING) as told:
        pass
    assert (COMPILING in capsys.readouterr().err) == terminal
    with progress_bar(COMPILING) as told:
        told("draws", 1, 2)
    shown = capsys.readouterr().err
    assert (shown.rfind("draws") > shown.rfind(COMPILING)) if terminal else not shown
