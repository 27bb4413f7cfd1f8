"""Downloads against a local server that misbehaves in every way that real ones do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from multipolar.data.catalog import Dataset
from multipolar.data.fetching import examine, fetch, recorded, verify
from multipolar.errors import FetchError

pytest.importorskip("pooch")
BODY = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY; `log` holds the path and range of every request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.log: list[tuple[str, str | None]] = []
        self.cuts = 0
        self.etag = '"one"'

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server  # type: ignore[assignment]

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.log.append((self.path, wanted))
        if self.path == "/gone":
            self.send_error(404)
        elif self.path == "/moved":
            self._redirect("/file")
        elif self.path == "/circle":
            self._redirect("/circle")
        else:
            self._file(wanted)

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, wanted: str | None) -> None:
        same = self.headers.get("If-Range") == self.server.etag
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and same else 0
        rest = BODY[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        size = 1 << 60 if self.path == "/huge" else len(rest)
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", self.server.etag)
        self.end_headers()
        if self.server.cuts > 0:
            self.server.cuts -= 1
            rest = rest[:100_000]
        self.wfile.write(rest)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def _dataset(server: Server, path: str = "/file", sha256: str = "") -> Dataset:
    return Dataset(
        id="toy", title="Toy", version="1", coverage="all", page="https://example.org/toy", url=server.base + path,
        file="toy.bin", sha256=sha256, size_mb=None, licence="CC0", citation="Nobody", access="open", note="a test",
    )  # fmt: skip


def test_downloads_once_and_tells_how_far(server: Server, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = fetch(_dataset(server, sha256=DIGEST), tmp_path, progress=lambda *a: told.append(a))
    assert path.read_bytes() == BODY
    assert told[-1] == ("toy", len(BODY), len(BODY))
    fetch(_dataset(server, sha256=DIGEST), tmp_path)
    assert len(server.log) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fetched.json", "toy.bin"]


def test_follows_a_redirect_and_refuses_a_circle(server: Server, tmp_path: Path) -> None:
    assert fetch(_dataset(server, "/moved"), tmp_path).read_bytes() == BODY
    with pytest.raises(FetchError, match="redirected without end"):
        fetch(_dataset(server, "/circle"), tmp_path / "other")


def test_a_cut_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.cuts = 2
    assert fetch(_dataset(server, sha256=DIGEST), tmp_path).read_bytes() == BODY
    assert [wanted for _, wanted in server.log] == [None, "bytes=100000-", "bytes=200000-"]


def test_a_download_that_never_ends_is_kept_for_the_next_call(server: Server, tmp_path: Path) -> None:
    server.cuts = 3
    with pytest.raises(FetchError, match="goes on where it stopped"):
        fetch(_dataset(server), tmp_path)
    assert not (tmp_path / "toy.bin").exists()
    assert fetch(_dataset(server), tmp_path).read_bytes() == BODY
    assert server.log[-1][1] == "bytes=300000-"


def test_a_new_edition_is_not_glued_to_the_old_one(server: Server, tmp_path: Path) -> None:
    server.cuts = 3
    with pytest.raises(FetchError):
        fetch(_dataset(server), tmp_path)
    server.etag = '"two"'
    assert fetch(_dataset(server), tmp_path).read_bytes() == BODY


def test_wrong_checksum_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="not 000000000000"):
        fetch(_dataset(server, sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_changed_afterwards_is_noticed(server: Server, tmp_path: Path) -> None:
    wanted = _dataset(server)
    path = fetch(wanted, tmp_path)
    assert verify(wanted, tmp_path) == DIGEST
    path.write_bytes(b"else")
    for act in (verify, fetch):
        with pytest.raises(FetchError, match="delete it and fetch"):
            act(wanted, tmp_path)


def test_without_a_published_checksum_the_first_download_is_trusted_and_says_so(server: Server, tmp_path: Path) -> None:
    wanted = _dataset(server)
    assert recorded(wanted, tmp_path) is None
    path = fetch(wanted, tmp_path)
    assert recorded(wanted, tmp_path) == DIGEST
    found = examine(wanted, tmp_path)
    assert (found.sha256, found.against, found.record) == (DIGEST, "record", tmp_path / "fetched.json")
    assert "no published checksum on record; the same file as when it was first fetched" in str(found)
    path.unlink()
    (tmp_path / "fetched.json").write_text('{"toy.bin": "%s"}' % ("0" * 64))  # what came first was another edition
    with pytest.raises(
        FetchError, match=r"the download was deleted; to accept another edition, take 'toy\.bin' out of"
    ):
        fetch(wanted, tmp_path)
    assert not path.exists()
    (tmp_path / "fetched.json").unlink()
    assert fetch(wanted, tmp_path).read_bytes() == BODY


def test_a_file_put_there_by_hand_is_recorded_when_it_is_first_seen(server: Server, tmp_path: Path) -> None:
    wanted = _dataset(server)
    (tmp_path / "toy.bin").write_bytes(BODY)
    found = examine(wanted, tmp_path)
    assert found.against == "nothing" and "recorded the sha256 of what was fetched in" in str(found)
    assert examine(wanted, tmp_path).against == "record" and server.log == []
    (tmp_path / "toy.bin").write_bytes(BODY[:-1])
    with pytest.raises(FetchError, match="delete it and fetch 'toy' again; to accept another edition"):
        fetch(wanted, tmp_path)
    published = replace(wanted, sha256=DIGEST)
    (tmp_path / "toy.bin").write_bytes(BODY)
    assert examine(published, tmp_path).against == "catalog"
    (tmp_path / "toy.bin").write_bytes(b"else")
    with pytest.raises(FetchError, match=r"again$"):
        examine(published, tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"toy.bin": 5}', "\x00"])
def test_a_damaged_record_is_no_reason_to_trust(text: str, server: Server, tmp_path: Path) -> None:
    fetch(_dataset(server), tmp_path)
    (tmp_path / "fetched.json").write_text(text)
    for act in (fetch, verify):
        with pytest.raises(FetchError, match="is no record of checksums; delete it to trust"):
            act(_dataset(server), tmp_path)


def test_a_missing_file_names_the_page(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"status 404.*https://example.org/toy"):
        fetch(_dataset(server, "/gone"), tmp_path)


def test_no_room_on_the_disk(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="free some space"):
        fetch(_dataset(server, "/huge"), tmp_path)


def test_the_disk_fills_up_on_the_way(server: Server, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    (tmp_path / ".toy.bin.part").symlink_to("/dev/full")
    with pytest.raises(FetchError, match="no space left"):
        fetch(_dataset(server), tmp_path)


def test_offline_and_what_cannot_be_fetched(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match="switched off"):
        fetch(_dataset(server), tmp_path, offline=True)
    monkeypatch.setenv("MULTIPOLAR_OFFLINE", "1")
    with pytest.raises(FetchError, match="switched off"):
        fetch(_dataset(server), tmp_path)
    with pytest.raises(FetchError, match="by program: a test"):
        fetch(replace(_dataset(server), url="", file=""), tmp_path)
    assert server.log == []


def test_nobody_listens(tmp_path: Path) -> None:
    made = Server()
    wanted = _dataset(made)
    made.server_close()
    with pytest.raises(FetchError, match=r"could not be downloaded.*ConnectionError"):
        fetch(wanted, tmp_path)
