#!/bin/bash
# From a clone to the first labels: installs packages, builds the program, gets the default model, classifies a
# photograph. What is done already is not done again. Status 0: classified; 1: a step failed; 2: wrong usage.
set -euo pipefail

model=mobilenet_v1_1.0_224_s8
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release
log=$root/build/quickstart.log

say() { echo "quickstart: $*"; }
fail() { echo "quickstart: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/quickstart.sh [IMAGE]"
  echo "Installs the Debian packages needed, builds mobilenet in build/release, gets the model $model"
  echo "and classifies IMAGE (default: models/sample/parrot.jpg)."
}

# What went wrong in a build and what to do about it, from what it wrote.
build_reason() {
  if grep -qi 'No space left' "$log"; then
    echo "the disk is full (free some space, see df -h, and run this again)"
  elif grep -qE 'Killed|out of memory|Cannot allocate memory' "$log"; then
    echo "the memory is full (close other programs or add swap space, and run this again)"
  elif grep -qi 'Permission denied' "$log"; then
    echo "no permission to write (is $root/build of another user?)"
  else
    echo "all of it is in $log"
  fi
}

# Runs a step of the build with its output in the log.
run_build_step() {
  local what=$1
  shift
  if ! "$@" >> "$log" 2>&1; then
    tail -n 25 "$log" >&2
    fail "cannot $what: $(build_reason)"
  fi
}

# As many compilers at once as there are cores, but no more than the memory holds: one takes up to 600 MB, and a small
# board has 512 MB for all.
parallel_jobs() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  jobs=$((${memory_kb:-0} / 600000))
  if [ "$jobs" -gt "$cores" ]; then jobs=$cores; fi
  if [ "$jobs" -lt 1 ]; then jobs=1; fi
  echo "$jobs"
}

build_program() {
  say "building the program (build/release/mobilenet)"
  if ! { mkdir -p "$root/build" && true > "$log"; } 2>/dev/null; then
    fail "$log: cannot write (is the checkout writable, is the disk full?)"
  fi
  cd "$root"
  # A checkout that was moved or copied: CMake refuses the build folder of another place.
  if [ -f "$build/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
    rm -rf "$build"
  fi
  # From then on the build itself sees what changed, except for the presets.
  if [ ! -f "$build/build.ninja" ] || [ CMakePresets.json -nt "$build/build.ninja" ]; then
    run_build_step "configure the build" cmake --preset release
  fi
  run_build_step "build" cmake --build --preset release --parallel "$(parallel_jobs)"
  cd "$OLDPWD"
}

image=$root/models/sample/parrot.jpg
case $#:${1:-} in
  1:-h | 1:--help) usage; exit 0 ;;
  1:-*) echo "quickstart: $1: unknown option (expected an image, or nothing)" >&2; exit 2 ;;
  1:*) image=$1 ;;
  0:) ;;
  *) echo "quickstart: $# arguments (expected at most one image)" >&2; exit 2 ;;
esac
# Before the long steps, not after them.
[ -e "$image" ] || fail "$image: no such file (expected an image)"
[ ! -d "$image" ] || fail "$image: is a folder (expected an image)"
[ -r "$image" ] || fail "$image: no permission to read it"

say "checking the Debian packages"
"$root/scripts/install_packages.sh" build || fail "cannot go on without these packages (see the message above)"
build_program
say "getting the model $model"
"$root/scripts/get_model.py" "$model" || fail "cannot go on without the model (see the message above)"
say "classifying $image"
"$build/mobilenet" classify --layers --model "$model" -- "$image" || fail "cannot classify (see the message above)"
