#!/usr/bin/env python3
"""Inference beside TensorFlow Lite's own runtime (the Python package ai-edge-litert) on the same .tflite file.

    test/bench/litert.py build/release/mobilenet MODEL.tflite... [--threads 2] [--rounds 15] [--runs 20]

scripts/make_venv.sh litert, which this runs, installs the package into build/venv-litert. The two take turns
(side_by_side.py). Status 1 where ours takes more than 1.05 times as long.

With --own-benchmark the other side is the package's litert-benchmark, and what is compared, as a Markdown table of ratios,
is its figures with those of `mobilenet bench`: the minimum and the median of each round, of which the median over all
rounds counts. It has no bound, since that program warms up and fills its input in a way of its own.
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import side_by_side
from side_by_side import CHECKOUT

BOUND = 1.05
FIGURES = ("min", "median")

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


def converted(program: pathlib.Path, tflite: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    model = folder / f"{tflite.stem}.safetensors"
    subprocess.run([CHECKOUT / "build/venv/bin/python", CHECKOUT / "scripts/convert.py", tflite, "-o", model],
                   env={**os.environ, "MOBILENET_PROGRAM": str(program)}, stdout=subprocess.DEVNULL, check=True)
    return model


def compare(program: pathlib.Path, tflite: pathlib.Path, options: argparse.Namespace, folder: pathlib.Path) -> bool:
    """One line of the report; whether the bound holds."""
    model = converted(program, tflite, folder)
    litert = side_by_side.Worker(CHECKOUT / "build/venv-litert/bin/python", WORKER, tflite, options.threads)
    return side_by_side.compare(
        tflite.stem, "litert", litert,
        lambda runs: side_by_side.our_median_ms(program, options.threads, runs, "--model", model), options, BOUND)


def own_figures(tflite: pathlib.Path, options: argparse.Namespace, folder: pathlib.Path) -> dict[str, float]:
    """The latencies in ms that litert-benchmark gives."""
    result = folder / "litert.json"
    subprocess.run([CHECKOUT / "build/venv-litert/bin/litert-benchmark", f"--model={tflite}", f"--num_runs={options.runs}",
                    f"--warmup_runs={options.runs}", f"--num_threads={options.threads}", f"--result_json={result}"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    latency = json.loads(result.read_text())["latency"]
    return {figure: latency[f"{figure}_ms"] for figure in FIGURES}


def compare_figures(program: pathlib.Path, tflite: pathlib.Path, options: argparse.Namespace, folder: pathlib.Path) -> None:
    """A row of the table a figure."""
    model = converted(program, tflite, folder)
    theirs, ours = [], []
    for _ in range(options.rounds):
        theirs.append(own_figures(tflite, options, folder))
        ours.append(side_by_side.our_figures(program, options.threads, options.runs, "--model", model))
    for figure in FIGURES:
        our_ms, their_ms = (statistics.median(one[figure] for one in side) for side in (ours, theirs))
        print(f"| {tflite.stem} | {figure} | {our_ms:.3f} | {their_ms:.3f} | {our_ms / their_ms:.2f} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="+", metavar="MODEL.tflite")
    side_by_side.add_options(parser, rounds=15, runs=20)
    parser.add_argument("--own-benchmark", action="store_true", help="beside litert-benchmark: a table of ratios")
    options = parser.parse_args()
    for word in ([], ["litert"]):
        subprocess.run([CHECKOUT / "scripts/make_venv.sh", *word], check=True)
    with tempfile.TemporaryDirectory() as folder:
        if options.own_benchmark:
            print("| model | | ours, ms | litert-benchmark, ms | ratio |\n|---|---|---:|---:|---:|")
            for model in options.models:
                compare_figures(options.program.resolve(), model, options, pathlib.Path(folder))
            return 0
        holds = [compare(options.program.resolve(), model, options, pathlib.Path(folder)) for model in options.models]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
