"""The runtimes that the makers of the formats have themselves, as the truth for converted files: LiteRT (TensorFlow Lite)
and TensorFlow.js."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

from support import ROOT

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    Interpreter = None  # there are wheels only for 64-bit Linux

NODE_MODULES = ROOT / "build" / "tfjs" / "node_modules"
SCORES = pathlib.Path(__file__).with_name("tfjs") / "scores.js"


def require(test: unittest.TestCase, is_there: bool, what: str) -> None:
    """Skips the test if a runtime is not installed, but not in CI."""
    if is_there:
        return
    if os.environ.get("CI") == "true":
        test.fail(f"no {what} (with CI=true it must be there)")
    test.skipTest(f"no {what} here")


def require_tfjs(test: unittest.TestCase) -> None:
    require(test, NODE_MODULES.is_dir(), "TensorFlow.js (scripts/make_tfjs.sh)")


def require_litert(test: unittest.TestCase) -> None:
    require(test, Interpreter is not None, "LiteRT (scripts/make_venv.sh test)")


def tfjs_scores(model: pathlib.Path, values: np.ndarray) -> np.ndarray:
    """What TensorFlow.js computes with a model.json of Keras layers for an input [1, R, R, C]."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(np.ascontiguousarray(values, np.float32).tobytes())
        file.flush()
        done = subprocess.run(["node", SCORES, model, file.name], capture_output=True, text=True,
                              env={**os.environ, "NODE_PATH": str(NODE_MODULES)}, timeout=300)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return np.array(json.loads(done.stdout.splitlines()[-1]))


def litert_scores(model: pathlib.Path, pixels: np.ndarray, mean: float, std: float) -> np.ndarray:
    """What LiteRT makes of a picture [R, R, 3] of 0...255: quantised networks take its pixels, float ones those less the
    mean and divided by std."""
    network = Interpreter(model_path=str(model), num_threads=1)
    network.allocate_tensors()
    (read,), (written,) = network.get_input_details(), network.get_output_details()
    values = pixels[None].astype(np.float64)
    if read["dtype"] == np.float32:
        values = (values - mean) / std
    network.set_tensor(read["index"], (values - (128 if read["dtype"] == np.int8 else 0)).astype(read["dtype"]))
    network.invoke()
    scores = network.get_tensor(written["index"]).astype(np.float64).reshape(-1)
    scale, zero_point = written["quantization"]
    return (scores - zero_point) * scale if scale else scores
