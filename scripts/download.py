"""Fetches one file over HTTP, so that it is complete and correct, or not there at all.

What has arrived is kept as NAME.part, with what the server said about it in NAME.part.json, and the next
attempt (in this run or a later one) asks for the rest. A part is only continued if it is the same file: the
server is asked by If-Range with the ETag or Last-Modified of the first answer, and in the end the SHA-256
decides. Standard library only."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import queue
import re
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Callable

CHUNK_BYTES = 1 << 16
MIN_PROGRESS_BYTES = 1 << 16  # an attempt that brought this much does not count as failed
MIN_BYTES_PER_TIMEOUT = 1 << 10  # fewer than this in `timeout_s` is a stalled connection


class DownloadError(Exception):
    """The text is the one line the user sees."""


class NotThere(DownloadError):
    """The server has no such file (404, 410)."""


class Unreachable(DownloadError):
    """No complete answer from the server, after all attempts."""


class NoConnection(Unreachable):
    """No connection to the host at all: its other files cannot be fetched either."""


class _Transient(Exception):
    """An error that is worth another attempt."""


class _NotConnected(_Transient):
    """The host cannot be found or does not answer, which is worth another attempt, too."""


@dataclass(frozen=True)
class Policy:
    timeout_s: float = 30.0  # without data
    attempts: int = 4  # in a row without progress
    delay_s: float = 0.5  # before the second attempt, doubled each time
    max_bytes: int = 1 << 30
    connect_within_s: float | None = None  # a host that has not answered by then is given up


Report = Callable[[int, "int | None"], None]  # bytes so far, bytes in all if known


def sha256_of(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def download(url: str, target: pathlib.Path, sha256: str | None, policy: Policy, report: Report) -> None:
    """Stores the file as `target`. Raises DownloadError; then `target` does not exist, and after a wrong hash
    neither does a part of it. Two processes fetching into one folder take turns."""
    part = _Part(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if not target.exists():  # another process may have fetched it meanwhile
                _download_locked(url, part, sha256, policy, report)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.discard()  # on a full disk it would only be in the way
        raise DownloadError(
            f"{error.filename or target}: {error.strerror or error} (expected a folder that can be "
            f"written, on a disk with space)")


def _download_locked(url: str, part: _Part, sha256: str | None, policy: Policy, report: Report) -> None:
    for is_last in (False, True):
        was_continued = _fetch_all(url, part, sha256, policy, report)
        found = sha256_of(part.path)
        if sha256 is None or found == sha256:
            os.replace(part.path, part.target)
            part.discard()
            return
        size = part.size()
        part.discard()
        if is_last or not was_continued:
            raise DownloadError(f"{url}: SHA-256 is {found}, {size} bytes (expected {sha256})")
        # The part may come from another file, or be damaged: once more, from the start.


def _fetch_all(url: str, part: _Part, sha256: str | None, policy: Policy, report: Report) -> bool:
    """Runs until the part is complete. Returns whether it was put together from several answers."""
    failures, was_continued = 0, False
    furthest = part.size()  # fetching bytes again is not progress
    deadline = None if policy.connect_within_s is None else time.monotonic() + policy.connect_within_s
    while True:
        try:
            was_continued |= _fetch_once(url, part, sha256, policy, report, deadline)
            return was_continued
        except _Transient as error:
            if not isinstance(error, _NotConnected):
                deadline = None  # the host can be reached
            elif deadline is not None and time.monotonic() >= deadline:
                raise NoConnection(f"{url}: {error} (tried for {policy.connect_within_s:g} s; check the network, or "
                                   f"give --from DIR)")
            was_continued |= part.size() > 0
            failures = 0 if part.size() - furthest >= MIN_PROGRESS_BYTES else failures + 1
            furthest = max(furthest, part.size())
            if failures >= policy.attempts:
                kind = NoConnection if isinstance(error, _NotConnected) else Unreachable
                raise kind(f"{url}: {error} (tried {failures} times; check the network, or give --from DIR)")
        delay = policy.delay_s * 2 ** max(failures - 1, 0)
        time.sleep(delay if deadline is None else max(0.0, min(delay, deadline - time.monotonic())))


def _fetch_once(url: str, part: _Part, sha256: str | None, policy: Policy, report: Report,
                deadline: float | None) -> bool:
    """One request. Returns whether it continued a part. Raises _Transient or DownloadError."""
    start, validator = part.resume_point(url, sha256)
    if start and start == part.total():
        return True
    headers = {"User-Agent": "mobilenet-get-model", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    else:
        part.discard()
    with _open(url, headers, part, policy, deadline) as response:
        if response.status == 206:
            total = _check_range(response, start, part)
        elif response.status == 200:  # also a server that ignores Range: from the start
            part.discard()
            start, total = 0, _content_length(response)
        else:
            raise DownloadError(f"{url}: HTTP status {response.status} (expected 200)")
        if total is not None and total > policy.max_bytes:
            part.discard()
            raise DownloadError(f"{url}: {total} bytes (at most {policy.max_bytes} are fetched)")
        part.note(url, response, total)
        _receive(url, response, part, start, total, policy, report)
    return start > 0


def _open(url: str, headers: dict[str, str], part: _Part, policy: Policy,
          deadline: float | None) -> http.client.HTTPResponse:
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: cannot fetch (expected an http:// or https:// address)")
    try:
        request = urllib.request.Request(url, headers=headers)
        if deadline is None:
            return urllib.request.urlopen(request, timeout=policy.timeout_s)
        left = max(0.1, min(policy.timeout_s, deadline - time.monotonic()))
        return _in_time(lambda: urllib.request.urlopen(request, timeout=left), left)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the part does not fit the file any more
            part.discard()
            raise _Transient("HTTP status 416")
        if error.code in (404, 410):
            raise NotThere(f"{url}: HTTP status {error.code}: no such file there")
        if error.code in (408, 425, 429) or error.code >= 500:
            raise _Transient(f"HTTP status {error.code}")
        raise DownloadError(f"{url}: HTTP status {error.code} {error.reason} (expected 200)")
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise DownloadError(f"{url}: {error.reason.verify_message} (check the clock and the package "
                                f"ca-certificates)")
        raise _NotConnected(_reason(error.reason))
    except (OSError, http.client.HTTPException) as error:
        # A host that does not begin to answer in time is as unreachable as one that cannot be found.
        raise (_Transient if deadline is None else _NotConnected)(_reason(error))
    except ValueError as error:
        raise DownloadError(f"{url}: {error} (expected an http:// or https:// address)")


def _in_time(call: Callable[[], http.client.HTTPResponse], timeout_s: float) -> http.client.HTTPResponse:
    """What `call` returns or raises. Looking up a name has no timeout, so a thread that may be abandoned does it."""
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # noqa: B902: handed on
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        response, error = answers.get(timeout=timeout_s + 0.2)  # its own error says more
    except queue.Empty:
        raise urllib.error.URLError(TimeoutError())
    if error is not None:
        raise error
    return response


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__


def _content_length(response: http.client.HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _check_range(response: http.client.HTTPResponse, start: int, part: _Part) -> int:
    """The file's size, from an answer that really continues at `start`."""
    text = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", text)
    if not start or not found or int(found[1]) != start or part.total() not in (None, int(found[3])):
        part.discard()
        raise _Transient(f"the server sent the range {text!r}, asked for {start}-")
    return int(found[3])


