"""What the comparisons with other runtimes share (litert.py, ort.py): the two take turns, each round some inferences of
one and then of the other, so that both meet the same neighbours on the machine; what counts is the median over all
rounds."""
from __future__ import annotations

import argparse
import json
import pathlib
import signal
import statistics
import subprocess
from collections.abc import Callable

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]

# The end of every worker's program: `infer()` is one inference. For each line that it reads, the milliseconds of so many.
MEASURE = """
import json, sys, time
for line in sys.stdin:
    times_ms = []
    for _ in range(int(line)):
        start = time.perf_counter()
        infer()
        times_ms.append(1e3 * (time.perf_counter() - start))
    print(json.dumps(times_ms), flush=True)
"""


class Worker:
    """The other side's process: `python` runs `program`, which defines infer(), with those arguments."""

    def __init__(self, python: pathlib.Path, program: str, *arguments: object) -> None:
        self.process = subprocess.Popen([python, "-c", program + MEASURE, *map(str, arguments)], stdin=subprocess.PIPE,
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


def our_figures(program: pathlib.Path, threads: int, runs: int, *arguments: object) -> dict[str, float]:
    """What `mobilenet bench` with those arguments says of the inference: min and median, in ms."""
    done = subprocess.run([program, "bench", *map(str, arguments), "--threads", str(threads), "--warmup", str(runs), "--runs",
                           str(runs), "--format", "json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)["inference_ms"]


def our_median_ms(program: pathlib.Path, threads: int, runs: int, *arguments: object) -> float:
    return our_figures(program, threads, runs, *arguments)["median"]


def add_options(parser: argparse.ArgumentParser, rounds: int, runs: int) -> None:
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--runs", type=int, default=runs, help="inferences of each in a round")


def compare(name: str, other: str, theirs: Worker, ours: Callable[[int], float], options: argparse.Namespace,
            bound: float) -> bool:
    """One line of the report; whether ours(runs), the median of so many, takes at most `bound` times as long."""
    theirs.median_ms(3)  # the first is slow
    our_times, their_times = [], []
    for _ in range(options.rounds):
        their_times.append(theirs.median_ms(options.runs))
        our_times.append(ours(options.runs))
    theirs.close()
    ratio = statistics.median(our_times) / statistics.median(their_times)
    print(f"{name:45} {statistics.median(our_times):8.2f} ms, {other} {statistics.median(their_times):8.2f} ms, ratio "
          f"{ratio:.2f}{'' if ratio <= bound else f' (at most {bound})'}", flush=True)
    return ratio <= bound
