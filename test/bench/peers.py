#!/usr/bin/env python3
"""Inference beside other runtimes from PyPI: TensorFlow Lite's own (ai-edge-litert) and ONNX Runtime.

    test/bench/peers.py build/release/mobilenet NETWORK... [--also PROGRAM] [--threads 1,2] [--peers litert,ort]
        [--rounds 15] [--runs 20]

NETWORK is a model file of ours, or FILE.safetensors:f32 for a quantised one in float; a .tflite file, which is converted
for us and ONNX Runtime, and which TensorFlow Lite has as it is; or the name of an architecture, of random weights in f32.
The others get the same layers, weights and scales as files of theirs (peer_graphs.py). scripts/make_venv.sh peers, which
this runs, installs the packages into build/venv-peers.

All take turns, each round some inferences of each, so that they meet the same neighbours on the machine. What counts is
the median of the rounds' medians, and beside it the shortest of all. It prints a Markdown table; `ratio` is ours to the
faster peer. A peer that cannot run a network has no figure, with the reason on standard error. Status 1 where a ratio is
above --bound. --also has another build of ours take its turns, too, such as one with another XNNPACK.

The peer litert-benchmark is the program of that name in ai-edge-litert, for .tflite files: its own figures beside those
of `mobilenet bench`.
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
VENV = CHECKOUT / "build/venv-peers/bin"
PEERS = ("litert", "ort", "litert-benchmark")


class NoFigure(Exception):
    """The peer cannot run the network, with the reason."""


class Worker:
    """A runtime in its own process (peer_worker.py)."""

    def __init__(self, peer: str, program: pathlib.Path, network: str, kind: str, threads: int) -> None:
        self.process = subprocess.Popen(
            [VENV / "python", CHECKOUT / "test/bench/peer_worker.py", peer, program, network, kind or "-", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        answer = self.process.stdout.readline()
        error = json.loads(answer).get("error") if answer else "ended without an answer"
        self.rest()
        if error:
            self.close()
            raise NoFigure(error)

    def rest(self) -> None:
        """Its threads keep spinning while they wait, and would take a core from the others."""
        self.process.send_signal(signal.SIGSTOP)

    def times_ms(self, runs: int) -> list[float]:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{runs}\n{runs}\n")  # as many to warm up
        self.process.stdin.flush()
        self.process.stdout.readline()
        times = json.loads(self.process.stdout.readline())
        self.rest()
        return times

    def figures(self, runs: int) -> dict[str, float]:
        times = self.times_ms(runs)
        return {"min": min(times), "median": statistics.median(times)}

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


class LitertBenchmark:
    """litert-benchmark of the package."""

    def __init__(self, network: str, threads: int, folder: pathlib.Path) -> None:
        if not network.endswith(".tflite"):
            raise NoFigure("litert-benchmark: for .tflite files")
        self.network, self.threads, self.result = network, threads, folder / "litert.json"

    def figures(self, runs: int) -> dict[str, float]:
        subprocess.run([VENV / "litert-benchmark", f"--model={self.network}", f"--num_runs={runs}",
                        f"--warmup_runs={runs}", f"--num_threads={self.threads}", f"--result_json={self.result}"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        latency = json.loads(self.result.read_text())["latency"]
        return {figure: latency[f"{figure}_ms"] for figure in ("min", "median")}

    def close(self) -> None:
        pass


class Ours:
    """`mobilenet bench`."""

    def __init__(self, program: pathlib.Path, model: list[str], threads: int) -> None:
        self.command = [program, "bench", *model, "--threads", str(threads), "--format", "json"]

    def figures(self, runs: int) -> dict[str, float]:
        done = subprocess.run([*self.command, "--warmup", str(runs), "--runs", str(runs)], stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)["inference_ms"]


def our_arguments(program: pathlib.Path, network: str, kind: str, folder: pathlib.Path) -> list[str]:
    """The description of the network for `mobilenet bench`."""
    precision = ["--precision", kind] if kind else []
    if network.endswith(".safetensors"):
        return ["--model", network, *precision]
    if not network.endswith(".tflite"):
        return ["--arch", network]
    model = folder / f"{pathlib.Path(network).stem}.safetensors"
    if not model.exists():
        subprocess.run([CHECKOUT / "scripts/make_venv.sh"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([CHECKOUT / "build/venv/bin/python", CHECKOUT / "scripts/convert.py", network, "-o", model],
                       env={**os.environ, "MOBILENET_PROGRAM": str(program)}, stdout=subprocess.DEVNULL, check=True)
    return ["--model", str(model)]


def compare(network: str, threads: int, options: argparse.Namespace, folder: pathlib.Path) -> float | None:
    """A row of the table; the ratio of the medians to the faster peer's."""
    network, _, kind = network.partition(":")
    program = options.program.resolve()
    arguments = our_arguments(program, network, kind, folder)
    sides = {"ours": Ours(program, arguments, threads)}
    if options.also:
        sides["also"] = Ours(options.also.resolve(), arguments, threads)
    ours = list(sides)
    for peer in options.peers:
        try:
            if peer == "litert-benchmark":
                sides[peer] = LitertBenchmark(network, threads, folder)
            else:
                is_converted = peer == "ort" and network.endswith(".tflite")
                sides[peer] = Worker(peer, program, arguments[1] if is_converted else network, kind, threads)
        except NoFigure as reason:
            print(f"peers: {pathlib.Path(network).stem}: {reason}", file=sys.stderr)
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, side in sides.items():
            rounds[name].append(side.figures(options.runs))
    medians = {name: statistics.median(one["median"] for one in rounds[name]) for name in sides}
    minima = {name: min(one["min"] for one in rounds[name]) for name in sides}
    peers = [name for name in sides if name not in ours]
    for name in peers:
        sides[name].close()
    cells = [pathlib.Path(network).stem + (f" as {kind}" if kind else ""), str(threads)]
    cells += [f"{medians[name]:.3f} ({minima[name]:.3f})" if name in medians else "-" for name in (*options.peers, *ours)]
    ratios = [[of[name] / min(of[peer] for peer in peers) for of in (medians, minima)] for name in ours if peers]
    cells += [f"{ratio[0]:.2f} ({ratio[1]:.2f})" for ratio in ratios] or ["-"] * len(ours)
    print("| " + " | ".join(cells) + " |", flush=True)
    return max((ratio[0] for ratio in ratios), default=None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("networks", nargs="+", metavar="NETWORK")
    parser.add_argument("--also", type=pathlib.Path, metavar="PROGRAM", help="another build of ours")
    parser.add_argument("--threads", default="1,2", help="counts, separated by commas")
    parser.add_argument("--peers", default="litert,ort", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=20, help="inferences of each in a round, and as many to warm up")
    parser.add_argument("--bound", type=float, default=1.0, help="the ratio of medians that status 1 is for")
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    for peer in options.peers:
        if peer not in PEERS:
            parser.error(f"{peer}: no such peer ({', '.join(PEERS)})")
    subprocess.run([CHECKOUT / "scripts/make_venv.sh", "peers"], check=True, stdout=sys.stderr)
    ours = ["ours", "also"] if options.also else ["ours"]
    columns = [f"{name}, ms (shortest)" for name in (*options.peers, *ours)] + [f"{name}: ratio" for name in ours]
    print("| network | threads | " + " | ".join(columns) + " |")
    print("|---|---|" + "---:|" * len(columns), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ratios = [compare(network, int(threads), options, pathlib.Path(folder))
                  for network in options.networks for threads in options.threads.split(",")]
    return 1 if any(ratio is not None and ratio > options.bound for ratio in ratios) else 0


if __name__ == "__main__":
    sys.exit(main())
