"""Runs the real program on a converted file, and ONNX Runtime on the network that it was converted from."""
from __future__ import annotations

import json
import pathlib
import struct
import zlib

import numpy as np

from support import SCRIPTS  # noqa: F401 (puts scripts/ on the path)
from conversion import program


def write_png(path: pathlib.Path, pixels: np.ndarray) -> None:
    """uint8 [H, W, 3]."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows, 1))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))


def probabilities(model: pathlib.Path, pixels: np.ndarray, classes: int, *options: str) -> np.ndarray:
    """For a picture of the network's own size, so that nothing is resized."""
    png = model.with_suffix(".png")
    write_png(png, pixels)
    done = program.run(program.find_program(), "classify", "--format", "json", "--resize", "squash", "--top-k",
                       str(classes), *options, "--model", str(model), str(png))
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    found = np.full(classes, np.nan)
    for prediction in json.loads(done.stdout)["predictions"]:
        found[prediction["class_index"]] = prediction["score"]
    return found


def picture(seed: int, resolution: int) -> np.ndarray:
    """Smooth, with some noise: with only noise a network would see little."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(0, 255, (resolution // 16 + 2, resolution // 16 + 2, 3))
    large = np.kron(coarse, np.ones((16, 16, 1)))[:resolution, :resolution]
    return np.clip(large + random.normal(0, 20, large.shape), 0, 255).astype(np.uint8)
