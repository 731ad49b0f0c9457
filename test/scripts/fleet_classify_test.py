"""fleet_classify.py on this machine: a scheduler, three workers, one of them killed in the middle.

    fleet_classify_test.py PROGRAM MODEL
"""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, MODEL = sys.argv.pop(1), sys.argv.pop(1)
IMAGES = 400


class FleetTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mobilenet-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        photos = self.folder / "photos"
        photos.mkdir()
        for i in range(IMAGES):
            (photos / f"{i:04d}.jpg").symlink_to(ROOT / "models/sample/parrot.jpg")
        (photos / "bad.jpg").write_text("no picture")
        scheduler_file = self.folder / "scheduler.json"
        self.start("dask.__main__", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                   "--scheduler-file", str(scheduler_file))
        self.wait_for(scheduler_file.exists)
        self.address = json.loads(scheduler_file.read_text())["address"]
        # Without a nanny: a worker that is killed stays away.
        self.workers = [self.start("dask.__main__", "worker", self.address, "--nthreads", "1", "--no-nanny",
                                   "--no-dashboard", "--local-directory", str(self.folder / f"worker{i}"))
                        for i in range(3)]

    def start(self, module: str, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=self.folder)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition) -> None:
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, "nothing happened for a minute")
            time.sleep(0.05)

    def fleet(self, output: pathlib.Path, *more: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, ROOT / "scripts/fleet_classify.py", "--scheduler", self.address, "--output", output,
             "--parts", "24", "--program", PROGRAM, "--model", MODEL, "--threads", "1", *more,
             self.folder / "photos"], stderr=subprocess.PIPE, text=True)

    def records(self, output: pathlib.Path) -> list[dict]:
        return [json.loads(line) for line in output.read_bytes().splitlines()]

    def test_every_image_has_one_record_though_a_worker_dies(self) -> None:
        output = self.folder / "labels.json"
        run = self.fleet(output)
        parts = self.folder / "labels.json.parts"
        self.wait_for(lambda: parts.exists() and len(list(parts.glob("*.meta.json"))) >= 3)
        self.workers[1].send_signal(signal.SIGKILL)
        said = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 1, said)
        self.assertIn("24/24 shards, 0 failed", said)
        self.assertIn(f"{IMAGES + 1} images, 1 failures", said)
        paths = [record["path"] for record in self.records(output)]
        self.assertEqual(paths, sorted(str(path) for path in (self.folder / "photos").iterdir()))
        self.assertFalse(parts.exists())

    def test_a_run_that_was_stopped_is_continued(self) -> None:
        output = self.folder / "labels.json"
        run = self.fleet(output)
        parts = self.folder / "labels.json.parts"
        self.wait_for(lambda: parts.exists() and len(list(parts.glob("*.meta.json"))) >= 3)
        run.kill()
        run.communicate()
        kept = {path: path.stat().st_mtime_ns for path in parts.glob("*.meta.json")}
        again = self.fleet(output)
        said = again.communicate(timeout=300)[1]
        self.assertEqual(again.returncode, 1, said)
        self.assertNotIn(" 1/24 shards", said)
        self.assertGreaterEqual(len(kept), 3)
        self.assertEqual(len(self.records(output)), IMAGES + 1)

    def test_options_that_are_wrong_are_told(self) -> None:
        run = self.fleet(self.folder / "labels.json", "--top-k", "0", "--retries", "0")
        said = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 2)
        self.assertIn("--top-k", said)


if __name__ == "__main__":
    if not os.path.exists(MODEL):
        print(f"SKIPPED: no {MODEL} (ctest converts it from ../shared/models)")
        sys.exit(0)
    unittest.main()
