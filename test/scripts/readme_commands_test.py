#!/usr/bin/env python3
"""Every command of the README, run as it is there: readme_commands_test.py PROGRAM WEIGHTS. What cannot be run here,
for want of a board, of another host or of an hour, is listed with the reason; a command that is in no list is run, and
must succeed."""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT.parent / "shared" / "images"
TIMEOUT_S = 300
PROGRAMS = ("mobilenet ", "find ", "inotifywait ", "rpicam-vid ", "ffmpeg ", "parallel ", "scripts/", "build/", "cmake ",
            "sudo ", "git ", "python3 ")

# The beginning of a command, and why it is not run here.
NOT_RUN = {
    "scripts/quickstart.sh": "by scripts/test_quickstart.sh",
    "scripts/test": "these are the tests",
    "scripts/make_packages.sh": "by scripts/test_packages.sh",
    "scripts/deploy_board.sh": "needs a board; by deploy_board_test.sh",
    "scripts/install_packages.sh": "changes the machine; by every run of the tests",
    "scripts/make_sysroot.sh": "by the tests for other CPUs",
    "scripts/make_venv.sh": "by every run of the tests",
    "scripts/fuzz.sh": "takes half an hour; by fuzz_test.sh",
    "scripts/convert.py": "by custom_network_test.py",
    "cmake": "by the tests for other CPUs, and install_test.sh",
    "sudo": "changes the machine; by scripts/test_packages.sh",
    "git": "needs a network",
    "python3 -m http.server": "does not end; by scripts/test_packages.sh",
    "rpicam-vid": "needs a camera",
    "ffmpeg": "needs a camera",
    "parallel": "needs several boards",
    "build/venv": "by the tests of convert.py and fleet_classify.py",
    "build/host/test/bench": "by the tests of the benchmarks",
    "mobilenet models get --all": "fetches half a gigabyte",
    "mobilenet models get": "by install_test.sh",
    "mobilenet merge --output labels.json /srv": "needs several boards",
    "cd /srv": "needs several boards",
}
# Commands that need options to end soon, or weights that are not in every build.
CHANGED = {
    "mobilenet bench": " --runs 3 --warmup 1",
    "mobilenet tradeoff": " --duration 0.05",
    "mobilenet tune": " --duration 0.05",
}
# Status 1 is the answer: a busy machine is not measured, the other boards' parts are missing.
MAY_BE_1 = ("mobilenet tune", "mobilenet bench --compare", "mobilenet tradeoff", "mobilenet merge")
# What --precision f16 is refused with where neither XNNPACK nor our kernels compute in half floats.
NO_HALF = "kernels of half floats for this CPU"


def commands(readme: str) -> list[str]:
    """The lines of indented blocks that begin with a program, joined where they are continued, without comments."""
    found, open_line = [], ""
    for line in readme.splitlines():
        if not line.startswith("    "):
            open_line = ""
            continue
        text = re.sub(r"\s{2,}#.*$", "", line[4:]).rstrip()
        if not open_line and not text.startswith(PROGRAMS):
            continue
        open_line += text.strip() if not open_line else " " + text.strip()
        if open_line.endswith("\\"):
            open_line = open_line[:-1].rstrip()
        elif not open_line.endswith("|"):
            found.append(open_line)
            open_line = ""
    return found


def read_bmp(path: pathlib.Path) -> np.ndarray:
    """[H, W, 3] of a file of 24 bits per pixel."""
    data = path.read_bytes()
    offset, width, height = (int.from_bytes(data[i:i + 4], "little") for i in (10, 18, 22))
    stride = (3 * width + 3) // 4 * 4
    rows = np.frombuffer(data, np.uint8, stride * height, offset).reshape(height, stride)
    return rows[::-1, :3 * width].reshape(height, width, 3)[:, :, ::-1]


