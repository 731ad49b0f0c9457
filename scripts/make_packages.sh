#!/bin/bash
# Makes the packages of the program in build/packages, one pair an architecture: mobilenet_VERSION_ARCH.deb, which
# depends on Debian 12's libraries (or this machine's, for its own architecture), and
# mobilenet-VERSION-linux-ARCH.tar.gz, which brings its libraries along.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

say() { echo "make_packages: $*"; }
fail() { echo "make_packages: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/make_packages.sh [amd64 | arm64 | armhf]..."
  echo "Makes a Debian package and a portable archive for each, by default for this machine's architecture, in"
  echo "build/packages. What building needs is installed first."
}

own=$(dpkg --print-architecture) || fail "no dpkg here (expected Debian 12 or 13 or Raspberry Pi OS)"
architectures=()
for argument in "$@"; do
  case $argument in
    amd64 | arm64 | armhf) architectures+=("$argument") ;;
    -h | --help) usage; exit 0 ;;
    *) echo "make_packages: $argument: unknown architecture (expected amd64, arm64 or armhf)" >&2; exit 2 ;;
  esac
done
[ ${#architectures[@]} -gt 0 ] || architectures=("$own")

log=$root/build/make_packages.log
mkdir -p build/packages
step() {
  "$@" > "$log" 2>&1 || { tail -n 25 "$log" >&2; fail "cannot make the package: $1 failed (all of it is in $log)"; }
}

for architecture in "${architectures[@]}"; do
  scripts/install_packages.sh build
  case $architecture in
    "$own") preset=release ;;
    arm64) preset=aarch64 ;;
    armhf) preset=armv7 ;;
    *) fail "$architecture: cannot be cross-compiled (only arm64 and armhf are)" ;;
  esac
  if [ "$preset" != release ]; then
    scripts/install_packages.sh cross
    scripts/make_sysroot.sh "$architecture"
  fi
  # A folder of its own: the preset's has the tests in it.
  folder=$root/build/packages/$architecture
  say "building for $architecture"
  step cmake --preset "$preset" -B "$folder" -DMOBILENET_TESTS=OFF
  step cmake --build "$folder"
  say "packing"
  (cd "$folder" && step cpack -B "$folder/cpack")
  for package in "$folder"/cpack/mobilenet[-_]*; do
    mv "$package" build/packages/
    say "build/packages/$(basename "$package")"
  done
done
