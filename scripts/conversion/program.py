"""Asks the program for its networks: their layers are written once, in models/, and `mobilenet summary --format
json` prints them. Converted networks are compared with these."""
from __future__ import annotations

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass

from .errors import ConversionError

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_TIMEOUT_S = 120


@dataclass(frozen=True)
class Listing:
    """A network of the program, with its layers as `summary` prints them (name, operator, inputs, activation, kernel,
    stride, padding, groups, output_shape, weights_shape)."""
    architecture: str
    width_multiplier: float
    resolution: int
    layers: list[dict]


def find_program() -> pathlib.Path:
    """$MOBILENET_PROGRAM, or the newest of this checkout's builds that runs on this machine, or the installed one.
    Raises ConversionError."""
    named = os.environ.get("MOBILENET_PROGRAM")
    if named:
        candidates = [pathlib.Path(named)]
    else:
        candidates = sorted((_ROOT / "build").glob("*/mobilenet"), key=lambda path: -path.stat().st_mtime)
        installed = shutil.which("mobilenet")
        candidates += [pathlib.Path(installed)] if installed else []
    return _first_that_runs(tuple(candidates))


@functools.cache
def _first_that_runs(candidates: tuple[pathlib.Path, ...]) -> pathlib.Path:
    for candidate in candidates:
        try:
            if run(candidate, "--version").returncode == 0:
                return candidate
        except (OSError, subprocess.SubprocessError):
            pass  # not a program, or one for another processor
    where = candidates[0] if candidates else _ROOT / "build" / "release" / "mobilenet"
    raise ConversionError(f"{where}: no such program, and no other that runs here (expected mobilenet, which knows "
                          f"the layers of the networks: build it with scripts/quickstart.sh, or name one in "
                          f"$MOBILENET_PROGRAM)")


def run(program: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    launcher = os.environ.get("MOBILENET_LAUNCHER", "").split()  # an emulator, of a program for another processor
    return subprocess.run([*launcher, str(program), *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S)


def architectures() -> list[str]:
    """The names that the program knows. Raises ConversionError."""
    program = find_program()
    message = run(program, "summary", "--arch", "?").stderr
    known = re.search(r"\(known: ([^)]+)\)", message)
    if known is None:
        raise ConversionError(f"{program}: does not say which networks it knows (expected this version's)")
    return known[1].split(", ")


def listing(architecture: str, width_multiplier: float = 1.0, resolution: int | None = None,
            classes: int = 1000) -> Listing | None:
    """The network of that name and size, at its own resolution if none is given; None if there is none of that
    size. Raises ConversionError."""
    return _listing(find_program(), architecture, width_multiplier, resolution, classes)


@functools.cache
def _listing(program: pathlib.Path, architecture: str, width_multiplier: float, resolution: int | None,
             classes: int) -> Listing | None:
    arguments = ["--arch", architecture, "--width", repr(width_multiplier), "--classes", str(classes)]
    if resolution is not None:
        arguments += ["--resolution", str(resolution)]
    done = run(program, "summary", *arguments, "--format", "json")
    if done.returncode != 0:
        return None
    try:
        found = json.loads(done.stdout)
        return Listing(architecture, width_multiplier, found["resolution"], found["layers"])
    except (ValueError, KeyError, TypeError):
        raise ConversionError(f"{program}: prints no layers (expected this version's summary --format json)")


def check(file: pathlib.Path, name: pathlib.Path) -> None:
    """Raises ConversionError if the program does not accept the layers of this model file, which is shown as `name`."""
    program = find_program()
    done = run(program, "summary", "--model", str(file.resolve()), "--format", "json")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"{program.name} ended with status {done.returncode}"]
        message = lines[-1].removeprefix("mobilenet: ")
        raise ConversionError(message.replace(str(file.resolve()), str(name)))
