"""Start the server: one process, one world, on this machine's own address unless told otherwise."""

from __future__ import annotations

import ipaddress
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from multipolar.errors import InputError
from multipolar.texts import plain

__all__ = ["serve"]

MISSING_EXTRA = "the page needs the extra 'web': pip install 'multipolar[web]'"


def serve(world: str, host: str, port: int, claims: Path | None = None, gdp: Path | None = None) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    world
        Shipped world, or path of a world file.
    host, port
        Address to listen on.
    claims, gdp
        Files of the user, as in `extras`.

    Raises
    ------
    InputError
        If the extra is not installed, the world cannot be served, or the address cannot be had.
    """
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise InputError(MISSING_EXTRA)
    from multipolar.web.safety import is_loopback

    listening = _listen(host, port)
    try:
        import uvicorn

        from multipolar.web.app import create_app
        from multipolar.web.engine import Engine
        from multipolar.web.extras import read_claims, read_track
        from multipolar.web.page import MISSING, built_page

        extras = {} if claims is None else {"claims": read_claims(claims)}
        if gdp is not None:
            extras["centre"] = read_track(gdp)
        page = built_page()
        engine = Engine(world)  # before a word of compiling: what is no world is refused at once
        _say(f"loaded {plain(world)}; compiling the equations ...")
        app = create_app(engine, page=page, hosts=[host], any_address=_is_any(host), extras=extras)
        if not page:
            _say(f"note: {MISSING}")
        if not is_loopback(host):
            _say(
                f"warning: '{plain(host)}' can be reached by others, who can then make this machine compute; there is "
                "no password. Leave --host out to serve this machine alone"
            )
        shown = "localhost" if _is_any(host) or host == "127.0.0.1" else f"[{host}]" if ":" in host else host
        _say(f"multipolar on http://{shown}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=200,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    """Take the address before anything slow is done, so that a port in use is told at once."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, proto)
    except OSError as error:
        raise InputError(f"cannot listen on '{plain(host)}': {error.strerror}; leave --host out") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        hint = "choose another with --port, 0 for any that is free"
        raise InputError(f"cannot listen on '{plain(host)}', port {port}: {error.strerror}; {hint}") from None
    return made


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
