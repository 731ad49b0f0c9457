#!/bin/bash
# Everything that must pass before a change is accepted: the format of the sources, the shell scripts, and the whole
# test suite in several builds with warnings as errors. Stops at the first failure with status 1; ends with ctest's
# summary.
set -euo pipefail

# The tests that are about threads. The thread sanitizer runs only these: XNNPACK and pthreadpool come from the
# distribution, without its instrumentation, and would be reported for things that are not our doing.
thread_tests='^(base|engine|batch|cli|isa|records):.*([Tt]hread|native)'

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
jobs=$(nproc)
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs

host_presets=(host-debug host-thread host-clang host)
cross_presets=(aarch64 armv7 aarch64-native armv7-native)
# GCC's Release build comes last: its summary is the one that stands at the end.
all_presets=(host-debug host-thread host-clang "${cross_presets[@]}" host)
# In the short form: each compiler, each sanitizer, one of the emulated CPUs.
short_presets=(host-debug host-thread aarch64 host)
# The short form is to give its answer within an hour and a half on slow machines, too: these are left out, each with a
# line that says so, if they, or one before them, would begin later than this many minutes after the start.
declare -A latest_minutes=([host-thread]=20 [aarch64]=25 [scripts]=40 [debian13]=45)
is_late=false
# Without XNNPACK, the rest of the program is the same, and so are the logits of the published int8 models.
engine_tests='^(engine|cli|isa):|^golden:.*s8 logits are the same'
# Python and shell scripts behave the same whatever CPU is emulated and however the program was compiled.
script_tests='^scripts:'
# The tests that another CPU of the same architecture may answer differently, since it uses other kernels. After a run,
# `ctest --preset aarch64-cortex-a53` runs the others on it, too.
cpu_tests='^(kernels|engine|schedule_result|golden|cli|isa|labels):'
# Of these, the short form leaves out what takes minutes under emulation and uses the same kernels as the others, or has
# little to do with the CPU.
slow_cpu_tests='^cli:.*([Bb]ench|tradeoff|tune|hostile|JSON|broken|damaged|refuse)'
slow_cpu_tests+='|^labels: (EfficientNet-Lite|well-known)|^golden:(uint8 models|strips and panels|a quantised file)'
slow_cpu_tests+='|^engine:forks, .*(f32|u8)$'
# Converting the weights for the tests, which comes out the same in every build.
weights_fixtures='^(converted|lite)_weights$'
weights_tests='^(convert|get) the weights of '
# What the short form runs in Release as an ordinary user, and in host-debug as root.
outside_tests='^(cli|records|batch):'
# On the next Debian: the tests that its libraries, compiler and packages may affect.
debian13_tests='^(engine|isa|cli|packages):'
# For a preset, the folders of test/ that are built, if not all of them, and the optimisation level, if it is not the
# preset's.
declare -A folders=() optimisation=()
# The test programs that start mobilenet from outside, as its own process.
outside_programs=(cli/cli_test records/records_test batch/batch_test)

usage() {
  echo "Usage: scripts/test.sh [--short | --quick | --host | --cross | --debian13 | PRESET...]"
  echo "Installs what the tests need, checks the format of the sources and the shell scripts, then builds and runs all"
  echo "tests with each of the presets: ${all_presets[*]}."
  echo "--quick: only ${host_presets[0]}. --host: ${host_presets[*]}."
  echo "--cross: ${cross_presets[*]}, whose programs run under emulation."
  echo "Without arguments also as an ordinary user, and on Debian 13, if it runs as root."
  echo "--short: the same without 32-bit ARM, the builds without XNNPACK and Clang's Release, and with fewer tests except in"
  echo "${host_presets[0]}. On a slow machine it names and leaves out what would not end in time: ${!latest_minutes[*]}."
  echo "--debian13: for scripts/test_debian13.sh --short."
}

start_seconds=$SECONDS
python_packages=  # the process that installs them
step() { echo; echo "test: == $* (after $((SECONDS - start_seconds)) s)"; }
fail() { echo "test: $*" >&2; exit 1; }

# is_left_out STAGE
is_left_out() {
  local minutes=${latest_minutes[$1]:-}
  if ! $is_short || [ -z "$minutes" ]; then return 1; fi
  if [ $((SECONDS - start_seconds)) -ge $((minutes * 60)) ]; then is_late=true; fi
  $is_late || return 1
  echo "test: SKIPPED: $1: this machine is too slow for the short form (scripts/test.sh runs it without --short)"
}

check_format() {
  local version
  version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
  # Each version formats some lines differently; Debian 12's is the one that counts.
  if [ "$version" != 14 ]; then
    echo "test: SKIPPED: format of the sources: clang-format is version $version (14 decides)"
    return
  fi
  find kernels models src test \( -name '*.cc' -o -name '*.h' \) -print0 |
    xargs -0 clang-format --dry-run -Werror 2> build/format.log ||
    fail "lay these files out with clang-format -i: $(sed -n 's/:[0-9]*:[0-9]*: error.*//p' build/format.log | sort -u |
      xargs)"
}

