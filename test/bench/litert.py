#!/usr/bin/env python3
"""Inference beside TensorFlow Lite's own runtime (the Python package ai-edge-litert) on the same .tflite file.

    test/bench/litert.py build/release/mobilenet MODEL.tflite... [--threads 2] [--rounds 15] [--runs 20]

scripts/make_venv.sh litert, which this runs, installs the package into build/venv-litert. The two take turns
(side_by_side.py). Status 1 where ours takes more than 1.05 times as long.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import side_by_side
from side_by_side import CHECKOUT

BOUND = 1.05

WORKER = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
network = Interpreter(model_path=sys.argv[1], num_threads=int(sys.argv[2]))
network.allocate_tensors()
details = network.get_input_details()[0]
grey = np.full(details["shape"], {"float32": 0.0, "int8": 0, "uint8": 128}[np.dtype(details["dtype"]).name],
               details["dtype"])
def infer():
    network.set_tensor(details["index"], grey)
    network.invoke()
"""


def compare(program: pathlib.Path, tflite: pathlib.Path, options: argparse.Namespace, folder: pathlib.Path) -> bool:
    """One line of the report; whether the bound holds."""
    model = folder / f"{tflite.stem}.safetensors"
    subprocess.run([CHECKOUT / "build/venv/bin/python", CHECKOUT / "scripts/convert.py", tflite, "-o", model],
                   env={**os.environ, "MOBILENET_PROGRAM": str(program)}, stdout=subprocess.DEVNULL, check=True)
    litert = side_by_side.Worker(CHECKOUT / "build/venv-litert/bin/python", WORKER, tflite, options.threads)
    return side_by_side.compare(
        tflite.stem, "litert", litert,
        lambda runs: side_by_side.our_median_ms(program, options.threads, runs, "--model", model), options, BOUND)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="+", metavar="MODEL.tflite")
    side_by_side.add_options(parser, rounds=15, runs=20)
    options = parser.parse_args()
    for word in ([], ["litert"]):
        subprocess.run([CHECKOUT / "scripts/make_venv.sh", *word], check=True)
    with tempfile.TemporaryDirectory() as folder:
        holds = [compare(options.program.resolve(), model, options, pathlib.Path(folder)) for model in options.models]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