def make_sandbox(folder: pathlib.Path, weights: pathlib.Path) -> dict[str, str]:
    """The files that the commands name. Returns the environment."""
    shutil.copy(ROOT / "models" / "sample" / "chelsea.jpg", folder / "photo.jpg")
    for name, label in (("dragonfly", "dragonfly"), ("cat", "tiger cat")):
        picture = read_bmp(IMAGES / f"{name}.bmp")
        (folder / "photos" / label).mkdir(parents=True)
        for i in range(6):
            part = picture[8 * i:picture.shape[0] - 5 * i, 5 * i:picture.shape[1] - 8 * i]
            header = f"P6\n{part.shape[1]} {part.shape[0]}\n255\n".encode()
            (folder / "photos" / label / f"{name}{i}.ppm").write_bytes(header + part.tobytes())
        shutil.copy(folder / "photo.jpg", folder / "photos" / label / "chelsea.jpg")
    shutil.copytree(folder / "photos" / "tiger cat", folder / "more" / "tiger cat")
    files = sorted(str(path.relative_to(folder)) for path in (folder / "photos").rglob("*.*"))
    (folder / "names.txt").write_text("\n".join(files) + "\n")
    (folder / "classes.csv").write_text("path,label\n" + "".join(
        f"{pathlib.Path(name).relative_to('photos')},{pathlib.Path(name).parent.name}\n" for name in files))
    models = folder / "models"
    models.mkdir()
    for name in ("mobilenet_v1_1.0_224_s8", "mobilenet_v1_0.5_160_s8", "mobilenet_v1_0.25_128_s8"):
        (models / f"{name}.safetensors").symlink_to(weights / f"{name}.safetensors")
    shutil.copy(weights / "mobilenet_v1_0.25_128_s8.safetensors", folder / "flowers.safetensors")
    shutil.copy(weights / "mobilenet_v1_0.25_224_f32.safetensors", folder / "flowers_f32.safetensors")
    (folder / "build" / "release").mkdir(parents=True)
    return {"HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "config"), "LC_ALL": "C.UTF-8",
            "MOBILENET_MODELS": str(models), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


def run(command: str, folder: pathlib.Path, environment: dict[str, str]) -> tuple[int, str]:
    """Its status and output; a command that waits for more input is ended after its answer."""
    for beginning, options in CHANGED.items():
        if command.startswith(beginning):
            command = re.sub(f"^{re.escape(beginning)}", beginning + options, command)
    if command.startswith("inotifywait"):
        return run_service(command, folder, environment)
    process = subprocess.Popen(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return -1, f"not over after {TIMEOUT_S} s"


def run_service(command: str, folder: pathlib.Path, environment: dict[str, str]) -> tuple[int, str]:
    """For a command that waits for new files in /srv/photos, here below the folder: one must be recorded."""
    (folder / "srv" / "photos").mkdir(parents=True, exist_ok=True)
    labels = folder / "srv" / "labels.json"
    process = subprocess.Popen(["bash", "-c", command.replace("/srv/", f"{folder}/srv/")], cwd=folder, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    try:
        for attempt in range(100):
            time.sleep(0.3)
            # Again, since the first one may arrive before the command waits.
            shutil.copy(folder / "photo.jpg", folder / "srv" / "photos" / f"{attempt}.jpg")
            if labels.exists() and "Egyptian cat" in labels.read_text():
                return 0, ""
    finally:
        os.killpg(process.pid, signal.SIGTERM)
    return -1, f"no record: {process.communicate(timeout=TIMEOUT_S)[0]}"


def main(program: str, weights: pathlib.Path) -> int:
    if not IMAGES.is_dir():
        print("SKIPPED: no folder shared/images beside the checkout")
        return 0
    found = commands((ROOT / "README.md").read_text())
    failures, done, left_out = [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = make_sandbox(folder, weights)
        (folder / "bin").mkdir()
        for link in (folder / "bin" / "mobilenet", folder / "build" / "release" / "mobilenet"):
            link.symlink_to(pathlib.Path(program).resolve())
        for command in dict.fromkeys(found):
            reason = next((why for beginning, why in NOT_RUN.items() if command.startswith(beginning)), None)
            if reason:
                print(f"   not run: {command}  ({reason})")
                left_out += 1
                continue
            start = time.monotonic()
            status, output = run(command, folder, environment)
            if "--precision f16" in command and NO_HALF in output:
                print(f"   refused, as it should be: {command}  ({NO_HALF})")
                left_out += 1
                continue
            print(f"{time.monotonic() - start:7.1f} s: {command}", flush=True)
            done += 1
            if status != 0 and not (status == 1 and command.startswith(MAY_BE_1)):
                failures.append(command)
                print(f"FAILED with status {status}:\n{output}")
    if done < 30:
        failures.append(f"only {done} commands found in the README")
    print(f"{done} commands run, {left_out} left out, {len(failures)} failed" + "".join(f"\n  {one}" for one in failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve()))
