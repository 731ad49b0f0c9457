#!/bin/bash
# Runs a command as root inside a Debian of another release or architecture: in a debootstrap of it, which is kept in
# build/debian-RELEASE-ARCH and used again by the next run. There, this checkout is /checkout, with build/RELEASE-ARCH
# as its build folder, and the folder `shared` beside it is /shared. Needs root. Under emulation, C and C++ are compiled
# by this machine's cross-compiler, as $CC and $CXX, if it has the one of that release: an emulated compiler takes an
# hour for what this one does in minutes.
#
# All mounts are in a mount namespace, all processes in a process namespace: when this ends, in whatever way, nothing of
# them is left.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "in_debian: $*"; }
fail() { echo "in_debian: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/in_debian.sh RELEASE ARCH [VARIABLE=VALUE...] COMMAND..."
  echo "Runs COMMAND as root in a debootstrap of Debian, for instance: scripts/in_debian.sh trixie amd64 uname -a"
  echo "RELEASE is bookworm or trixie; ARCH amd64, arm64 or armhf, under emulation if the CPU is a different one. The"
  echo "archive is the one that apt uses on this machine, or the address in \$MOBILENET_DEBIAN_ARCHIVE."
}

case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# -ge 3 ] || { usage >&2; exit 2; }
case $1:$2 in
  bookworm:amd64 | bookworm:arm64 | bookworm:armhf | trixie:amd64 | trixie:arm64 | trixie:armhf) ;;
  *) echo "in_debian: $1 $2: unknown (expected bookworm or trixie, and amd64, arm64 or armhf)" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || fail "root's rights are needed for debootstrap and mounts (sudo scripts/in_debian.sh)"
for program in debootstrap unshare; do
  command -v "$program" > /dev/null || fail "$program: not found (install the packages debootstrap and util-linux)"
done
if [ "${MOBILENET_IN_DEBIAN:-}" != inside ]; then
  unshare --mount --pid --fork --kill-child true || fail "no permission to create namespaces (in a container?)"
  MOBILENET_IN_DEBIAN=inside exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi
release=$1 architecture=$2
shift 2
debian=$root/build/debian-$release-$architecture
build=$root/build/$release-$architecture

# The kernel must start programs for another CPU with an emulator that it has read before it changes its root.
can_run() {
  case $(dpkg --print-architecture):$1 in
    "$1:$1" | amd64:i386 | arm64:armhf) return ;;
  esac
  local cpu=arm
  [ "$1" = armhf ] || cpu=aarch64
  grep -qs '^flags:.*F' "/proc/sys/fs/binfmt_misc/qemu-$cpu"
}
can_run "$architecture" || fail "this kernel cannot start programs for $architecture (install qemu-user-static; if" \
  "that does not register it: mount -t binfmt_misc none /proc/sys/fs/binfmt_misc, then" \
  "update-binfmts --enable)"

if [ ! -e "$debian/finished" ]; then
  archive=${MOBILENET_DEBIAN_ARCHIVE:-}
  # Among this machine's archives, Debian's own is the one that also has a suite of updates.
  # shellcheck disable=SC2016  # apt's placeholders
  [ -n "$archive" ] || archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    sed -n 's/ [^ /]*-updates$//p' | head -n 1)
  [ -n "$archive" ] || fail "no Debian archive among this machine's (give its address in \$MOBILENET_DEBIAN_ARCHIVE)"
  say "making Debian in ${debian#"$root/"}"
  rm -rf --one-file-system "$debian"
  mkdir -p "$debian"
  debootstrap --variant=minbase --arch="$architecture" "$release" "$debian" "$archive" > "$debian.log" 2>&1 ||
    fail "cannot make it: $(tail -n 1 "$debian.log") (see ${debian#"$root/"}.log)"
  touch "$debian/finished"
fi

# This machine's access to the network: name servers, proxies, certificates.
cp -L /etc/resolv.conf "$debian/etc/resolv.conf"
apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' > "$debian/etc/apt/apt.conf.d/90network" || true
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$debian/etc/pip.conf"; fi
variables=(HOME=/root "TERM=${TERM:-dumb}" LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin)
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
  mkdir -p "$debian/etc/ssl"
  cp -L /etc/ssl/certs/ca-certificates.crt "$debian/etc/ssl/ca-of-the-host.crt"
  variables+=(PIP_CERT=/etc/ssl/ca-of-the-host.crt NODE_EXTRA_CA_CERTS=/etc/ssl/ca-of-the-host.crt)
fi
for variable in http_proxy https_proxy no_proxy PIP_INDEX_URL npm_config_registry CI; do
  if [ -n "${!variable:-}" ]; then variables+=("$variable=${!variable}"); fi
done

# The cross-compiler runs with this machine's /usr below /opt/cross, and reads headers and libraries of the Debian
# inside.
case $architecture in
  arm64) triplet=aarch64-linux-gnu ;;
  armhf) triplet=arm-linux-gnueabihf ;;
  *) triplet= ;;
esac
own_release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
uses_cross=false
if [ -n "$triplet" ] && [ "$(dpkg --print-architecture)" = amd64 ] && [ "$release" = "$own_release" ] &&
  [ -x "/usr/bin/$triplet-g++" ]; then
  uses_cross=true
  mkdir -p "$debian/opt/cross/usr" "$debian/lib64"
  cp -L /lib64/ld-linux-x86-64.so.2 "$debian/lib64/"
  ln -sfn "/opt/cross/usr/$triplet" "$debian/usr/$triplet"  # named in its libc.so
  for compiler in gcc g++; do
    printf '#!/bin/sh\nLD_LIBRARY_PATH=/opt/cross/usr/lib/x86_64-linux-gnu exec /opt/cross/usr/bin/%s-%s "$@"\n' \
      "$triplet" "$compiler" > "$debian/opt/cross/$compiler"
    chmod +x "$debian/opt/cross/$compiler"
  done
  variables+=(CC=/opt/cross/gcc CXX=/opt/cross/g++)
fi

mount --bind "$debian" "$debian"  # a mount itself, so that tests can make namespaces in it
mount -t proc proc "$debian/proc"
mount --rbind /sys "$debian/sys"
mount --rbind /dev "$debian/dev"
if $uses_cross; then mount --bind -o ro /usr "$debian/opt/cross/usr"; fi
mkdir -p "$debian/checkout" "$build"
mount --bind "$root" "$debian/checkout"
mount --bind "$build" "$debian/checkout/build"
# The host's build, for tests that need not be built twice.
if [ -d "$root/build/host" ]; then
  mkdir -p "$build/outside"
  mount --bind "$root/build/host" "$debian/checkout/build/outside"
fi
if [ -d "$root/../shared" ]; then
  mkdir -p "$debian/shared"
  mount --bind "$root/../shared" "$debian/shared"
fi
exec chroot "$debian" env -i "${variables[@]}" "$@"
