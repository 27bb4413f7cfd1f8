"""Download a data set once, resumably, and check it. Nothing here runs at import; pooch and requests come late."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from multipolar.data.catalog import Dataset, catalog, dataset
from multipolar.errors import FetchError

__all__ = ["Progress", "Standing", "cache_folder", "downloaded", "examine", "fetch", "recorded", "verify"]

Progress = Callable[[str, int, int], None]
"""Called with the data set's id, bytes so far and bytes in all (0 where unknown)."""

RECORD = "fetched.json"
TIMEOUT = (15, 60)
"""Seconds to connect and between two blocks."""
MOST_REDIRECTS = 5
TRIES = 3
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What a downloaded file was held against.

    Attributes
    ----------
    sha256
        Checksum of the file.
    against
        ``catalog`` (a published checksum), ``record`` (that of the file when it was first seen), or ``nothing``: this
        is the first look, recorded now.
    record
        File with the checksums of what was first seen.
    """

    sha256: str
    against: str
    record: Path

    def __str__(self) -> str:
        """Return the whole in words."""
        if self.against == "catalog":
            return "the file whose checksum the catalog has"
        first = "no published checksum on record"
        if self.against == "record":
            return f"{first}; the same file as when it was first fetched, by the sha256 in '{self.record}'"
        return f"{first}; recorded the sha256 of what was fetched in '{self.record}', compared from then on"


def cache_folder() -> Path:
    """Return the folder of downloads: ``MULTIPOLAR_DATA``, or the user's own cache folder."""
    if chosen := os.environ.get("MULTIPOLAR_DATA"):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("multipolar") / "data"


def fetch(
    key: str | Dataset,
    folder: str | Path | None = None,
    *,
    offline: bool | None = None,
    progress: Progress | None = None,
) -> Path:
    """Return the path of a data set's file, downloading it if it is not there yet.

    A broken download is kept and goes on where it stopped. Where the catalog has no checksum, that of the first
    download is recorded beside the file and checked from then on.

    Parameters
    ----------
    key
        Id in the catalog, or a `Dataset`.
    folder
        Where files are kept; `cache_folder` if None.
    offline
        Never use the network; the environment variable ``MULTIPOLAR_OFFLINE`` sets it if None.
    progress
        Told how far a download is.

    Raises
    ------
    FetchError
        If the file cannot be had as it stands, naming the remedy.
    UnknownNameError
        For an id that is not in the catalog.
    """
    wanted = dataset(key) if isinstance(key, str) else key
    place = Path(folder) if folder is not None else cache_folder()
    if not wanted.url:
        raise FetchError(f"'{wanted.id}' cannot be fetched by program: {wanted.note}; see {wanted.page}")
    target = place / wanted.file
    known = wanted.sha256 or _record(place).get(wanted.file)
    if target.is_file():
        examine(wanted, place)
        return target
    if os.environ.get("MULTIPOLAR_OFFLINE", "") not in ("", "0") if offline is None else offline:
        raise FetchError(f"'{wanted.id}' is not in '{place}' and the network is switched off; fetch it while online")
    try:
        place.mkdir(parents=True, exist_ok=True)
        _retrieve(wanted, place, progress)
        digest = _sha256(target)
        if known and digest != known:
            target.unlink()
            raise FetchError(
                f"'{wanted.id}' came with checksum {digest[:12]}..., not {known[:12]}...; the provider changed the "
                f"file or something stands in between: the download was deleted{_to_trust(wanted, place)}"
            )
        _write_record(place, wanted.file, digest)
    except OSError as error:
        raise _disk_error(wanted, place, error) from error
    return target


def verify(key: str | Dataset, folder: str | Path | None = None) -> str:
    """Check a downloaded file and return its SHA-256; see `examine`.

    Raises
    ------
    FetchError
        If it is missing or is not the file that was recorded.
    """
    return examine(key, folder).sha256


def examine(key: str | Dataset, folder: str | Path | None = None) -> Standing:
    """Hold a file against the catalog's checksum, else against that of the file when it was first seen.

    Where neither is known, as for a file put there by hand, its checksum is recorded now.

    Raises
    ------
    FetchError
        If it is missing, is not the file that was recorded, or the record is damaged.
    """
    wanted = dataset(key) if isinstance(key, str) else key
    place = Path(folder) if folder is not None else cache_folder()
    target = place / wanted.file
    if not wanted.file or not target.is_file():
        raise FetchError(f"'{wanted.id}' is not in '{place}'; fetch it first")
    digest, recorded = _sha256(target), _record(place).get(wanted.file)
    known = wanted.sha256 or recorded
    if known and digest != known:
        raise FetchError(
            f"'{target}' has checksum {digest[:12]}..., not {known[:12]}...; delete it and fetch '{wanted.id}' again"
            f"{_to_trust(wanted, place)}"
        )
    if recorded is None:
        try:
            _write_record(place, wanted.file, digest)
        except OSError as error:
            raise _disk_error(wanted, place, error) from error
    return Standing(digest, "catalog" if wanted.sha256 else "record" if recorded else "nothing", place / RECORD)


