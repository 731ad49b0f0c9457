"""fleet_classify.py on this machine: a scheduler and three workers on the loopback address, some of which die.

    fleet_classify_test.py PROGRAM MODEL
"""
from __future__ import annotations

import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, MODEL = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
NOBODY = "tcp://127.0.0.1:1"


# Any machine is in the middle of a run then, however fast or loaded it is.
HELD = """#!/bin/sh
# As mobilenet, but after the first four shards, whichever they are, they wait until they may go on.
if [ "$1" = classify ]; then
  for n in 1 2 3 4; do
    mkdir "%(folder)s/free-$n" 2> /dev/null && exec "%(program)s" "$@"
  done
  touch "%(folder)s/held-by-$PPID"
  until [ -e "%(folder)s/go" ]; do sleep 0.05; done
fi
exec "%(program)s" "$@"
"""


class Cluster:
    """Owner has addCleanup, as a test and a class of tests do under different names."""

    def __init__(self, folder: pathlib.Path, add_cleanup) -> None:
        self.folder, self.add_cleanup = folder, add_cleanup
        file = folder / "scheduler.json"  # there before it is written
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                    "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]
        # Without a nanny: a worker that is killed stays away.
        self.workers = [self.start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                                   "--local-directory", str(folder / f"worker{i}")) for i in range(3)]

    def start(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-m", "dask.__main__", *arguments], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=self.folder)
        self.add_cleanup(process.wait)
        self.add_cleanup(process.kill)
        return process


def wait_for(condition) -> None:
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("nothing happened for two minutes")
        time.sleep(0.02)


def make_photos(folder: pathlib.Path, count: int) -> pathlib.Path:
    """One more of them is broken."""
    folder.mkdir()
    for i in range(count):
        (folder / f"{i:04d}.jpg").symlink_to(ROOT / "models/sample/chelsea.jpg")
    (folder / "bad.jpg").write_text("no picture")
    return folder


def temporary_folder(add_cleanup) -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mobilenet-test-"))
    add_cleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


class FleetTest(unittest.TestCase):
    address = NOBODY

    def setUp(self) -> None:
        self.folder = temporary_folder(self.addCleanup)
        self.here = self.folder / "here"  # what is in it no worker finds by its name alone
        self.here.mkdir()
        self.output = self.here / "labels.json"
        self.parts = self.here / "labels.json.parts"
        self.held = self.folder / "held"
        self.held.write_text(HELD % {"folder": self.folder, "program": PROGRAM})
        self.held.chmod(0o755)

    def start_fleet(self, *arguments, **more) -> subprocess.Popen:
        environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": more.pop("timeout", "60s"),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen([sys.executable, ROOT / "scripts/fleet_classify.py", "--scheduler", self.address,
                                 *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.here, env=environment, **more)

    def fleet(self, *arguments, **more) -> tuple[int, str]:
        run = self.start_fleet(*arguments, **more)
        out, said = run.communicate(timeout=300)
        self.assertEqual(out, "")
        self.assertNotIn("Traceback", said)
        return run.returncode, said

    def usual(self, *arguments) -> list:
        return ["--output", self.output, "--program", PROGRAM, "--model", MODEL, "--threads", "1", *arguments]

    def usual_held(self, *arguments) -> list:
        return [*self.usual(*arguments), "--program", self.held]

    def go_on(self) -> None:
        (self.folder / "go").touch()

    def expect_refused(self, said: str, *arguments, **more) -> None:
        """Refused with one line, before any work."""
        before = sorted(self.here.rglob("*"))
        status, line = self.fleet(*arguments, **more)
        self.assertEqual(status, 2, line)
        self.assertIn(f"fleet_classify: {said}", line)
        self.assertEqual(line.count("\n"), 1, line)
        self.assertEqual(sorted(self.here.rglob("*")), before)

    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.output.read_bytes().splitlines()]

    def paths(self) -> list[str]:
        return [record["path"] for record in self.records()]

    def wait_for_parts(self, count: int) -> None:
        wait_for(lambda: len(list(self.parts.glob("*.meta.json"))) >= count)


