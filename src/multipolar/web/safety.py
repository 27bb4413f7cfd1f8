"""What guards the server: which hosts and pages may ask, how much they may send, and what the page may load."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from multipolar.web.problems import problem

__all__ = ["MOST_BYTES", "Guard", "is_loopback"]

MOST_BYTES = 256_000
"""Largest body of a request."""

MOST_DRAINED = 4 * MOST_BYTES
DRAINING = 2.0
"""What of a refused body is still taken in and thrown away (bytes), and for how long (s)."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy: whatever the page tries, nothing is loaded from, or sent to, any other place."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def is_loopback(host: str) -> bool:
    """Return whether a name or address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuse what does not come from the page itself, and what is too big.

    A page of another site can make a browser send requests here, under its own name (rebinding of a domain) or across
    sites. So the name in ``Host`` must be one of ours, ``Origin``, where a browser sends it, must be this very server,
    and a request that a browser marks as coming from another site is refused.

    Parameters
    ----------
    app
        What is guarded.
    hosts
        Names and addresses under which the server may be addressed, besides those of loopback.
    any_address
        Whether every plain IP address is one of ours: the server listens on all of them.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = (), any_address: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _drain(receive)
            await _answer(send, *refusal)
            return
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        try:
            await self._app(scope, _bounded(receive), sent)
        except _TooBig:
            if not started:
                await _drain(receive)
                await _answer(send, 413, _TOO_BIG)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._ours(host):
            return (
                421,
                "this server does not answer to that host name; open the address that `multipolar serve` printed",
            )
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower() != f"{scope['scheme']}://{host}".lower():
            return 403, "requests of other sites are not answered; open the address that `multipolar serve` printed"
        if headers.get(b"sec-fetch-site") == b"cross-site" and scope["path"].startswith("/api"):
            return 403, "requests of other sites are not answered; open the address that `multipolar serve` printed"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return 400, "the length of the request is no number"
        if int(length) > MOST_BYTES:
            return 413, _TOO_BIG
        return None

    def _ours(self, host: str) -> bool:
        name = (host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]).lower()
        if is_loopback(name) or name in self._hosts:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


_TOO_BIG = f"the request is larger than {MOST_BYTES // 1000} kB; a scenario is a few kB of text"


class _TooBig(Exception):  # noqa: N818 - becomes an answer
    """More was sent than is read."""


def _bounded(receive: Receive) -> Receive:
    """Count what is sent, whatever the length says that was announced."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BYTES:
            raise _TooBig
        return message

    return counted


async def _drain(receive: Receive) -> None:
    """Take in what is still being sent, within bounds: closed with bytes unread, a connection is reset."""
    seen = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAINING):
            while seen <= MOST_DRAINED:
                message = await receive()
                seen += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def _answer(send: Send, status: int, detail: str) -> None:
    body = json.dumps(problem(status, "refused", detail), ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
