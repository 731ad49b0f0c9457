#!/bin/bash
# Builds the program and runs its tests on Debian 13, whose XNNPACK has a different interface from Debian 12's: in a
# debootstrap of it, with its own build folder, build/trixie-amd64 (scripts/in_debian.sh). Needs root.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
  echo "Usage: scripts/test_debian13.sh [--short | PRESET...]"
  echo "Runs scripts/test.sh PRESET... (default: host) in Debian 13, as root; --short: only what Debian 13 may"
  echo "affect, after scripts/test.sh, whose build in build/host has the rest of the tests."
}

for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --short)
      if [ ! -e "$root/build/host/mobilenet" ]; then
        echo "test_debian13: build/host: nothing is built there (scripts/test.sh host builds it)" >&2
        exit 1
      fi
      ;;
    -*) usage >&2; exit 2 ;;
  esac
done
[ $# -gt 0 ] || set -- host
if [ "$*" = --short ]; then set -- --debian13; fi
exec "$root/scripts/in_debian.sh" trixie "$(dpkg --print-architecture)" /checkout/scripts/test.sh "$@"
