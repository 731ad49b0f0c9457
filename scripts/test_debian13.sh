#!/bin/bash
# Builds the program and runs its tests on Debian 13, whose XNNPACK has another interface than Debian 12's: in a
# debootstrap of it in build/trixie-root, with a build folder of its own, build/trixie. Needs root.
#
# All mounts are in a mount namespace, all processes in a process namespace: when this ends, however it ends, nothing of
# them is left. The root is used again by the next run.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
trixie=$root/build/trixie-root

say() { echo "test_debian13: $*"; }
fail() { echo "test_debian13: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/test_debian13.sh [--short | PRESET...]"
  echo "Runs scripts/test.sh PRESET... (default: host) in Debian 13, as root; --short: what Debian 13 may make another"
  echo "thing of alone, after scripts/test.sh, whose build in build/host has the rest of the tests. The archive is the one"
  echo "that apt uses on this machine, or the address in \$MOBILENET_DEBIAN_ARCHIVE."
}

for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --short)
      [ -e "$root/build/host/mobilenet" ] || fail "build/host: nothing built there (scripts/test.sh host does it)"
      ;;
    -*) usage >&2; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || fail "root's rights are needed for debootstrap and mounts (sudo scripts/test_debian13.sh)"
for program in debootstrap unshare; do
  command -v "$program" > /dev/null || fail "$program: not found (install the packages debootstrap and util-linux)"
done
if [ "${1:-}" != inside ]; then
  [ $# -gt 0 ] || set -- host
  unshare --mount --pid --fork --kill-child true || fail "no permission to make namespaces (in a container?)"
  exec unshare --mount --pid --fork --kill-child "$0" inside "$@"
fi
shift

if [ ! -e "$trixie/finished" ]; then
  archive=${MOBILENET_DEBIAN_ARCHIVE:-}
  # Among this machine's archives Debian's own is the one that also has a suite of updates.
  # shellcheck disable=SC2016  # apt's placeholders
  [ -n "$archive" ] || archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    sed -n 's/ [^ /]*-updates$//p' | head -n 1)
  [ -n "$archive" ] || fail "no Debian archive among this machine's (give its address in \$MOBILENET_DEBIAN_ARCHIVE)"
  say "making Debian 13 in build/trixie-root"
  rm -rf --one-file-system "$trixie"
  mkdir -p "$trixie"
  debootstrap --variant=minbase trixie "$trixie" "$archive" > "$root/build/trixie-root.log" 2>&1 ||
    fail "cannot make it: $(tail -n 1 "$root/build/trixie-root.log") (see build/trixie-root.log)"
  touch "$trixie/finished"
fi

# This machine's way to the network: name servers, proxies, certificates.
cp -L /etc/resolv.conf "$trixie/etc/resolv.conf"
apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' > "$trixie/etc/apt/apt.conf.d/90network" || true
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$trixie/etc/pip.conf"; fi
variables=(HOME=/root "TERM=${TERM:-dumb}" LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin)
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
  mkdir -p "$trixie/etc/ssl"
  cp -L /etc/ssl/certs/ca-certificates.crt "$trixie/etc/ssl/ca-of-the-host.crt"
  variables+=(PIP_CERT=/etc/ssl/ca-of-the-host.crt)
fi
for variable in http_proxy https_proxy no_proxy PIP_INDEX_URL CI; do
  if [ -n "${!variable:-}" ]; then variables+=("$variable=${!variable}"); fi
done

mount --bind "$trixie" "$trixie"  # a mount itself, so that tests can make namespaces in it
mount -t proc proc "$trixie/proc"
mount --rbind /sys "$trixie/sys"
mount --rbind /dev "$trixie/dev"
mkdir -p "$trixie/checkout" "$root/build/trixie"
mount --bind "$root" "$trixie/checkout"
mount --bind "$root/build/trixie" "$trixie/checkout/build"
if [ -d "$root/../shared" ]; then
  mkdir -p "$trixie/shared"
  mount --bind "$root/../shared" "$trixie/shared"
fi
# The tests from outside and the weights of the host's own build.
if [ "$*" = --short ]; then
  set -- --debian13
  mkdir -p "$trixie/checkout/build/outside"
  mount --bind "$root/build/host" "$trixie/checkout/build/outside"
fi
say "running scripts/test.sh $*"
chroot "$trixie" env -i "${variables[@]}" /checkout/scripts/test.sh "$@"
