#!/usr/bin/env python3
"""Classifies photographs on many boards at once: mobilenet on Dask workers, one merged file of records.

    dask scheduler                                        # on one machine
    dask worker tcp://scheduler:8786 --nthreads 1         # on each board
    scripts/fleet_classify.py --scheduler tcp://scheduler:8786 --output labels.json photos --recursive

Every worker sees the photographs under the same path and has mobilenet installed. The photographs are cut into
--parts shards; a worker runs `mobilenet classify --shard K/N` on one at a time. The shard of a worker that dies is
given to another. Finished shards are kept in OUTPUT.parts until all are there: the same command continues a run
that was stopped. Options that this script does not know go to mobilenet classify. Exit status: as mobilenet's, 0 all
good, 1 some images failed, 2 nothing was merged."""
from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


def end_with_parent() -> None:
    """Linux: the program ends when its worker is killed, so that it does not go on beside the one that repeats it."""
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def classify_shard(program: str, arguments: list[str], part: int, parts: int) -> tuple[bytes, bytes]:
    """Runs on a worker: the records of one shard and their metadata. A folder for each attempt, since the one
    before may not be over yet."""
    with tempfile.TemporaryDirectory(prefix="mobilenet-shard-") as folder:
        output = pathlib.Path(folder) / "records"
        run = subprocess.run(
            [program, "classify", "--shard", f"{part}/{parts}", "--output", str(output), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=end_with_parent,
            check=False)
        if run.returncode not in (0, 1):
            lines = run.stderr.decode(errors="replace").strip().splitlines()
            raise RuntimeError(lines[-1] if lines else f"{program}: ended with status {run.returncode}")
        return output.read_bytes(), pathlib.Path(f"{output}.meta.json").read_bytes()


def is_finished(path: pathlib.Path) -> bool:
    try:
        return path.exists() and json.loads(pathlib.Path(f"{path}.meta.json").read_bytes())["is_complete"]
    except (OSError, ValueError, KeyError):
        return False


def keep(path: pathlib.Path, records: bytes, metadata: bytes) -> None:
    """The records first: metadata that say is_complete stand for both."""
    path.write_bytes(records)
    part = path.with_suffix(".part")
    part.write_bytes(metadata)
    part.replace(f"{path}.meta.json")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scheduler", required=True, metavar="ADDRESS", help="of the Dask scheduler")
    parser.add_argument("--output", required=True, type=pathlib.Path, metavar="FILE", help="all records, merged")
    parser.add_argument("--parts", type=int, default=0, metavar="N", help="shards; default: eight for each worker")
    parser.add_argument("--retries", type=int, default=3, metavar="N", help="of a shard that failed (default: 3)")
    parser.add_argument("--program", default="mobilenet", help="on the workers and here (default: mobilenet)")
    parser.add_argument("--format", choices=("json", "csv"), default="json")
    options, arguments = parser.parse_known_args(argv)
    try:
        from distributed import Client, as_completed
    except ImportError:
        print("fleet_classify: no Dask here (scripts/make_venv.sh fleet installs it into build/venv-fleet)",
              file=sys.stderr)
        return 2

    folder = pathlib.Path(f"{options.output}.parts")
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--format", options.format, *arguments]
    with Client(options.scheduler) as client:
        # What was begun is continued with as many parts as it had.
        begun = folder / "parts"
        if begun.exists():
            parts = int(begun.read_text())
        else:
            parts = options.parts or 8 * max(1, len(client.scheduler_info()["workers"]))
            begun.write_text(str(parts))
        names = {part: folder / f"{part:06d}" for part in range(1, parts + 1)}
        missing = [part for part, name in names.items() if not is_finished(name)]
        shards = {client.submit(classify_shard, options.program, arguments, part, parts, pure=False,
                                retries=options.retries): part for part in missing}
        failed = []
        for done, shard in enumerate(as_completed(list(shards)), parts - len(missing) + 1):
            part = shards.pop(shard)
            if shard.status == "finished":
                keep(names[part], *shard.result())
            else:
                failed.append(f"shard {part}/{parts}: {shard.exception()}")
            shard.release()
            print(f"fleet_classify: {done}/{parts} shards, {len(failed)} failed", file=sys.stderr)
    if failed:
        for message in failed:
            print(f"fleet_classify: {message}", file=sys.stderr)
        return 2
    merge = subprocess.run([options.program, "merge", "--output", str(options.output), *map(str, names.values())],
                           check=False)
    if merge.returncode != 0:
        return 2
    shutil.rmtree(folder)
    metadata = json.loads(pathlib.Path(f"{options.output}.meta.json").read_bytes())
    print(f"fleet_classify: {metadata['images']} images, {metadata['failures']} failures", file=sys.stderr)
    return 1 if metadata["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
