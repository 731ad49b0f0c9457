#!/usr/bin/env python3
"""Whether `mobilenet tradeoff` agrees with a full bench of every model, and how good its estimates are.

    test/bench/tradeoff.py build/release/mobilenet FOLDER [--threads 2] [--duration 2] [--rounds 1]

FOLDER has model files of the catalogue's names. A copy of the program, in a folder of its own so that it finds no
other models, runs `tradeoff` on them, `bench` on one after the other, and `tradeoff --estimate` without any model. Prints
the rank correlation (Spearman) of the medians, and how far each estimate is from the measured median. Status 1 where the
correlation is below 0.95 or half of the estimates are further off than 20 %. Measure on a machine that has nothing else to
do: the verdicts are printed, too. On another one several rounds help, of whose medians the median is taken."""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

LEAST_CORRELATION = 0.95
MOST_OFF = 0.2


def run(program: pathlib.Path, models: pathlib.Path, *arguments: object) -> dict:
    environment = dict(os.environ, MOBILENET_MODELS=str(models), HOME=str(program.parent))
    done = subprocess.run([program, *map(str, arguments), "--format", "json"], stdout=subprocess.PIPE, check=True,
                          env=environment)
    return json.loads(done.stdout)


def ranks(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]


def spearman(a: list[float], b: list[float]) -> float:
    return statistics.correlation(ranks(a), ranks(b))


def add_medians(report: dict, medians: dict[str, list[float]], verdicts: list[str]) -> list[str]:
    """The names of the models, sorted."""
    for model in report["models"]:
        medians.setdefault(model["name"], []).append(model["latency_ms"]["median"])
    verdicts.append(report["verdict"])
    return sorted(model["name"] for model in report["models"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--duration", type=float, default=2, help="seconds of each model")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    common = ("--threads", options.threads, "--duration", options.duration)
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        program = place / "mobilenet"
        shutil.copy(options.program, program)
        (place / "none").mkdir()
        tradeoff, bench, estimates, verdicts = {}, {}, {}, []
        for _ in range(options.rounds):
            for model in add_medians(run(program, options.folder.resolve(), "tradeoff", *common), tradeoff, verdicts):
                single = run(program, options.folder.resolve(), "bench", "--model", model, *common)
                bench.setdefault(model, []).append(single["results"][0]["latency_ms"]["median"])
                verdicts.append(single["verdict"])
            add_medians(run(program, place / "none", "tradeoff", "--estimate", *common), estimates, verdicts)
    tradeoff, bench, estimates = ({model: statistics.median(values) for model, values in medians.items()}
                                  for medians in (tradeoff, bench, estimates))
    names = sorted(bench, key=bench.get)
    print(f"{'':36}{'bench ms':>9}{'tradeoff':>9}{'ratio':>7}{'estimate':>9}{'ratio':>7}")
    off = []
    for model in names:
        line = f"{model:36}{bench[model]:9.3f}{tradeoff[model]:9.3f}{tradeoff[model] / bench[model]:7.2f}"
        if model in estimates:
            # Compared with both measurements together, since each has its noise.
            measured = (bench[model] * tradeoff[model]) ** 0.5
            off.append(abs(estimates[model] / measured - 1))
            line += f"{estimates[model]:9.3f}{estimates[model] / measured:7.2f}"
        print(line)
    correlation = spearman([tradeoff[model] for model in names], [bench[model] for model in names])
    print(f"rank correlation of tradeoff and bench: {correlation:.3f} (at least {LEAST_CORRELATION})")
    print(f"estimates: {100 * statistics.median(off):.1f} % off at the median, {100 * max(off):.1f} % at the most, of {len(off)}"
          f" (median at most {100 * MOST_OFF:.0f} %)")
    print("verdicts: " + ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in sorted(set(verdicts))))
    return 0 if correlation >= LEAST_CORRELATION and statistics.median(off) <= MOST_OFF else 1


if __name__ == "__main__":
    sys.exit(main())