def downloaded(folder: str | Path | None = None) -> tuple[str, ...]:
    """Return the ids of the catalog whose file lies in a folder of downloads.

    Raises
    ------
    FetchError
        If there is no such folder, or no file of the catalog in it.
    """
    place = Path(folder) if folder is not None else cache_folder()
    if not place.is_dir():
        raise FetchError(f"no folder '{place}'; name one with --dir, or fetch a data set first")
    found = tuple(name for name, known in catalog().items() if known.file and (place / known.file).is_file())
    if not found:
        raise FetchError(
            f"'{place}' holds no file of the catalog under its published name (such as 'WDI_CSV.zip'); "
            "`multipolar data list` lists what can be verified"
        )
    return found


def recorded(key: str | Dataset, folder: str | Path | None = None) -> str | None:
    """Return the checksum of a file as it was first seen in a folder, None if it never was."""
    wanted = dataset(key) if isinstance(key, str) else key
    return _record(Path(folder) if folder is not None else cache_folder()).get(wanted.file)


def _to_trust(wanted: Dataset, place: Path) -> str:
    """How to accept another edition, where only the record speaks against it."""
    return "" if wanted.sha256 else f"; to accept another edition, take '{wanted.file}' out of '{place / RECORD}'"


def _retrieve(wanted: Dataset, place: Path, progress: Progress | None) -> None:
    try:
        import pooch
    except ImportError:
        raise FetchError(
            "downloads need the extra 'data': pip install 'multipolar[data]', in a clone pip install -e '.[data]'"
        ) from None
    pooch.get_logger().setLevel("ERROR")

    def downloader(url: str, output_file: Any, _: Any) -> None:
        part = place / f".{wanted.file}.part"
        _download(wanted, url, part, progress)
        os.replace(part, output_file)
        part.with_suffix(".tag").unlink(missing_ok=True)

    pooch.retrieve(wanted.url, known_hash=None, fname=wanted.file, path=place, downloader=downloader)  # type: ignore[arg-type]


def _download(wanted: Dataset, url: str, part: Path, progress: Progress | None) -> None:
    """Download to a partial file, going on after a break; the last failure is the one reported."""
    import requests
    from urllib3.exceptions import HTTPError

    problem: Exception | None = None
    for _ in range(TRIES):
        try:
            with requests.Session() as session:
                session.max_redirects = MOST_REDIRECTS
                if _transfer(wanted, session, url, part, progress):
                    return
            problem = None
        except requests.TooManyRedirects:
            raise FetchError(f"'{wanted.id}' is redirected without end from {url}; see {wanted.page}") from None
        except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
            problem = error
    why = type(problem).__name__ if problem else "the connection closes before the end"
    raise FetchError(
        f"'{wanted.id}' could not be downloaded whole in {TRIES} tries ({why}); "
        "the same command goes on where it stopped"
    )


def _transfer(wanted: Dataset, session: Any, url: str, part: Path, progress: Progress | None) -> bool:
    """Add to the partial file what the server still has; True when it is complete."""
    tag_file = part.with_suffix(".tag")
    have = part.stat().st_size if part.is_file() else 0
    tag = tag_file.read_text() if tag_file.is_file() else ""
    # Without a tag nobody can tell whether the rest belongs to the same edition, so the download starts over.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-", "If-Range": tag} if have and tag else {})
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        _refuse(wanted, answer, url)
        resumed = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        start = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else 0
        _refuse_full_disk(wanted, part.parent, total - start)
        etag = answer.headers.get("ETag", "")
        tag_file.write_text(etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified", ""))
        done = start
        with open(part, "ab" if resumed else "wb") as out:
            # What has arrived is written at once, so that a break loses nothing.
            while block := answer.raw.read1(_BLOCK):
                out.write(block)
                done += len(block)
                if progress is not None:
                    progress(wanted.id, done, total)
    return not total or done == total


def _refuse(wanted: Dataset, answer: Any, url: str) -> None:
    if urlsplit(url).scheme == "https" and urlsplit(answer.url).scheme != "https":
        raise FetchError(f"'{wanted.id}' is redirected to an address without encryption; see {wanted.page}")
    if answer.status_code in (200, 206):
        return
    what = {401: "asks for an account", 403: "refuses programs", 404: "has no such file any more"}.get(
        answer.status_code, "answers with an error"
    )
    raise FetchError(f"'{wanted.id}': the server {what} (status {answer.status_code}); get it from {wanted.page}")


def _refuse_full_disk(wanted: Dataset, place: Path, needed: int) -> None:
    free = shutil.disk_usage(place).free
    if needed > free:
        raise FetchError(
            f"'{wanted.id}' needs {needed / 2**20:,.0f} MiB and '{place}' has {free / 2**20:,.0f}; "
            "free some space or set MULTIPOLAR_DATA to another folder"
        )


def _disk_error(wanted: Dataset, place: Path, error: OSError) -> FetchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(f"no space left in '{place}' for '{wanted.id}'; set MULTIPOLAR_DATA to another folder")
    reason = error.strerror or " ".join(str(error).split())[:120]
    return FetchError(f"'{wanted.id}' cannot be fetched into '{place}': {reason}; check the address and the folder")


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _record(place: Path) -> dict[str, str]:
    """Checksums of files as they were first seen; a damaged record is refused, since nobody could tell what changed."""
    try:
        found = json.loads((place / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise FetchError(f"'{place / RECORD}' is no record of checksums; delete it to trust what is there anew")
    return found


def _write_record(place: Path, name: str, digest: str) -> None:
    record = {**_record(place), name: digest}
    temporary = place / f".{RECORD}.{os.getpid()}"
    temporary.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(temporary, place / RECORD)
