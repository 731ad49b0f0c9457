#!/usr/bin/env python3
"""Classifies photographs on many boards at once: mobilenet on Dask workers, one merged file of records.

    dask scheduler                                        # on one machine
    dask worker tcp://scheduler:8786 --nthreads 1         # on each board
    scripts/fleet_classify.py --scheduler tcp://scheduler:8786 --output labels.json /srv/photos --recursive

Every worker sees the photographs under the same path and has mobilenet installed. The photographs are cut into
--parts shards; a worker runs `mobilenet classify --shard K/N` on one at a time. The shard of a worker that dies is
given to another. Finished shards are kept in OUTPUT.parts until all are there: the same command continues a run
that was stopped. Options that this script does not know go to mobilenet classify. Exit status, like mobilenet's: 0 all
good, 1 some images failed, 2 nothing was merged."""
from __future__ import annotations

import argparse
import collections
import difflib
import json
import logging
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import Iterator

# Options of mobilenet classify. Any other option is assumed to have a value.
FLAGS = ("-0", "-r", "--hidden", "--layers", "--null", "--recursive", "--resume", "--retry-failed")
REFUSED = {
    "-o": "not among other letters (-o FILE)",
    "--every": "a stream cannot be divided among workers",
    "--resume": "not needed (the same command continues a run that was stopped)",
    "--retry-failed": "not with parts (for the merged file: mobilenet classify --output FILE --resume --retry-failed)",
    "--shard": "is set by this script (use --parts N)",
    "--stream": "standard input does not reach the workers (use folders, or files with lists)",
}


class Refused(Exception):
    """The message for the user: PATH: what is wrong (what would be right)."""


def say(message: str) -> None:
    print(f"fleet_classify: {message}", file=sys.stderr)


