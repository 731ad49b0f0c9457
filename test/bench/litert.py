#!/usr/bin/env python3
"""Inference beside TensorFlow Lite's own runtime (the Python package ai-edge-litert) on the same .tflite file.

    test/bench/litert.py build/release/mobilenet MODEL.tflite... [--threads 2] [--rounds 15] [--runs 20]

scripts/make_venv.sh litert, which this runs, installs the package into build/venv-litert. The two take turns, each
round some inferences of one and then of the other, so that both meet the same neighbours on the machine; what counts is
the median over all rounds. Status 1 where ours takes more than 1.05 times as long.
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = CHECKOUT / "build/venv-litert/bin/python"
BOUND = 1.05

# The other side's process: for each line that it reads, the milliseconds of so many inferences.
WORKER = """
import json, sys, time
import numpy as np
from ai_edge_litert.interpreter import Interpreter
network = Interpreter(model_path=sys.argv[1], num_threads=int(sys.argv[2]))
network.allocate_tensors()
details = network.get_input_details()[0]
grey = np.full(details["shape"], {"float32": 0.0, "int8": 0, "uint8": 128}[np.dtype(details["dtype"]).name],
               details["dtype"])
for line in sys.stdin:
    times_ms = []
    for _ in range(int(line)):
        network.set_tensor(details["index"], grey)
        start = time.perf_counter()
        network.invoke()
        times_ms.append(1e3 * (time.perf_counter() - start))
    print(json.dumps(times_ms), flush=True)
"""


class Litert:
    def __init__(self, model: pathlib.Path, threads: int) -> None:
        self.process = subprocess.Popen([PYTHON, "-c", WORKER, model, str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def median_ms(self, runs: int) -> float:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        times_ms = json.loads(self.process.stdout.readline())
        # Its threads go on waiting with all their might, and would take a core from ours.
        self.process.send_signal(signal.SIGSTOP)
        return statistics.median(times_ms)

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def our_median_ms(program: pathlib.Path, model: pathlib.Path, threads: int, runs: int) -> float:
    done = subprocess.run([program, "bench", "--model", model, "--threads", str(threads), "--warmup", str(runs), "--runs",
                           str(runs), "--format", "json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)["inference_ms"]["median"]


def compare(program: pathlib.Path, tflite: pathlib.Path, options: argparse.Namespace, folder: pathlib.Path) -> bool:
    """One line of the report; whether the bound holds."""
    model = folder / f"{tflite.stem}.safetensors"
    subprocess.run([CHECKOUT / "build/venv/bin/python", CHECKOUT / "scripts/convert.py", tflite, "-o", model],
                   env={**os.environ, "MOBILENET_PROGRAM": str(program)}, stdout=subprocess.DEVNULL, check=True)
    litert = Litert(tflite, options.threads)
    litert.median_ms(3)  # the first is slow
    ours, theirs = [], []
    for _ in range(options.rounds):
        theirs.append(litert.median_ms(options.runs))
        ours.append(our_median_ms(program, model, options.threads, options.runs))
    litert.close()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{tflite.stem:45} {statistics.median(ours):8.2f} ms, litert {statistics.median(theirs):8.2f} ms, ratio "
          f"{ratio:.2f}{'' if ratio <= BOUND else f' (at most {BOUND})'}", flush=True)
    return ratio <= BOUND


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="+", metavar="MODEL.tflite")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=20, help="inferences of each in a round")
    options = parser.parse_args()
    for word in ([], ["litert"]):
        subprocess.run([CHECKOUT / "scripts/make_venv.sh", *word], check=True)
    with tempfile.TemporaryDirectory() as folder:
        holds = [compare(options.program.resolve(), model, options, pathlib.Path(folder)) for model in options.models]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