# The tests from outside contain nothing of the build that they test: those of the preset host are used for all.
outside_build=$root/build/host

# configure_and_build PRESET ARGUMENTS...: the arguments of cmake --build.
configure_and_build() {
  local preset=$1 outside=$outside_build
  step "$preset: configure and build"
  if [ "$outside" = "$root/build/$preset" ]; then outside=; fi
  # All folders of test/, unless only some are wanted.
  local arguments=("-DMOBILENET_OUTSIDE_TESTS=$outside" -UMOBILENET_TEST_FOLDERS)
  if [ -n "${folders[$preset]:-}" ]; then arguments+=("-DMOBILENET_TEST_FOLDERS=${folders[$preset]}"); fi
  if [ -n "${optimisation[$preset]:-}" ]; then arguments+=("-DCMAKE_CXX_FLAGS_RELEASE=${optimisation[$preset]}"); fi
  # Only mistakes are worth a line of the log: warnings are errors.
  cmake --preset "$preset" "${arguments[@]}" > "build/$preset.log" 2>&1 || { cat "build/$preset.log"; fail "$preset: cannot configure"; }
  cmake --build --preset "$preset" "${@:2}" -- -k 0 > "build/$preset.log" 2>&1 ||
    { grep -vE '^\[[0-9]+/[0-9]+\]' "build/$preset.log" | head -n 200 || true; fail "$preset: cannot build"; }
}

# Root may read and write things that an ordinary user may not. The program and what its tests need are copied to where
# such a user can read them, wherever the checkout is.
run_as_user() {
  step "host: the tests from outside as an ordinary user"
  local folder program status=0
  folder=$(mktemp -d)
  mkdir -p "$folder"/{home,tmp,checkout/build,checkout/models,checkout/test,checkout/src}
  cp -r models/{catalogue.json,labels,sample} "$folder/checkout/models"
  cp -r src/report "$folder/checkout/src"
  cp -r test/cli "$folder/checkout/test"
  cp build/host/mobilenet "${outside_programs[@]/#/build/host/test/}" "$folder/checkout/build"
  chmod -R a+rX "$folder"
  chmod a+rwx "$folder"/{home,tmp}
  for program in "${outside_programs[@]}"; do
    (cd "$folder/home" && setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs env -i PATH="$PATH" \
      CI="${CI:-}" HOME="$folder/home" TMPDIR="$folder/tmp" MOBILENET_TEST_CHECKOUT="$folder/checkout" \
      MOBILENET_TEST_PROGRAM="$folder/checkout/build/mobilenet" "$folder/checkout/build/$(basename "$program")") \
      > "build/user-$(basename "$program").log" 2>&1 &
  done
  for program in "${outside_programs[@]}"; do wait -n || status=1; done
  rm -rf "$folder"
  tail -q -n 3 build/user-*.log
  [ "$status" = 0 ] || { cat build/user-*.log; fail "the tests fail as an ordinary user"; }
}

# Inside Debian 13: its libraries and its compiler; the tests from outside and the weights are the host's.
run_debian13() {
  outside_build=$root/build/outside
  scripts/install_packages.sh check
  folders[host]='engine;cli;packages'
  optimisation[host]='-O1 -DNDEBUG'  # its libraries and its compiler's warnings are what differs
  configure_and_build host --target mobilenet mobilenet_portable engine_test isa_test
  rm -rf build/host/test-weights
  ln -s ../outside/test-weights build/host/test-weights
  run_tests host --tests-regex "$debian13_tests" --fixture-exclude-setup "$weights_fixtures"
}

# share_weights PRESET: the weights that the first build has converted, instead of converting them again.
share_weights() {
  rm -rf "build/$1/test-weights"
  if [ -d build/host-debug/test-weights ]; then cp -al build/host-debug/test-weights "build/$1/"; fi
}

# GCC's program as another user, and on another Debian.
run_elsewhere() {
  if [ "$(id -u)" != 0 ]; then
    echo "test: SKIPPED: another user, Debian 13: needs root (sudo scripts/test.sh)"
    return
  fi
  run_as_user
  if is_left_out debian13; then return; fi
  step "Debian 13"
  if ! unshare --mount --pid --fork --kill-child true 2> /dev/null; then
    echo "test: SKIPPED: Debian 13: no permission to create namespaces (in a container?)"
    return
  fi
  scripts/test_debian13.sh --short || fail "tests fail on Debian 13"
}

# The argument is a test preset: a configure preset's name, or that with the emulated CPU.
run_tests() {
  local preset=$1
  shift
  if [ -n "$python_packages" ]; then
    wait "$python_packages" || { cat build/python.log; fail "no Python packages"; }
    python_packages=
  fi
  step "$preset: run the tests"
  # One more than there are cores: some tests wait, for a time limit or for a server.
  ctest --preset "$preset" --parallel "$((jobs + 1))" "$@" || fail "$preset: tests failed"
}