def read_arguments(arguments: list[str]) -> Iterator[tuple[str, str]]:
    """The arguments of mobilenet classify: each option with its value, each input without an option."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield from (("", path) for path in rest)
        elif argument.startswith("--"):
            name, has_value, value = argument.partition("=")
            yield name, value if has_value or name in FLAGS else next(rest, "")
        elif argument.startswith("-") and argument != "-":
            letters = argument[1:]
            while f"-{letters[:1]}" in FLAGS:
                yield f"-{letters[0]}", ""
                letters = letters[1:]
            if letters:
                yield f"-{letters[0]}", letters[1:] or next(rest, "")
        else:
            yield "", argument


def inputs_of(arguments: list[str]) -> list[str]:
    """The inputs among the arguments of mobilenet classify, a list as @LIST. Refuses options that workers cannot handle."""
    inputs = []
    for name, value in read_arguments(arguments):
        if name in REFUSED:
            raise Refused(f"{name}: {REFUSED[name]}")
        if not name or name == "--files-from":
            file = value.removeprefix("@")
            if file in ("-", "/dev/stdin") or file.startswith(("/dev/fd/", "/proc/self/fd/")):
                raise Refused(f"{shlex.join(filter(None, (name, value)))}: standard input and pipes do not reach the "
                              "workers (use a file that all of them see)")
            inputs.append(value if not name else f"@{value}")
    if not inputs:
        raise Refused("no images given (files, folders or @LIST, as the workers see them)")
    return inputs


def end_with_parent() -> None:
    """Linux: ends the program when its worker is killed, so that it does not run on beside the one that repeats it."""
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def missing_input(inputs: list[str]) -> str | None:
    """Runs on a worker. For mobilenet, a missing input is just one more image that fails, and the images below it
    would be in no record; a disk that this worker has not mounted looks like that."""
    for path in inputs:
        try:
            if path.startswith("@"):
                continue  # mobilenet wants lists themselves
            if not os.path.isdir(path):
                os.stat(path)
            elif not any(os.scandir(path)):
                return f"{os.path.abspath(path)}: is an empty folder"
        except OSError as error:
            return f"{os.path.abspath(path)}: {error.strerror}"
    return None


def classify_shard(program: str, arguments: list[str], inputs: list[str], part: int,
                   parts: int) -> tuple[bytes, bytes]:
    """Runs on a worker: the records of one shard and their metadata. Each attempt has its own folder, since the one
    before may still be running."""
    import socket

    worker = socket.gethostname()
    if missing := missing_input(inputs):
        raise RuntimeError(f"{worker}: {missing} (every worker must see the images under the same path)")
    with tempfile.TemporaryDirectory(prefix="mobilenet-shard-") as folder:
        output = pathlib.Path(folder) / "records"
        try:
            run = subprocess.run(
                [program, "classify", "--shard", f"{part}/{parts}", "--output", str(output), *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                preexec_fn=end_with_parent, check=False)
        except OSError as error:
            raise RuntimeError(f"{worker}: {program}: {error.strerror} (every worker needs it; "
                               "--program PATH)") from None
        if run.returncode not in (0, 1):
            lines = run.stderr.decode(errors="replace").strip().splitlines()
            raise RuntimeError(f"{worker}: {lines[-1] if lines else f'{program}: ended with status {run.returncode}'}")
        return output.read_bytes(), pathlib.Path(f"{output}.meta.json").read_bytes()


def is_finished(path: pathlib.Path) -> bool:
    try:
        return path.exists() and json.loads(pathlib.Path(f"{path}.meta.json").read_bytes())["is_complete"]
    except (OSError, ValueError, KeyError):
        return False


def write_whole(path: pathlib.Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def keep(path: pathlib.Path, records: bytes, metadata: bytes) -> None:
    """The records come first: metadata with is_complete stand for both."""
    try:
        path.write_bytes(records)
        write_whole(pathlib.Path(f"{path}.meta.json"), metadata)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror} (correct that, and the same command continues)") from None


def check_output(path: pathlib.Path) -> None:
    """Checks this before hours of work, not after them."""
    # os.path: in a folder that may not be entered, nothing exists for it, while pathlib raises.
    is_new = not os.path.exists(path)
    if not is_new and not os.path.isfile(path):
        raise Refused(f"{path}: is {'a folder' if os.path.isdir(path) else 'not a file'} (a file for the records was "
                      "expected)")
    try:
        path.open("ab").close()
    except OSError as error:
        raise Refused(f"{path}: cannot write the results there: {error.strerror} (a file in an existing folder that "
                      "can be written to was expected)") from None
    if is_new:
        os.unlink(os.path.realpath(path))  # a link stays


def difference(begun: dict, now: dict) -> str | None:
    """The difference between what was begun and what is to be done now, as the user would write it."""
    for name in ("format", "parts"):
        if now[name] not in (0, begun[name]):
            return f"--{name} {begun[name]}, now --{name} {now[name]}"
    was, new = ([shlex.join(filter(None, pair)) for pair in read_arguments(run["arguments"])] for run in (begun, now))
    for tag, was_first, was_end, first, end in difflib.SequenceMatcher(None, was, new, False).get_opcodes():
        if tag == "insert":
            return f"now also {' '.join(new[first:end])}"
        if tag != "equal":
            return f"{' '.join(was[was_first:was_end])}, now {' '.join(new[first:end]) or 'without'}"
    return None


def parts_of_run(folder: pathlib.Path, run: dict) -> int:
    """How many parts the run had that left something in the folder, 0 if none did. Refuses a different run."""
    way_out = f"remove {folder} to start again, or choose another --output"
    if not folder.is_dir() or not any(folder.iterdir()):
        return 0
    try:
        begun = json.loads((folder / "run.json").read_bytes())
        differs = difference(begun, run)
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(f"{folder}: is not empty, and does not belong to a run that can be continued ({way_out})") from None
    if not any(folder.glob("*.meta.json")):
        return 0  # nothing is finished, so any run may use it
    if differs:
        raise Refused(f"{folder}: has parts of another run: {differs} (the earlier command continues it; {way_out})")
    return begun["parts"]


def classify(client, run: dict, inputs: list[str], options: argparse.Namespace,
             names: dict[int, pathlib.Path]) -> collections.Counter:
    """Gives the missing shards to the workers and keeps their results. Returns what went wrong, and how often."""
    from distributed import CancelledError, as_completed

    parts = run["parts"]
    missing = [part for part, name in names.items() if not is_finished(name)]
    shards = {client.submit(classify_shard, options.program, ["--format", run["format"], *run["arguments"]], inputs,
                            part, parts, pure=False, retries=options.retries): part for part in missing}
    failures = collections.Counter()
    for done, shard in enumerate(as_completed(list(shards)), parts - len(missing) + 1):
        part = shards.pop(shard)
        try:
            error = shard.exception()
            brought = None if error else shard.result()
        except (OSError, CancelledError):  # the connection's errors; a worker's are returned
            raise Refused(f"{options.scheduler}: the scheduler is gone (with a new one the same command "
                          "continues)") from None
        if error:
            failures[" ".join(str(error).split())] += 1
        else:
            keep(names[part], *brought)
        shard.release()
        say(f"{done}/{parts} shards, {failures.total()} failed")
    return failures


def connect(address: str):
    from distributed import Client

    logging.disable()  # one line here says what Dask logs about a lost connection
    try:
        return Client(address)
    except Exception as error:  # anything that a server which is not a scheduler causes
        raise Refused(f"{address}: cannot reach a scheduler: {error or type(error).__name__} "
                      "(dask scheduler prints its address: tcp://HOST:PORT)") from None


def run_fleet(options: argparse.Namespace, arguments: list[str]) -> int:
    inputs = inputs_of(arguments)
    check_output(options.output)
    if not shutil.which(options.program):
        raise Refused(f"{options.program}: not found here, where it is needed to merge the parts (--program PATH)")
    folder = pathlib.Path(f"{options.output}.parts")
    run = {"arguments": arguments, "format": options.format, "parts": options.parts}
    begun = parts_of_run(folder, run)
    with connect(options.scheduler) as client:
        # A run that was begun is continued with its own number of parts.
        run["parts"] = begun or options.parts or 8 * max(1, len(client.scheduler_info()["workers"]))
        try:
            folder.mkdir(exist_ok=True)
            write_whole(folder / "run.json", json.dumps(run).encode())
        except OSError as error:
            raise Refused(f"{folder}: {error.strerror} (finished parts are kept there)") from None
        names = {part: folder / f"{part:06d}" for part in range(1, run["parts"] + 1)}
        failures = classify(client, run, inputs, options, names)
    if failures:
        for message, count in failures.items():
            say(f"{message} ({count} of {run['parts']} shards)")
        if not any(folder.glob("*.meta.json")):
            shutil.rmtree(folder)
        return 2
    merge = subprocess.run([options.program, "merge", "--output", str(options.output), *map(str, names.values())],
                           check=False)
    if merge.returncode != 0:
        raise Refused(f"{folder}: holds all parts, which were not merged (the same command tries again; if workers "
                      f"differ, make them alike, and remove {folder})")
    shutil.rmtree(folder)
    metadata = json.loads(pathlib.Path(f"{options.output}.meta.json").read_bytes())
    say(f"{metadata['images']} images, {metadata['failures']} failures")
    return 1 if metadata["failures"] else 0


def whole_number(least: int):
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} (expected a whole number from {least} on)")
        return int(text)
    return parse


def main(argv: list[str]) -> int:
    # Without abbreviations: --schedule is an option of mobilenet.
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--scheduler", required=True, metavar="ADDRESS", help="the Dask scheduler's address")
    parser.add_argument("-o", "--output", required=True, type=pathlib.Path, metavar="FILE", help="all records, merged")
    parser.add_argument("--parts", type=whole_number(1), default=0, metavar="N",
                        help="shards; default: eight for each worker")
    parser.add_argument("--retries", type=whole_number(0), default=3, metavar="N",
                        help="for a shard that fails (default: 3)")
    parser.add_argument("--program", default="mobilenet", help="on the workers and here (default: mobilenet)")
    parser.add_argument("--format", choices=("json", "csv"), default="json")
    options, arguments = parser.parse_known_args(argv)
    try:
        import distributed  # noqa: F401
    except ImportError:
        say("no Dask here (scripts/make_venv.sh fleet installs it into build/venv-fleet)")
        return 2
    try:
        return run_fleet(options, arguments)
    except Refused as refused:
        say(str(refused))
        return 2
    except KeyboardInterrupt:
        say("stopped (the same command continues)")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
