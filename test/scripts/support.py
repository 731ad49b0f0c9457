"""What the tests of the scripts share: where things are, running convert.py, skipping by name."""
from __future__ import annotations

import contextlib
import io
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable

import numpy as np
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(SCRIPTS))
# Shells start background programs with it ignored, and the scripts under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

try:
    import convert  # noqa: E402
except SystemExit as missing:
    sys.exit(f"{sys.argv[0]}: {missing}")


class ScriptTest(unittest.TestCase):
    """With a temporary folder per test, and helpers that run convert.py."""

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def file(self, name: str, content: bytes | str) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def labels(self, count: int) -> pathlib.Path:
        return self.file(f"labels_{count}.txt", "".join(f"label {i}\n" for i in range(count)))

    def convert(self, *arguments: object) -> tuple[int, str, str]:
        """convert.py in this process: status, stdout, stderr."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = convert.main([str(argument) for argument in arguments])
            except SystemExit as ended:
                status = ended.code
        return status, out.getvalue(), err.getvalue()

    def converted(self, *arguments: object, output: str = "out.safetensors",
                  classes: int | None = 5) -> pathlib.Path:
        path = self.folder / output
        labels = ("--labels", self.labels(classes)) if classes else ()
        status, out, err = self.convert(*arguments, "-o", path, *labels)
        self.assertEqual(status, 0, err)
        self.assertIn(str(path), out)
        return path

    def refused(self, *arguments: object, classes: int | None = 5) -> str:
        """Runs convert.py on a file that cannot be converted; returns the one line that says so."""
        path = self.folder / "refused.safetensors"
        labels = ("--labels", self.labels(classes)) if classes else ()
        before = set(self.folder.iterdir())
        status, out, err = self.convert(*arguments, "-o", path, *labels)
        self.assertEqual((status, out), (1, ""), err)
        self.assertRegex(err, r"\Aconvert: [^\n]+\n\Z")
        self.assertEqual(set(self.folder.iterdir()), before, "something was left behind")
        return err

    def survives(self, path: pathlib.Path, whole: dict[str, np.ndarray], *arguments: object,
                 classes: int | None = 5) -> bool:
        """Converts or refuses a damaged file; where `whole` is given, it must not give other tensors than
        these. Returns whether it was converted."""
        output = self.folder / "out"
        labels = ("--labels", self.labels(classes)) if classes else ()
        status, _, err = self.convert(path, "-o", output, *labels, *arguments)
        if status != 0:
            self.assertEqual(status, 1)
            self.assertIn(path.name, err)
            self.assertRegex(err, r"\Aconvert: [^\n]+\n\Z")
            self.assertFalse(output.exists())
            return False
        made = load_file(output)
        output.unlink()
        for name in whole:
            np.testing.assert_array_equal(made[name], whole[name])
        return True


def damaged(good: bytes, dice: random.Random, place: Callable[[int], int],
            character: Callable[[], int] | None = None) -> bytes:
    """With one to twenty changes at `place(length)`: a byte replaced, some taken out or put in, and a bit turned, or
    `character()` written there."""
    data = bytearray(good)
    for _ in range(dice.choice((1, 1, 3, 20))):
        at = place(len(data))
        change = dice.randrange(4)
        if change == 0:
            data[at] = dice.randrange(256)
        elif change == 1:
            del data[at:at + dice.choice((1, 4, 100))]
        elif change == 2:
            data[at:at] = dice.randbytes(dice.choice((1, 4, 100)))
        else:
            data[at] = data[at] ^ 1 << dice.randrange(8) if character is None else character()
    return bytes(data)


def run_script(script: str, *arguments: object, env: dict[str, str] | None = None,
               **named) -> subprocess.CompletedProcess:
    """A script in its own process."""
    return subprocess.run([sys.executable, str(SCRIPTS / script), *map(str, arguments)], capture_output=True,
                          text=True, env=dict(os.environ, **(env or {})), timeout=300, **named)


def main() -> None:
    """Runs the tests of the calling file. Each skipped one is named in the end, but not as SKIPPED when
    another failed: ctest takes that word for the whole program, whatever its exit status."""
    result = unittest.main(exit=False).result
    word = "SKIPPED" if result.wasSuccessful() else "not run"
    for test, reason in result.skipped:
        print(f"{word}: {test.id()}: {reason}", flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)


def require_shared(test: unittest.TestCase) -> None:
    """For tests on published weights, which are not in the repository: skipped without them, but not in
    CI."""
    if (SHARED / "models").is_dir() and (SHARED / "golden").is_dir():
        return
    if os.environ.get("CI") == "true":
        test.fail(f"{SHARED} is missing (with CI=true it must be there)")
    test.skipTest(f"{SHARED} is missing: published weights and reference answers")
