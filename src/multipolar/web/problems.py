"""Errors as problem details (RFC 9457): what is wrong and what to do, in one line, without a path of the machine."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from multipolar.errors import CommitmentError, InputError, NotSolvedError, printable

__all__ = ["Refused", "answer_problems", "problem", "problem_of"]

_LOG = logging.getLogger("multipolar.web")
_LONGEST = 600


class Refused(Exception):  # noqa: N818 - not a fault: an answer
    """A request that is not served; the status says why."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


def problem(status: int, kind: str, detail: str) -> dict[str, Any]:
    """Return the body of an error: ``{type, title, status, detail}``."""
    line = printable(detail)
    return {
        "type": f"urn:multipolar:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…",
    }


def problem_of(error: BaseException) -> dict[str, Any]:
    """Return the problem that an exception stands for; a fault of this program is logged and not told."""
    if isinstance(error, Refused):
        return problem(error.status, "refused", error.detail)
    if isinstance(error, CommitmentError):
        return problem(422, "conflict", str(error))
    if isinstance(error, InputError):
        return problem(422, "input", str(error))
    if isinstance(error, NotSolvedError):
        return problem(422, "not-solved", str(error))
    _LOG.error("a fault of this program", exc_info=error)
    return problem(500, "fault", "a fault of this program; the terminal of the server shows where")


def respond(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, status_code=body["status"], media_type="application/problem+json")


def answer_problems(app: FastAPI) -> None:
    """Answer every error of an application as a problem."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        return respond(problem_of(error))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
        return respond(problem(422, "input", f"{place or 'the request'}: {first['msg']}"))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        made = respond(problem(error.status_code, "http", str(error.detail)))
        made.headers.update(error.headers or {})
        return made

    for kind in (Refused, InputError, NotSolvedError, Exception):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