def _receive(url: str, response: http.client.HTTPResponse, part: _Part, start: int, total: int | None,
             policy: Policy, report: Report) -> None:
    received = start
    window_start, window_bytes = time.monotonic(), 0
    with open(part.path, "ab") as file:
        while total is None or received < total:
            try:
                chunk = response.read1(CHUNK_BYTES if total is None else min(CHUNK_BYTES, total - received))
            except (OSError, http.client.HTTPException) as error:
                raise _Transient(f"{_reason(error)} after {received} bytes")
            if not chunk:
                break
            file.write(chunk)
            received += len(chunk)
            report(received, total)
            if received > policy.max_bytes:
                part.discard()
                raise DownloadError(
                    f"{url}: more than {policy.max_bytes} bytes (at most that many are fetched)")
            window_bytes += len(chunk)
            now = time.monotonic()
            if now - window_start > policy.timeout_s:
                if window_bytes < MIN_BYTES_PER_TIMEOUT:
                    raise _Transient(f"stalled after {received} bytes")
                window_start, window_bytes = now, 0
    if total is not None and received < total:
        raise _Transient(f"connection closed after {received} of {total} bytes")


class _Part:
    """NAME.part, and what the server said about the whole file."""

    def __init__(self, target: pathlib.Path):
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.notes_path = target.with_name(target.name + ".part.json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _notes(self) -> dict:
        try:
            notes = json.loads(self.notes_path.read_text())
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) else {}

    def total(self) -> int | None:
        total = self._notes().get("total")
        return total if isinstance(total, int) else None

    def note(self, url: str, response: http.client.HTTPResponse, total: int | None) -> None:
        notes = {"url": url, "etag": response.headers.get("ETag"),
                 "last_modified": response.headers.get("Last-Modified"), "total": total}
        self.notes_path.write_text(json.dumps(notes))

    def resume_point(self, url: str, sha256: str | None) -> tuple[int, str | None]:
        """Where to go on, and what must not have changed. 0 if nothing proves that it is the same file:
        neither a validator now nor a hash in the end."""
        notes, size = self._notes(), self.size()
        total = notes.get("total")
        if size == 0 or notes.get("url") != url or (isinstance(total, int) and size > total):
            return 0, None
        etag = notes.get("etag")
        if isinstance(etag, str) and not etag.startswith("W/"):  # a weak one must not be used in If-Range
            return size, etag
        if isinstance(notes.get("last_modified"), str):
            return size, notes["last_modified"]
        return (size, None) if sha256 else (0, None)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.notes_path.unlink(missing_ok=True)


def progress_text(name: str, done: int, total: int | None, columns: int) -> str:
    """At most that long: the bar becomes shorter first, then the name."""
    size = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
    name = name[-max(columns - len(size) - 1, 1):]
    bar = min(columns - len(name) - len(size) - 4, 30)
    if not total or bar < 5:
        return f"{name} {size}"[-columns:]
    filled = bar * min(done, total) // total
    return f"{name} [{'#' * filled}{'.' * (bar - filled)}] {size}"


class Progress:
    """A bar on stderr, if that is a terminal that can overwrite a line."""

    def __init__(self, name: str):
        self.name = name
        self.is_shown = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.last_s = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if not self.is_shown or now - self.last_s < 0.1:
            return
        self.last_s = now
        # One column stays free: some terminals begin a new line after the last one.
        columns = (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1
        text = progress_text(self.name, done, total, columns)
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