class UsageTest(FleetTest):
    """What is noticed before any worker is needed."""

    def test_numbers_that_are_none(self) -> None:
        for option, value in (("--parts", "0"), ("--parts", "-1"), ("--parts", "x"), ("--retries", "-1"),
                              ("--retries", "x")):
            status, said = self.fleet(*self.usual(option, value, "photos"))
            self.assertEqual(status, 2, said)
            self.assertIn(f"argument {option}: {value} (expected a whole number from ", said)

    def test_standard_input_does_not_reach_the_workers(self) -> None:
        for arguments, what in ((["-"], "-"), (["photos", "-"], "-"), (["@-"], "@-"), (["--", "-"], "-"),
                                (["--files-from", "-"], "--files-from -"), (["--files-from=-"], "--files-from -"),
                                (["/dev/stdin"], "/dev/stdin"), (["@/dev/fd/63"], "@/dev/fd/63"),
                                (["-r0", "-"], "-"), (["-k5", "-"], "-"), (["--layers", "-"], "-")):
            with self.subTest(arguments):
                self.expect_refused(f"{what}: standard input and pipes do not reach the workers",
                                    *self.usual(*arguments))
        self.expect_refused("--stream: standard input", *self.usual("--stream", "mjpeg"))
        self.expect_refused("--stream: standard input", *self.usual("--stream=mjpeg"))

    def test_options_that_are_the_scripts_own(self) -> None:
        for arguments in (["--shard", "1/2"], ["--shard=1/2"], ["--resume"], ["--retry-failed"], ["--every", "2"]):
            with self.subTest(arguments):
                self.expect_refused(f"{arguments[0].partition('=')[0]}: ", *self.usual("photos", *arguments))
        self.expect_refused("-o: ", *self.usual("photos", "-ro", "other.json"))

    def test_no_images(self) -> None:
        for arguments in ([], ["-r"], ["--top-k", "3"], ["-k", "3"], ["-0r"]):
            with self.subTest(arguments):
                self.expect_refused("no images", *self.usual(*arguments))

    def test_an_output_that_cannot_be_written(self) -> None:
        (self.here / "loop").symlink_to("loop")
        for output, what in (("/proc/x/g.json", "cannot write the results there: No such file or directory"),
                             (self.here, "is a folder"), ("/dev/null", "is not a file"),
                             (self.here / "missing/g.json", "cannot write the results there"),
                             (self.here / "loop", "cannot write the results there"),
                             (self.here / ("x" * 300), "cannot write the results there")):
            with self.subTest(output):
                self.expect_refused(f"{output}: {what}", "--output", output, "--program", PROGRAM, "photos")

    def test_no_program_here(self) -> None:
        self.expect_refused("no-mobilenet: not found here", "-o", self.output, "--program", "no-mobilenet", "photos")

    def test_no_scheduler(self) -> None:
        self.expect_refused(f"{NOBODY}: cannot reach a scheduler: Timed out", *self.usual("x"), timeout="1s")
        self.address = "127.0.0.1"
        self.expect_refused("127.0.0.1: cannot reach a scheduler: missing port", *self.usual("x"))

    def test_a_server_that_is_no_scheduler(self) -> None:
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def serve() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" * 4)

        threading.Thread(target=serve, daemon=True).start()
        self.address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        self.expect_refused(f"{self.address}: cannot reach a scheduler: ", *self.usual("x"), timeout="1s")

    def test_a_folder_of_others_is_left_alone(self) -> None:
        self.parts.mkdir()
        (self.parts / "notes.txt").write_text("mine")
        self.expect_refused(f"{self.parts}: is not empty, and does not belong to a run", *self.usual("x"))


