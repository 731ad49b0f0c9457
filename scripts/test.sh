#!/bin/bash
# Everything that must hold before a change is taken: the format of the sources, the shell scripts, and the whole test
# suite in several builds with warnings as errors. Stops at the first failure with status 1; ends on ctest's summary.
set -euo pipefail

# The tests that are about threads. Thread sanitizer runs these alone: XNNPACK and pthreadpool are the distribution's,
# without its instrumentation, and would be reported for what is none of our doing.
thread_tests='^(base|engine|cli):.*([Tt]hread|native)'

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
jobs=$(nproc)
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs

host_presets=(host-debug host-thread host-clang host)
cross_presets=(aarch64 armv7 aarch64-native armv7-native)
# Release by GCC comes last: its summary is the one that stands at the end.
all_presets=(host-debug host-thread host-clang "${cross_presets[@]}" host)
# Without XNNPACK the rest of the program is the same.
engine_tests='^(engine|cli):'
# Python and shell scripts do the same whatever CPU is emulated and however the program was compiled.
script_tests='^scripts:'
# The tests that another CPU of the same architecture may answer otherwise, since it takes other kernels. After a run
# `ctest --preset aarch64-cortex-a53` runs the others on it, too.
cpu_tests='^(kernels|engine|schedule_result|golden|cli|labels):'

usage() {
  echo "Usage: scripts/test.sh [--quick | --host | --cross | PRESET...]"
  echo "Installs what the tests need, checks the format of the sources and the shell scripts, then builds and runs all"
  echo "tests with each of the presets: ${all_presets[*]}."
  echo "--quick: ${host_presets[0]} alone. --host: ${host_presets[*]}."
  echo "--cross: ${cross_presets[*]}, whose programs run under emulation."
}

start_seconds=$SECONDS
step() { echo; echo "test: == $* (after $((SECONDS - start_seconds)) s)"; }
fail() { echo "test: $*" >&2; exit 1; }

check_format() {
  local version
  version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
  # Each version lays out some lines differently; Debian 12's is the one that counts.
  if [ "$version" != 14 ]; then
    echo "test: SKIPPED: format of the sources: clang-format is version $version (14 decides)"
    return
  fi
  find kernels models src test \( -name '*.cc' -o -name '*.h' \) -print0 |
    xargs -0 clang-format --dry-run -Werror 2> build/format.log ||
    fail "lay these files out with clang-format -i: $(sed -n 's/:[0-9]*:[0-9]*: error.*//p' build/format.log | sort -u |
      xargs)"
}

configure_and_build() {
  local preset=$1
  step "$preset: configure and build"
  # Only what went wrong is worth a line of the log: warnings are errors.
  cmake --preset "$preset" > "build/$preset.log" 2>&1 || { cat "build/$preset.log"; fail "$preset: cannot configure"; }
  cmake --build --preset "$preset" -- -k 0 > "build/$preset.log" 2>&1 ||
    { grep -vE '^\[[0-9]+/[0-9]+\]' "build/$preset.log" | head -n 200 || true; fail "$preset: cannot build"; }
}

# Of a test preset: a configure preset's name, or that with the CPU that is emulated.
run_tests() {
  local preset=$1
  shift
  step "$preset: run the tests"
  ctest --preset "$preset" --parallel "$jobs" "$@" || fail "$preset: tests failed"
}

presets=()
for argument in "$@"; do
  case $argument in
    --quick) presets+=("${host_presets[0]}") ;;
    --host) presets+=("${host_presets[@]}") ;;
    --cross) presets+=("${cross_presets[@]}") ;;
    -h | --help) usage; exit 0 ;;
    *)
      [[ " ${all_presets[*]} " == *" $argument "* ]] ||
        { echo "test: $argument: unknown (expected --quick, --host, --cross or of ${all_presets[*]})" >&2; exit 2; }
      presets+=("$argument")
      ;;
  esac
done
[ ${#presets[@]} -gt 0 ] || presets=("${all_presets[@]}")

mkdir -p build
step "packages"
scripts/install_packages.sh test
step "Python packages for the tests of the scripts"
scripts/make_venv.sh
scripts/make_venv.sh test
scripts/make_venv.sh fleet
step "format of the sources"
check_format
step "shell scripts"
find scripts test .ci -type f \( -name '*.sh' -o -path .ci/run \) -print0 | xargs -0 shellcheck --external-sources

export CXX=g++ CC=gcc
for preset in "${presets[@]}"; do
  case $preset in
    aarch64* | armv7*)
      step "$preset: cross-compilers and libraries"
      scripts/install_packages.sh cross
      if [[ $preset == aarch64* ]]; then scripts/make_sysroot.sh arm64; else scripts/make_sysroot.sh armhf; fi
      ;;
  esac
  configure_and_build "$preset"
  case $preset in
    host) run_tests "$preset" ;;
    host-thread) run_tests "$preset" --tests-regex "$thread_tests" ;;
    aarch64)
      run_tests aarch64-cortex-a72 --exclude-regex "$script_tests"
      for cpu in cortex-a53 cortex-a76; do run_tests "aarch64-$cpu" --tests-regex "$cpu_tests"; done
      ;;
    *-native) run_tests "$preset" --tests-regex "$engine_tests" ;;
    *) run_tests "$preset" --exclude-regex "$script_tests" ;;
  esac
done
