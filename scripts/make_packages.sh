#!/bin/bash
# Makes the packages of the program in build/packages, a pair for each architecture and Debian:
# mobilenet_VERSION+debN_ARCH.deb, which depends on the libraries of Debian N, and
# mobilenet-VERSION+debN-linux-ARCH.tar.gz, which contains them.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

say() { echo "make_packages: $*"; }
fail() { echo "make_packages: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/make_packages.sh [amd64 | arm64 | armhf]... [bookworm | trixie]..."
  echo "Makes a Debian package and a portable archive for each architecture (default: this machine's) and each Debian"
  echo "(default: trixie, Debian 13, on which today's Raspberry Pi OS is based) in build/packages. What building needs is"
  echo "installed first."
}

own=$(dpkg --print-architecture) || fail "no dpkg here (expected Debian 12 or 13 or Raspberry Pi OS)"
own_suite=$(sed -n 's/^VERSION_CODENAME=//p' "${MOBILENET_OS_RELEASE:-/etc/os-release}" || true)
architectures=()
suites=()
for argument in "$@"; do
  case $argument in
    amd64 | arm64 | armhf) architectures+=("$argument") ;;
    bookworm | trixie) suites+=("$argument") ;;
    -h | --help) usage; exit 0 ;;
    *) echo "make_packages: $argument: unknown (expected amd64, arm64 or armhf, and bookworm or trixie)" >&2; exit 2 ;;
  esac
done
[ ${#architectures[@]} -gt 0 ] || architectures=("$own")
[ ${#suites[@]} -gt 0 ] || suites=(trixie)

log=$root/build/make_packages.log
mkdir -p build/packages
step() {
  "$@" > "$log" 2>&1 || { tail -n 25 "$log" >&2; fail "cannot make the package: $1 failed (all of it is in $log)"; }
}

# make_packages ARCHITECTURE SUITE
make_packages() {
  local architecture=$1 suite=$2 preset arguments=(-DMOBILENET_TESTS=OFF)
  scripts/install_packages.sh build
  if [ "$architecture:$suite" = "$own:$own_suite" ]; then
    preset=release
  else
    case $architecture in
      arm64) preset=aarch64 ;;
      armhf) preset=armv7 ;;
      amd64) preset=x86_64 ;;
    esac
    # Another Debian on this machine's own architecture needs no cross-compiler.
    if [ "$architecture" != "$own" ]; then
      [ "$architecture" != amd64 ] || fail "$architecture: cannot be cross-compiled (only arm64 and armhf are)"
      scripts/install_packages.sh cross
    fi
    scripts/make_sysroot.sh "$architecture" "$suite"
    case $suite in
      bookworm) arguments+=("-DMOBILENET_SYSROOT=$root/build/sysroot-$architecture") ;;
      trixie) arguments+=("-DMOBILENET_SYSROOT=$root/build/sysroot-$architecture-trixie") ;;
    esac
  fi
  # In its own folder: the preset's includes the tests.
  local folder=$root/build/packages/$suite-$architecture
  say "building for $architecture with the libraries of $suite"
  step cmake --preset "$preset" -B "$folder" "${arguments[@]}"
  step cmake --build "$folder"
  say "packing"
  rm -rf "$folder/cpack"
  (cd "$folder" && step cpack -B "$folder/cpack")
  local package
  for package in "$folder"/cpack/mobilenet[-_]*; do
    mv "$package" build/packages/
    say "build/packages/$(basename "$package")"
  done
}

for suite in "${suites[@]}"; do
  for architecture in "${architectures[@]}"; do make_packages "$architecture" "$suite"; done
done