class WorkersTest(FleetTest):
    """With workers that live."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = Cluster(temporary_folder(cls.addClassCleanup), cls.addClassCleanup)
        cls.address = cls.cluster.address

    def setUp(self) -> None:
        super().setUp()
        self.photos = make_photos(self.folder / "photos", 20)

    def test_parts_of_another_run_are_refused(self) -> None:
        other = make_photos(self.folder / "other", 20)
        run = self.start_fleet(*self.usual_held("--parts", "40", "-r", self.photos))
        self.wait_for_parts(2)
        run.kill()
        run.communicate()
        self.go_on()
        for arguments, what in (
                (["-r", other], f"{self.photos}, now {other}"),
                ([self.photos], "-r, now without"),
                (["-k", "3", "-r", self.photos], "now also -k 3"),
                (["--parts", "41", "-r", self.photos], "--parts 40, now --parts 41"),
                (["--format", "csv", "-r", self.photos], "--format json, now --format csv")):
            with self.subTest(arguments):
                self.expect_refused(f"{self.parts}: has parts of another run: {what} (the earlier command continues "
                                    f"it; remove {self.parts} to start again, or choose another --output)",
                                    *self.usual(*arguments))
        status, said = self.fleet(*self.usual("-r", self.photos))
        self.assertEqual(status, 1, said)
        self.assertIn("40/40 shards, 0 failed", said)
        self.assertEqual(self.paths(), sorted(map(str, self.photos.iterdir())))
        status, said = self.fleet(*self.usual("-r", other))
        self.assertEqual(status, 1, said)
        self.assertEqual(self.paths(), sorted(map(str, other.iterdir())))

    def test_options_of_mobilenet_reach_it(self) -> None:
        status, said = self.fleet(*self.usual("--parts", "2", "--schedule", "layers", "-rk1", "--", self.photos))
        self.assertEqual(status, 1, said)
        self.assertEqual({len(record["predictions"]) for record in self.records()}, {0, 1})

    def test_options_that_are_wrong_are_told(self) -> None:
        status, said = self.fleet(*self.usual("--parts", "4", "--retries", "0", "--top-k", "0", self.photos))
        self.assertEqual(status, 2)
        self.assertIn("--top-k", said)
        self.assertIn("(4 of 4 shards)", said)
        # Nothing was done yet that could be mixed with what follows.
        self.assertFalse(self.parts.exists())

    def test_what_workers_lack_is_told(self) -> None:
        (self.folder / "empty").mkdir()
        (self.here / "near.jpg").symlink_to(ROOT / "models/sample/chelsea.jpg")
        (self.here / "near-mobilenet").symlink_to(PROGRAM)
        names = self.folder / "names"
        names.write_text(f"{self.photos}/0000.jpg\n{self.folder}/gone.jpg\n")
        common = ["--parts", "3", "--retries", "0", "--output", self.output]
        usual = [*common, "--program", PROGRAM, "--model", MODEL]
        for arguments, what in (
                ([*usual, "-r", self.folder / "gone"], f"{self.folder}/gone: No such file or directory"),
                ([*usual, "-r", self.photos, self.folder / "empty"], f"{self.folder}/empty: is an empty folder"),
                ([*usual, "near.jpg"], f"{self.cluster.folder}/near.jpg: No such file or directory"),
                ([*usual, f"@{self.folder}/gone"], f"mobilenet: {self.folder}/gone: cannot read the list"),
                ([*usual, "--files-from", self.folder / "no"], f"mobilenet: {self.folder}/no: cannot read the list"),
                ([*common, "--program", PROGRAM, "-m", "no.safetensors", self.photos], "mobilenet: no.safetensors: "),
                ([*common, "--program", "./near-mobilenet", "-m", MODEL, self.photos],
                 "./near-mobilenet: No such file or directory (every worker needs it")):
            with self.subTest(what):
                status, said = self.fleet(*arguments)
                self.assertEqual(status, 2, said)
                self.assertIn(f"fleet_classify: {socket.gethostname()}: {what}", said)
                self.assertIn("(3 of 3 shards)", said)
                self.assertEqual(said.count("\n"), 4, said)
                self.assertFalse(self.parts.exists())
        # A file that a list names is an image like any other.
        status, said = self.fleet(*usual, f"@{names}")
        self.assertEqual(status, 1, said)
        self.assertEqual(self.paths(), [f"{self.folder}/gone.jpg", f"{self.photos}/0000.jpg"])

    def test_a_full_disk(self) -> None:
        limit = 2000  # bytes a file: enough for run.json, not for the records
        status, said = self.fleet(*self.usual("--parts", "1", self.photos), preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(status, 2, said)
        self.assertIn(f"fleet_classify: {self.parts}/000001: File too large", said)
        status, said = self.fleet(*self.usual(self.photos))
        self.assertEqual(status, 1, said)

    def test_parts_that_do_not_fit_together(self) -> None:
        run = self.start_fleet(*self.usual_held("--parts", "6", self.photos))
        self.wait_for_parts(1)
        run.kill()
        run.communicate()
        self.go_on()
        metadata = next(self.parts.glob("*.meta.json"))
        metadata.write_text(metadata.read_text().replace('"top_k": 5', '"top_k": 4'))
        status, said = self.fleet(*self.usual(self.photos))
        self.assertEqual(status, 2, said)
        self.assertIn(f"fleet_classify: {self.parts}: holds all parts, which were not merged", said)


class DyingTest(FleetTest):
    def setUp(self) -> None:
        super().setUp()
        self.photos = make_photos(self.folder / "photos", 100)
        self.cluster = Cluster(self.folder, self.addCleanup)
        self.address = self.cluster.address

    def test_every_image_has_one_record_though_a_worker_dies(self) -> None:
        run = self.start_fleet(*self.usual_held("--parts", "24", self.photos))
        self.wait_for_parts(3)
        wait_for((self.folder / f"held-by-{self.cluster.workers[1].pid}").exists)
        self.cluster.workers[1].send_signal(signal.SIGKILL)
        self.go_on()
        said = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 1, said)
        self.assertIn("24/24 shards, 0 failed", said)
        self.assertIn("101 images, 1 failures", said)
        self.assertEqual(self.paths(), sorted(map(str, self.photos.iterdir())))
        self.assertFalse(self.parts.exists())

    def test_a_run_that_was_stopped_is_continued(self) -> None:
        # A program in the background of a script inherits that SIGINT is ignored.
        run = self.start_fleet(*self.usual_held("--parts", "24", self.photos),
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.wait_for_parts(3)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 130, said)
        self.assertNotIn("Traceback", said)
        self.assertIn("fleet_classify: stopped (the same command continues)", said)
        kept = len(list(self.parts.glob("*.meta.json")))
        self.assertGreaterEqual(kept, 3)
        self.go_on()
        status, said = self.fleet(*self.usual(self.photos))
        self.assertEqual(status, 1, said)
        self.assertNotIn(f" {kept}/24 shards", said)
        self.assertIn(f" {kept + 1}/24 shards", said)
        self.assertEqual(self.paths(), sorted(map(str, self.photos.iterdir())))

    def test_a_scheduler_that_dies(self) -> None:
        run = self.start_fleet(*self.usual_held("--parts", "24", self.photos))
        self.wait_for_parts(3)
        self.cluster.scheduler.send_signal(signal.SIGKILL)
        said = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 2, said)
        self.assertNotIn("Traceback", said)
        self.assertIn(f"fleet_classify: {self.address}: the scheduler is gone", said)
        self.assertGreaterEqual(len(list(self.parts.glob("*.meta.json"))), 3)


if __name__ == "__main__":
    if not os.path.exists(MODEL):
        print(f"SKIPPED: no {MODEL} (ctest converts it from ../shared/models)")
        sys.exit(0)
    unittest.main()
