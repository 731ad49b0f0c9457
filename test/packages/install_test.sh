#!/bin/bash
# `cmake --install` after building the program alone, as scripts/quickstart.sh does: everything is there, below any
# prefix, and the program runs from there.
# install_test.sh CMAKE BUILD_FOLDER
set -euo pipefail
export LC_ALL=C

cmake=$1 build=$2
work=$(mktemp -d)
work=$(cd "$work" && pwd -P)  # as the program sees itself
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; sed 's/^/  /' "$work/out"; exit 1; }

# As in a build folder where nothing but the program was built.
rm -rf "$build/package"
"$cmake" --build "$build" --target mobilenet > "$work/out" 2>&1 || fail "cannot build the program"

for prefix in "$work/usr/local" "$work/a folder"; do
  "$cmake" --install "$build" --prefix "$prefix" > "$work/out" 2>&1 || fail "cmake --install --prefix $prefix"
  for file in bin/mobilenet share/mobilenet/catalogue.json share/mobilenet/labels/imagenet_1001.txt \
    share/doc/mobilenet/copyright share/doc/mobilenet/changelog.gz share/doc/mobilenet/examples/README.md \
    share/man/man1/mobilenet.1.gz share/bash-completion/completions/mobilenet; do
    [ -s "$prefix/$file" ] || fail "$prefix/$file is missing"
  done
  "$prefix/bin/mobilenet" --version > "$work/out" 2>&1 || fail "$prefix/bin/mobilenet does not run"
  # A model beside the labels is found: this one is none, and the message names it.
  echo none > "$prefix/share/mobilenet/mobilenet_v1_0.25_160_s8.safetensors"
  if HOME=/nowhere "$prefix/bin/mobilenet" bench --model mobilenet_v1_0.25_160_s8 > "$work/out" 2>&1; then
    fail "a file of text is a model"
  fi
  grep -qF "$prefix/share/mobilenet/mobilenet_v1_0.25_160_s8.safetensors: " "$work/out" ||
    fail "a model in $prefix/share/mobilenet is not found"
done
echo "all passed"
