#!/bin/bash
# scripts/quickstart.sh in a checkout whose packages, build and model are stubs: what it does again and what not, and
# what it says when a step fails.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/quickstart.sh" "$work/scripts/"
mkdir -p "$work/models/sample" "$work/photos"
touch "$work/models/sample/parrot.jpg" "$work/photos/my cat.jpg" "$work/CMakePresets.json"

script() { stub "$1"; mv "$work/bin/$1" "$work/scripts/$1"; }
script install_packages.sh <<'END'
echo "packages $*" >> "$WORK/calls"
exit "${PACKAGES_STATUS:-0}"
END
script get_model.py <<'END'
echo "model $*" >> "$WORK/calls"
exit "${MODEL_STATUS:-0}"
END
# Configuring leaves build.ninja and a cache, building leaves the program.
stub cmake <<'END'
if [ "$1" = --build ]; then
  echo "build" >> "$WORK/calls"
  if [ -n "${BUILD_SAYS:-}" ]; then echo "$BUILD_SAYS"; exit 1; fi
  printf '#!/bin/bash\necho "classify ${*: -1}" >> "%s/calls"\necho macaw\nexit "${CLASSIFY_STATUS:-0}"\n' "$WORK" > "$WORK/build/release/mobilenet"
  chmod +x "$WORK/build/release/mobilenet"
else
  echo "configure" >> "$WORK/calls"
  mkdir -p "$WORK/build/release"
  touch "$WORK/build/release/build.ninja"
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=$WORK" > "$WORK/build/release/CMakeCache.txt"
fi
END
model=mobilenet_v1_1.0_224_s8
sample=$work/models/sample/parrot.jpg

it "takes every step the first time, each with its line"
run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;configure;build;model $model;classify $sample;"
expect_out_has "quickstart: checking the Debian packages
quickstart: building the program (build/release/mobilenet)
quickstart: getting the model $model
quickstart: classifying $sample
macaw"

it "does not configure again, and takes an image by a path with a space, relative to where it is called"
run scripts/quickstart.sh "photos/my cat.jpg"
expect_status 0
expect_calls "packages build;build;model $model;classify photos/my cat.jpg;"

it "configures again when the presets are newer"
touch -d '+1 minute' "$work/CMakePresets.json"
run scripts/quickstart.sh
expect_calls "packages build;configure;build;model $model;classify $sample;"
touch -d '-1 minute' "$work/CMakePresets.json"

it "builds anew in a checkout that was moved"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere" > "$work/build/release/CMakeCache.txt"
run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;configure;build;model $model;classify $sample;"

it "stops when the packages cannot be installed"
PACKAGES_STATUS=1 run scripts/quickstart.sh
expect_status 1
expect_err "cannot go on without these packages"
expect_calls "packages build;"

failing_build() {  # what the build says, what is to be said of it
  it "says why when the build says: $1"
  BUILD_SAYS=$1 run scripts/quickstart.sh
  expect_status 1
  expect_err "$1"
  expect_err "cannot build: $2"
  expect_calls "packages build;build;"
}
failing_build "x.cc:1: error: no such thing" "all of it is in $work/build/quickstart.log"
failing_build "fatal error: x.o: No space left on device" "the disk is full"
failing_build "c++: fatal error: Killed signal terminated program cc1plus" "the memory is full"

it "stops without the model"
MODEL_STATUS=1 run scripts/quickstart.sh
expect_status 1
expect_err "cannot go on without the model"
expect_calls "packages build;build;model $model;"

it "has status 1 when the image cannot be classified"
CLASSIFY_STATUS=2 run scripts/quickstart.sh
expect_status 1
expect_err "cannot classify"

it "looks for the image before the long steps"
run scripts/quickstart.sh photos/none.jpg
expect_status 1
expect_err "quickstart: photos/none.jpg: no such file (expected an image)"
expect_calls ""
run scripts/quickstart.sh photos
expect_status 1
expect_err "quickstart: photos: is a folder (expected an image)"

it "knows wrong usage"
run scripts/quickstart.sh a b
expect_status 2
expect_err "2 arguments (expected at most one image)"
run scripts/quickstart.sh --layers
expect_status 2
expect_err "--layers: unknown option"
run scripts/quickstart.sh -h
expect_status 0
expect_out_has "Usage: scripts/quickstart.sh [IMAGE]"

finish
