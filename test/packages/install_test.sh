#!/bin/bash
# `cmake --install` after building only the program, as scripts/quickstart.sh does: everything is installed, below any
# prefix, and the program runs from there.
# install_test.sh CMAKE BUILD_FOLDER WEIGHTS
set -euo pipefail
export LC_ALL=C

cmake=$1 build=$2 weights=$3
work=$(mktemp -d)
work=$(cd "$work" && pwd -P)  # as the program sees itself
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; sed 's/^/  /' "$work/out"; exit 1; }

# As in a build folder in which only the program was built.
rm -rf "$build/package"
"$cmake" --build "$build" --target mobilenet > "$work/out" 2>&1 || fail "cannot build the program"

for prefix in "$work/usr/local" "$work/a folder"; do
  "$cmake" --install "$build" --prefix "$prefix" > "$work/out" 2>&1 || fail "cmake --install --prefix $prefix"
  for file in bin/mobilenet share/mobilenet/models/catalogue.json share/mobilenet/models/labels/imagenet_1001.txt \
    share/doc/mobilenet/copyright share/doc/mobilenet/changelog.gz share/doc/mobilenet/examples/README.md \
    share/mobilenet/scripts/get_model.py share/mobilenet/scripts/conversion/translate.py \
    share/man/man1/mobilenet.1.gz share/bash-completion/completions/mobilenet share/zsh/site-functions/_mobilenet \
    share/fish/vendor_completions.d/mobilenet.fish; do
    [ -s "$prefix/$file" ] || fail "$prefix/$file is missing"
  done
  "$prefix/bin/mobilenet" --version > "$work/out" 2>&1 || fail "$prefix/bin/mobilenet does not run"
  # A model beside the labels is found: this one is not a model, and the message names it.
  echo none > "$prefix/share/mobilenet/mobilenet_v1_0.25_160_s8.safetensors"
  if HOME=/nowhere "$prefix/bin/mobilenet" bench --model mobilenet_v1_0.25_160_s8 > "$work/out" 2>&1; then
    fail "a file of text is a model"
  fi
  grep -qF "$prefix/share/mobilenet/mobilenet_v1_0.25_160_s8.safetensors: " "$work/out" ||
    fail "a model in $prefix/share/mobilenet is not found"
done

# For the installed program, which has no checkout.
name=mobilenet_v1_0.25_128_s8
if [ -e "$weights/$name.safetensors" ]; then
  installed() { env -u MOBILENET_MODELS -u XDG_CACHE_HOME HOME="$work/home" "$prefix/bin/mobilenet" "$@" > "$work/out" 2>&1; }
  installed models get "$name" --from "$weights" || fail "models get"
  [ "$(cat "$work/out")" = "$work/home/.local/share/mobilenet/$name.safetensors: copied from $weights/$name.safetensors" ] ||
    fail "models get prints something else"
  installed models get "$name" --from /nowhere && fail "models get --from a folder that is not there"
  installed models path "$name" || fail "models path"
  cmp -s "$weights/$name.safetensors" "$(cat "$work/out")" || fail "models path prints another path"
else
  echo "SKIPPED: models get: no weights (no folder shared/models beside the checkout)"
fi
echo "all passed"
