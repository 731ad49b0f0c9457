#!/bin/bash
# Installs the Debian packages needed for building (build), the test programs (check), all of scripts/test.sh (test),
# fuzzing (fuzz) or cross-compiling (cross). If nothing is missing, it only asks dpkg, which takes no time and no
# special rights.
set -euo pipefail
export LC_ALL=C  # the messages of apt-get are read below

build_packages=(
  cmake g++ ninja-build pkg-config libxnnpack-dev libpthreadpool-dev libcpuinfo-dev libstb-dev libjpeg62-turbo-dev
  libpng-dev libwebp-dev libtiff-dev libgif-dev libheif-dev libexif-dev libmd-dev libcli11-dev
  libeigen3-dev
  python3 python3-venv python3-numpy python3-flatbuffers ca-certificates
)
# The program can do without these, which some archives for 32-bit ARM lack.
optional_packages=(libxnnpack-dev libcpuinfo-dev)
check_packages=(catch2 fish inotify-tools nlohmann-json3-dev python3-jsonschema zsh)
test_packages=(ccache clang clang-format debootstrap libclang-rt-dev openssh-client openssh-server shellcheck)
node_packages=(nodejs npm)
fuzz_packages=(clang libclang-rt-dev llvm dpkg-dev debian-archive-keyring)
cross_packages=(g++-aarch64-linux-gnu g++-arm-linux-gnueabihf qemu-user debian-archive-keyring)

root=$(cd "$(dirname "$0")/.." && pwd)
log=$root/build/install_packages.log

say() { echo "install_packages: $*"; }
fail() { echo "install_packages: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/install_packages.sh build|check|test|fuzz|cross..."
  echo "Installs the Debian packages that building, the test programs (check), scripts/test.sh (test), fuzzing or"
  echo "cross-compiling needs; build is part of all but cross, check of test and fuzz."
}

# Those of these packages that are not installed.
missing_of() {
  local installed
  installed=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)"
  local package
  for package in "$@"; do
    [[ $installed == *" $package=installed "* ]] || echo "$package"
  done
}

# What went wrong in apt-get and what to do about it, from its output.
reason() {
  if grep -qiE 'No space left|enough free space' "$log"; then
    echo "the disk is full (free some space, see df -h, and run this again)"
  elif grep -qE 'Could not get lock|Unable to acquire the dpkg frontend lock' "$log"; then
    echo "another program is installing packages (wait for it, and run this again)"
  elif grep -qiE 'Permission denied|are you root|not in the sudoers|password is required' "$log"; then
    echo "no permission (run as root or as a user who may use sudo)"
  elif grep -qE 'dpkg was interrupted' "$log"; then
    echo "an earlier installation was interrupted (run: dpkg --configure -a)"
  elif grep -qiE 'Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Network is unreachable|Connection (failed|timed out|refused)|Failed to fetch' "$log"; then
    echo "the package archive cannot be reached (check the network, and run this again)"
  elif grep -qE 'Unable to locate package|has no installation candidate' "$log"; then
    echo "$(grep -oE "Unable to locate package .*|Package '[^']*' has no installation candidate" "$log" | head -n 1)" \
      "(Debian 12 or 13 is expected: does /etc/apt list its archive?)"
  else
    echo "$(grep -E '^E:' "$log" | tail -n 1) (see $log)"
  fi
}

packages=()
[ $# -gt 0 ] || { usage >&2; exit 2; }
for purpose in "$@"; do
  case $purpose in
    build) packages+=("${build_packages[@]}") ;;
    check) packages+=("${build_packages[@]}" "${check_packages[@]}") ;;
    test)
      packages+=("${build_packages[@]}" "${check_packages[@]}" "${test_packages[@]}")
      # A Node.js that is not Debian's has its own npm, and does not go with Debian's.
      command -v npm > /dev/null || packages+=("${node_packages[@]}")
      ;;
    fuzz) packages+=("${build_packages[@]}" "${check_packages[@]}" "${fuzz_packages[@]}") ;;
    cross)
      # On an ARM machine its own architecture needs no cross-compiler.
      for package in "${cross_packages[@]}"; do
        case $(dpkg --print-architecture 2>/dev/null || true):$package in
          arm64:g++-aarch64-linux-gnu | armhf:g++-arm-linux-gnueabihf) ;;
          *) packages+=("$package") ;;
        esac
      done
      ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install_packages: $purpose: unknown purpose (expected build, check, test, fuzz or cross)" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "no dpkg and apt-get here (expected Debian 12 or 13 or Raspberry Pi OS; elsewhere, install by hand packages" \
    "such as: ${packages[*]})"
fi

mapfile -t missing < <(missing_of "${packages[@]}")

# Removes from the missing packages the optional ones that the archive lacks, as far as its lists here show.
leave_out_optional() {
  local package left=()
  for package in "${missing[@]}"; do
    if [[ " ${optional_packages[*]} " == *" $package "* ]] && ! apt-cache show "$package" > /dev/null 2>&1; then
      say "the archive has no $package: continuing without it"
    else
      left+=("$package")
    fi
  done
  missing=("${left[@]}")
}
is_all_optional() {
  local package
  for package in "${missing[@]}"; do [[ " ${optional_packages[*]} " == *" $package "* ]] || return 1; done
}
# If nothing else is missing, an earlier run has read the lists.
if [ ${#missing[@]} -gt 0 ] && is_all_optional; then leave_out_optional; fi
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || fail "no permission to install packages, and no sudo (run as root: apt-get install" \
    "--no-install-recommends ${missing[*]})"
  as_root=(sudo)
fi
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -o DPkg::Lock::Timeout=300 -y)

if ! { mkdir -p "$root/build" && true > "$log"; } 2>/dev/null; then
  fail "$log: cannot write (is the checkout writable, is the disk full?)"
fi

# It is not yet a failure if a list cannot be updated: it may belong to another archive, or be old but good enough.
say "updating the package lists"
"${apt_get[@]}" update > "$log" 2>&1 || true
leave_out_optional
[ ${#missing[@]} -gt 0 ] || exit 0
say "installing ${missing[*]}"
"${apt_get[@]}" install --no-install-recommends "${missing[@]}" < /dev/null >> "$log" 2>&1 ||
  fail "cannot install ${missing[*]}: $(reason)"