presets=()
is_short=false
for argument in "$@"; do
  case $argument in
    --short) is_short=true ;;
    --quick) presets+=("${host_presets[0]}") ;;
    --host) presets+=("${host_presets[@]}") ;;
    --cross) presets+=("${cross_presets[@]}") ;;
    --debian13)
      run_debian13
      exit
      ;;
    -h | --help) usage; exit 0 ;;
    *)
      [[ " ${all_presets[*]} " == *" $argument "* ]] ||
        { echo "test: $argument: unknown (expected --short, --quick, --host, --cross or some of ${all_presets[*]})" >&2; exit 2; }
      presets+=("$argument")
      ;;
  esac
done
is_everything=false is_short_everything=false
if [ ${#presets[@]} = 0 ]; then
  is_everything=true
  presets=("${all_presets[@]}")
  if $is_short; then
    is_short_everything=true
    presets=("${short_presets[@]}")
    # Those whose tests are run; for Release, only those that sanitizers change or are not made for.
    folders=([aarch64]='kernels;engine;batch;cli' [host]='kernels;engine;records;batch;cli;scripts;packages;bench')
  fi
fi

# Measured on two cores of an x86-64 server, with nothing compiled before.
if $is_short_everything; then
  echo "test: the short form takes about half an hour on two fast cores"
elif $is_everything; then
  echo "test: everything, including other CPUs under emulation, takes some hours on two fast cores (--short: half an hour)"
else
  echo "test: each of these takes some 5 to 15 minutes on two fast cores: ${presets[*]}"
fi

mkdir -p build
step "packages"
scripts/install_packages.sh test
step "Python packages for the tests of the scripts, while the first build goes on"
(scripts/make_venv.sh && scripts/make_venv.sh test && scripts/make_venv.sh fleet && scripts/make_tfjs.sh) \
  > build/python.log 2>&1 &
python_packages=$!
step "format of the sources"
check_format
step "shell scripts"
find scripts test .ci -type f \( -name '*.sh' -o -path .ci/run \) -print0 | xargs -0 shellcheck --external-sources

# Nothing that was compiled before, in whichever checkout, is compiled again. The compiler says what a source depends on.
if command -v ccache > /dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi
export CXX=g++ CC=gcc
if [ ${#presets[@]} -gt 1 ]; then configure_and_build host --target outside_tests; else outside_build=$root/build/${presets[0]}; fi
for preset in "${presets[@]}"; do
  if is_left_out "$preset"; then continue; fi
  case $preset in
    aarch64* | armv7*)
      step "$preset: cross-compilers and libraries"
      scripts/install_packages.sh cross
      if [[ $preset == aarch64* ]]; then scripts/make_sysroot.sh arm64; else scripts/make_sysroot.sh armhf; fi
      ;;
  esac
  case $preset in
    host-thread) configure_and_build "$preset" --target mobilenet base_test engine_test isa_test ;;
    *) configure_and_build "$preset" ;;
  esac
  case $preset in
    host)
      if $is_everything; then
        share_weights host
        run_elsewhere
      fi
      # Networks of gigabytes, which the short form leaves out.
      if ! $is_short; then export MOBILENET_LONG_TESTS=1; fi
      if $is_short_everything; then
        excluded=$weights_tests
        if [ "$(id -u)" = 0 ]; then excluded+="|$outside_tests"; fi
        if is_left_out scripts; then excluded+="|$script_tests"; fi
        run_tests host --exclude-regex "$excluded" --fixture-exclude-setup "$weights_fixtures"
      else
        run_tests host
      fi
      ;;
    host-thread) run_tests "$preset" --tests-regex "$thread_tests" ;;
    host-debug)
      excluded="$script_tests|^fuzz:"
      # Those run on the Release build.
      if $is_short_everything; then excluded+='|^packages:'; fi
      run_tests "$preset" --exclude-regex "$excluded"
      step "fuzz targets"
      scripts/fuzz.sh --short || fail "fuzz targets failed"
      ;;
    aarch64)
      if $is_short_everything; then
        share_weights aarch64
        run_tests aarch64-cortex-a72 --tests-regex "$cpu_tests" --exclude-regex "$slow_cpu_tests" \
          --fixture-exclude-setup "$weights_fixtures"
        continue
      fi
      run_tests aarch64-cortex-a72 --exclude-regex "$script_tests"
      for cpu in cortex-a53 cortex-a76; do run_tests "aarch64-$cpu" --tests-regex "$cpu_tests"; done
      ;;
    *-native) run_tests "$preset" --tests-regex "$engine_tests" ;;
    *) run_tests "$preset" --exclude-regex "$script_tests" ;;
  esac
done
