#!/usr/bin/env python3
"""Whether `mobilenet bench` can be believed, tried with the real program on this machine.

    test/bench/proofs.py build/release/mobilenet MODEL... [--threads 1] [--seconds 2] [--repetitions 20]

Of each model (a file or a name):
- three runs agree within 5 % in the median, or those that do not are called other than valid;
- the layers' times add up to the inference within 3 %;
- of --repetitions pairs of runs that are equal, at most one in twenty is called slower by --compare;
- of as many pairs of which the later one is 10 % slower (the earlier one's times are divided by 1.1), how many are.
Status 1 where one of them does not hold. Takes repetitions x 3 x seconds a model, and a machine with nothing else to do.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

AGREEMENT = 0.05
LAYERS = 0.03
SLOW_DOWN = 1.1


class Bench:
    def __init__(self, options: argparse.Namespace, model: str) -> None:
        self.command = [options.program, "bench", "--model", model, "--threads", str(options.threads), "--duration",
                        str(options.seconds), "--format", "json"]

    def run(self, *more: object) -> dict:
        done = subprocess.run([*self.command, *map(str, more)], stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            sys.exit(done.returncode)
        return json.loads(done.stdout)


def three_runs(bench: Bench) -> bool:
    runs = [bench.run() for _ in range(3)]
    medians = [run["results"][0]["latency_ms"]["median"] for run in runs]
    verdicts = [run["verdict"] for run in runs]
    spread = max(medians) / min(medians) - 1
    holds = spread <= AGREEMENT or any(verdict != "valid" for verdict in verdicts)
    print(f"  three runs: {', '.join(f'{ms:.3f} ms ({verdict})' for ms, verdict in zip(medians, verdicts))}: "
          f"{100 * spread:.1f} % apart{'' if holds else ', and called valid: BROKEN'}", flush=True)
    part = runs[0]["results"][0]["layers_sum_part"]
    adds_up = abs(part - 1) <= LAYERS
    print(f"  layers together: {100 * part:.2f} % of the inference{'' if adds_up else ': BROKEN'}", flush=True)
    return holds and adds_up


def compared(bench: Bench, repetitions: int, folder: pathlib.Path) -> bool:
    false_alarms, found, valid = 0, 0, 0
    for _ in range(repetitions):
        earlier = bench.run()
        equal, faster = folder / "equal.json", folder / "faster.json"
        equal.write_text(json.dumps(earlier))
        for result in earlier["results"]:
            result["runs_ms"] = [ms / SLOW_DOWN for ms in result["runs_ms"]]
        faster.write_text(json.dumps(earlier))
        of_equal = bench.run("--compare", equal)
        of_faster = bench.run("--compare", faster)
        false_alarms += of_equal["comparison"]["is_slower"]
        found += of_faster["comparison"]["is_slower"]
        valid += all(run["verdict"] == "valid" for run in (earlier, of_equal, of_faster))
    holds = 20 * false_alarms <= repetitions and found == repetitions
    print(f"  --compare: {false_alarms} of {repetitions} equal runs called slower, {found} of {repetitions} that are 10 % "
          f"slower found; {valid} of the {repetitions} triples all valid{'' if holds else ': BROKEN'}", flush=True)
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--repetitions", type=int, default=20, help="of --compare; 0 leaves it out")
    options = parser.parse_args()
    holds = True
    for model in options.models:
        print(pathlib.Path(model).name, flush=True)
        bench = Bench(options, model)
        holds = three_runs(bench) and holds
        if options.repetitions:
            with tempfile.TemporaryDirectory() as folder:
                holds = compared(bench, options.repetitions, pathlib.Path(folder)) and holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
