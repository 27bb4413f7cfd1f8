"""The built page, held in memory: a request is looked up in a table, so that no request can name a file."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["MISSING", "Page", "built_page"]

MISSING = (
    "the page is not built: run `make web` in the project's folder (takes npm of the machine, or brings its own), "
    "or install the wheel, which carries it; the JSON API under /api works without it"
)

_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes | None
    kind: str
    tag: str
    caching: str


class Page:
    """The files of a built page by their address.

    Parameters
    ----------
    files
        Address (``/``, ``/assets/index-abc.js``) to content.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {address: _made(address, body) for address, body in files.items()}

    def __bool__(self) -> bool:
        return bool(self._files)

    def answer(self, request: Request, address: str) -> Response | None:
        """Return a file, compressed where the browser reads that; None if there is no such file."""
        file = self._files.get(address)
        if file is None:
            return None
        headers = {"etag": file.tag, "cache-control": file.caching, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.packed, media_type=file.kind, headers={**headers, "content-encoding": "gzip"})
        return Response(file.body, media_type=file.kind, headers=headers)


def _made(address: str, body: bytes) -> _File:
    kind = "text/html" if address == "/" else mimetypes.guess_type(address)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if len(body) > 1000 else None
    tag = '"' + hashlib.sha256(body).hexdigest()[:20] + '"'
    # The build writes a hash of the content into the names of its assets; only the first page keeps its name.
    return _File(body, packed, kind, tag, _FOREVER if address.startswith("/assets/") else "no-cache")


def built_page(folder: Traversable | None = None) -> Page:
    """Return the page that travels in this package; empty where it was not built."""
    root = resources.files("multipolar.web").joinpath("built") if folder is None else folder
    if not root.joinpath("index.html").is_file():
        return Page({})
    files: dict[str, bytes] = {}
    _collect(root, "/", files)
    files["/"] = files.pop("/index.html")
    return Page(files)


def _collect(folder: Traversable, prefix: str, files: dict[str, bytes]) -> None:
    for item in folder.iterdir():
        if item.is_dir():
            _collect(item, f"{prefix}{item.name}/", files)
        else:
            files[prefix + item.name] = item.read_bytes()
