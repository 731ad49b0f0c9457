#!/bin/bash
# -DMOBILENET_XNNPACK=PREFIX takes XNNPACK and what comes with it from PREFIX alone. The prefix here holds links to the
# system's.
# xnnpack_prefix_test.sh CMAKE SOURCE_FOLDER COMPILER XNNPACK_HEADER PTHREADPOOL_HEADER LIBRARY...
set -euo pipefail
export LC_ALL=C

cmake=$1 source=$2 compiler=$3 headers=("${@:4:2}") libraries=("${@:6}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; cat "$work/out"; exit 1; }
configure() {
  rm -rf "$work/build"
  "$cmake" -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_COMPILER=$compiler" \
    "-DMOBILENET_XNNPACK=$work/prefix" > "$work/out" 2>&1
}

mkdir -p "$work/prefix/include" "$work/prefix/lib"
if configure; then fail "an empty prefix is accepted"; fi
grep -q "Could NOT find Pthreadpool" "$work/out" || fail "an empty prefix is refused for another reason"

ln -s "${headers[@]}" "$work/prefix/include"
ln -s "${libraries[@]}" "$work/prefix/lib"
configure || fail "the prefix is refused"
for variable in XNNPACK_INCLUDE_DIR XNNPACK_LIBRARY PTHREADPOOL_INCLUDE_DIR PTHREADPOOL_LIBRARY; do
  grep -q "^$variable:[A-Z]*=$work/prefix/" "$work/build/CMakeCache.txt" || fail "$variable is not of the prefix"
done
# Where the program looks for them when it runs.
sed -n '/^build mobilenet:/,/^$/p' "$work/build/build.ninja" > "$work/out"
for option in "--disable-new-dtags" "-rpath,$work/prefix/lib"; do
  grep -q -- "$option" "$work/out" || fail "the program does not look for them there: no $option"
done
echo "all passed"
