#!/bin/bash
# Fuzzes the code that reads strangers' files (test/fuzz): installs what that needs, builds it, and runs each target for
# some minutes. What was learnt stays in build/fuzz/corpora, so that the next run goes on from there. Status 1:
# something was found; its inputs are in build/fuzz/artifacts.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
minutes=1
short_seconds=25  # for all targets together, plus the time for the seeds
memory_mb=2048

say() { echo "fuzz: $*"; }
fail() { echo "fuzz: $*" >&2; exit 2; }

usage() {
  echo "Usage: scripts/fuzz.sh [--jobs N] [MINUTES] [TARGET...]"
  echo "       scripts/fuzz.sh --short"
  echo "Runs each of the targets, or all of them, for MINUTES (default $minutes), N at a time (default: all cores)."
  echo "One line per target says how many inputs were tried and what was found; finds make the status 1."
  echo "--short: all targets on their seeds, on earlier finds, and for $short_seconds s in all on blind changes of"
  echo "these, in the build host-debug, as the tests do."
}

is_short=false
jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --short) is_short=true; shift ;;
    --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "--jobs: a number was expected"
      jobs=$2
      shift 2
      ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  minutes=$1
  shift
fi

mkdir -p build
log=build/fuzz.log
say "building"
built() {
  "$@" > "$log" 2>&1 || {
    grep -vE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 50 >&2
    fail "cannot build (see $log)"
  }
}

if $is_short; then
  scripts/install_packages.sh test
  built cmake --preset host-debug
  built cmake --build --preset host-debug --target fuzz_test
  MOBILENET_FUZZ_SECONDS=$short_seconds build/host-debug/test/fuzz/fuzz_test || exit 1
  exit 0
fi

scripts/install_packages.sh fuzz
scripts/make_fuzz_libraries.sh
build=build/fuzz
built cmake --preset fuzz "-DCMAKE_PREFIX_PATH=$root/build/fuzz-libraries"
built cmake --build --preset fuzz
fuzz=$root/$build/test/fuzz/mobilenet_fuzz
mapfile -t all_targets < <("$fuzz" --list | sed 's/ .*//')
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${all_targets[@]}")
for target in "${targets[@]}"; do
  [[ " ${all_targets[*]} " == *" $target "* ]] || fail "$target: unknown (expected one of ${all_targets[*]})"
done

# The sanitizer keeps less freed memory than by default: pictures are large, and boards and CI are small.
export ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=1

# One target, in its own process. Its line goes to standard output; the status is 1 if something was found.
run_target() {
  local target=$1 seconds=$2
  export MOBILENET_FUZZ_TARGET=$target
  local corpus=$build/corpora/$target seeds=$build/seeds/$target artifacts=$build/artifacts/$target
  local out=$artifacts.log dictionary
  dictionary=test/fuzz/dictionaries/$("$fuzz" --list | sed -n "s/^$target //p").dict
  rm -rf "$seeds"
  mkdir -p "$corpus" "$seeds" "$artifacts"
  find "$artifacts" -type f > "$artifacts.before"
  "$fuzz" "--write-seeds=$seeds"
  local options=("-max_total_time=$seconds" -timeout=60 "-rss_limit_mb=$memory_mb" -print_final_stats=1 -print_funcs=0
    "-artifact_prefix=$artifacts/")
  if [ -e "$dictionary" ]; then options+=("-dict=$dictionary"); fi
  local status=0
  "$fuzz" "$corpus" "$seeds" "${options[@]}" > "$out" 2>&1 || status=$?
  local executions edges found
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$out" | tail -n 1)
  found=$(find "$artifacts" -type f | sort | comm -13 <(sort "$artifacts.before") -)
  echo "$target: ${executions:-0} executions in $seconds s, ${edges:-0} edges," \
    "$([ -z "$found" ] && echo "nothing found" || echo "found $(wc -l <<< "$found")")"
  if [ $status != 0 ]; then
    grep -E 'what\(\):|runtime error:|^SUMMARY|^==[0-9]+== ?ERROR' "$out" | sed 's/^/  /' | head -n 5 || true
    echo "  MOBILENET_FUZZ_TARGET=$target $fuzz ${found:-(no input: see $out)}"
    return 1
  fi
}

# Targets that need files keep them in memory.
if [ -w /dev/shm ]; then
  TMPDIR=$(mktemp -d /dev/shm/mobilenet-fuzz-XXXXXX)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
fi
seconds=$((minutes * 60))
say "${#targets[@]} targets, $seconds s each, $jobs at a time"
export -f run_target
export build fuzz memory_mb
# xargs runs several at a time, and its status says whether one failed.
# shellcheck disable=SC2016  # the inner shell's own arguments
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I {} bash -c 'set -euo pipefail; run_target "$1" "$2"' \
  fuzz {} "$seconds" ||
  { say "found something: see the lines above"; exit 1; }
