"""What every command shares: errors in one line, exit codes, JSON alone on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

import typer
from typer.core import TyperGroup

from multipolar.cli.interrupt import dealt_with, interruptible, requested
from multipolar.errors import MultipolarError, NotSolvedError, OutputError, UnknownNameError
from multipolar.texts import plain

__all__ = ["BAD_INPUT", "INTERRUPTED", "NOT_SOLVED", "Group", "emit", "fail", "json_wanted", "run_app", "write_record"]

BAD_INPUT, NOT_SOLVED, INTERRUPTED, INTERNAL = 2, 3, 130, 1

_LISTED_BY = {
    "study": "studies",
    "scenario": "scenarios",
    "world": "worlds",
    "economy": "economies",
    "data set": "data list",
    "reader": "data readers",
    "recipe": "world recipes",
}

_ESCAPED = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}

UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""The class of all mistakes in the command line itself; typer carries it along without exporting it."""


class Group(TyperGroup):
    """A group of commands whose errors end in one line on standard error and a documented exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.find_root().meta["multipolar.json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        if ctx.parent is not None:  # the outermost group answers for all
            return super().invoke(ctx)
        as_json = bool(ctx.meta.get("multipolar.json"))
        try:
            return super().invoke(ctx)
        except UsageError as error:
            fail(usage_text(error), "UsageError", BAD_INPUT, as_json)
        except NotSolvedError as error:
            fail(str(error), "NotSolvedError", NOT_SOLVED, as_json)
        except UnknownNameError as error:
            command = _LISTED_BY.get(error.kind.removeprefix("shipped "))
            hint = f"; `multipolar {command}` lists them" if command else ""
            fail(str(error) + hint, type(error).__name__, BAD_INPUT, as_json)
        except MultipolarError as error:
            fail(str(error), type(error).__name__, BAD_INPUT, as_json)
        except KeyboardInterrupt:
            dealt_with()
            fail(f"interrupted; {_after(ctx)}", "Interrupted", INTERRUPTED, as_json)
        except BrokenPipeError:
            _silence_stdout()
            raise typer.Exit(0) from None
        except Exception as error:
            if not isinstance(error, (typer.Exit, typer.Abort)) and not ctx.params.get("debug"):
                text = " ".join(f"{type(error).__name__}: {error}".split())
                fail(
                    f"a fault of this program: {text}; --debug before the command shows where",
                    "Fault",
                    INTERNAL,
                    as_json,
                )
            raise


def _after(ctx: Any) -> str:
    """Say what an interrupted command left; ``world build`` keeps nothing with which it could go on."""
    if ctx.invoked_subcommand == "serve":
        return "the page is served no longer; the same command serves it again"
    if ctx.invoked_subcommand == "world":
        return "nothing was written; start again"
    return "the same command goes on where it stopped"


def usage_text(error: Any) -> str:
    """Return a usage error in one line, with the command whose help explains it."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see {context.command_path} --help" if context is not None else message


def fail(message: str, kind: str, code: int, as_json: bool) -> NoReturn:
    """Say what is wrong in one line on standard error, and as an object on standard output where JSON was asked for."""
    line = " ".join(plain(message).split())
    print(f"error: {line}", file=sys.stderr)
    if as_json:
        emit({"error": {"type": kind, "message": line, "exit_code": code}})
    raise typer.Exit(code)


def emit(value: Any) -> None:
    """Print JSON on standard output; NaN is an error."""
    # JSON escapes the controls below U+0020 by itself, and leaves those above U+007E to us.
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).translate(_ESCAPED)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_record(name: str, content: Mapping[str, Any], sentences: Sequence[str], folder: Path) -> None:
    """Write ``NAME.json`` and, in sentences, ``NAME.txt`` into a folder, made if absent.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    from multipolar.report.write import summary_text

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(summary_text(content), encoding="utf-8")
        (folder / f"{name}.txt").write_text("\n\n".join(sentences) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write to '{folder}': {error.strerror or error}; choose another folder") from error


def json_wanted(args: list[str]) -> bool:
    """Return whether a command line asks for JSON."""
    return "--json" in args


def _silence_stdout() -> None:
    """The reader of a pipe left: keep the interpreter from complaining about it at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_app(app: typer.Typer, args: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    given = sys.argv[1:] if args is None else args
    try:
        with interruptible():
            code = _exit_code(app, given)
    except KeyboardInterrupt:
        code = _interrupted()
    sys.exit(code)


def _exit_code(app: typer.Typer, given: list[str]) -> int:
    try:
        code = app(given, standalone_mode=False, prog_name="multipolar")
    except UsageError as error:  # raised before any command was found
        try:
            fail(usage_text(error), "UsageError", BAD_INPUT, json_wanted(given))
        except typer.Exit as leave:
            return leave.exit_code
    except typer.Exit as leave:
        return leave.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    if code == INTERRUPTED and requested():  # before any command was found; typer has made a code of it, and no words
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    dealt_with()
    print("error: interrupted", file=sys.stderr)
    return INTERRUPTED
