#!/bin/bash
# The packages on a bare Debian, as on a board that has no checkout: installed with apt, models fetched from another
# machine's folder and from published files, a photograph classified as an ordinary user, upgraded, removed, purged; and
# the portable archive in a home folder. Needs root; the Debians are those of scripts/in_debian.sh. It builds the packages
# first (scripts/make_packages.sh).
set -euo pipefail

# shellcheck source=scripts/bare_debian.sh
source "$(dirname "$0")/bare_debian.sh"
model=mobilenet_v1_1.0_224_s8
small=mobilenet_v1_0.25_128_s8
sample=/usr/share/doc/mobilenet/examples/chelsea.jpg
home=/home/tester

usage() {
  echo "Usage: scripts/test_packages.sh [RELEASE [ARCH]]"
  echo "Tests the Debian package and the portable archive in a bare RELEASE (bookworm or trixie; default trixie) for ARCH"
  echo "(amd64, arm64 or armhf; default this machine's). The folder \`shared\` beside the checkout has the published files."
}

apt_install() { apt-get install -y -q "$@" > /tmp/apt.log 2>&1 || { tail -n 20 /tmp/apt.log >&2; fail "apt-get install $*"; }; }

# as_user COMMAND...: as a user without special rights, in a home folder.
as_user() {
  (cd "$home" && setpriv --reuid=tester --regid=tester --clear-groups env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin \
    ${PIP_CERT:+PIP_CERT="$PIP_CERT"} ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
    ${https_proxy:+https_proxy="$https_proxy"} "$@")
}

# All files except those that change whenever any package is installed.
files() { find / -xdev \( -path /var -o -path /tmp -o -path "$home" -o -path /checkout -o -path /shared \) -prune -o -print | sort; }

expect_cat() { grep -q "Egyptian cat" <<< "$1" || fail "no Egyptian cat: $1"; }

inside() {
  local package archive folder
  package=$(echo /packages/mobilenet_*.deb)
  archive=$(echo /packages/mobilenet-*.tar.gz)
  rm -rf "$home"
  apt-get update -q > /tmp/apt.log 2>&1 || fail "apt-get update: $(tail -n 3 /tmp/apt.log)"
  dpkg --purge mobilenet > /dev/null 2>&1
  id tester > /dev/null 2>&1 || useradd --create-home tester
  mkdir -p "$home"
  chown tester: "$home"

  say "install"
  # What the package depends on and recommends is installed first, so that what it leaves behind itself can be seen.
  apt_install "$package"
  apt-get purge -y -q mobilenet > /dev/null
  files > /tmp/before
  apt_install "$package"
  as_user mobilenet --version | head -n 1

  say "models get: converted from the published files"
  as_user mobilenet models get "$model" --from /shared/models
  expect_cat "$(as_user mobilenet classify "$sample")"
  as_user mobilenet models verify
  [ "$(as_user mobilenet models path)" = "$home/.local/share/mobilenet/$model.safetensors" ] || fail "models path"

  say "models get: copied from another machine"
  as_user mobilenet models get "$small" --from /shared/models > /dev/null
  mkdir -p /tmp/mirror
  mv "$home/.local/share/mobilenet/$small.safetensors" /tmp/mirror/
  python3 -m http.server --bind 127.0.0.1 --directory /tmp/mirror 8000 > /dev/null 2>&1 &
  sleep 1
  as_user mobilenet models get "$small" --from http://127.0.0.1:8000 | grep -q "copied from http://127.0.0.1:8000/$small" ||
    fail "models get copied nothing from the mirror"
  # As root, whose Python could leave files beside the scripts.
  mobilenet models get "$small" --from http://127.0.0.1:8000 > /dev/null
  kill $!

  say "upgrade"
  rm -rf /tmp/newer
  dpkg-deb -R "$package" /tmp/newer
  sed -i -E 's/^Version: .*/Version: 99.0/' /tmp/newer/DEBIAN/control
  dpkg-deb --root-owner-group -b /tmp/newer /tmp/newer.deb > /dev/null
  apt_install /tmp/newer.deb
  [ "$(dpkg-query -W -f='${Version}' mobilenet)" = 99.0 ] || fail "not upgraded"
  expect_cat "$(as_user mobilenet classify "$sample")"

  say "remove and purge"
  apt-get remove -y -q mobilenet > /dev/null
  dpkg --purge mobilenet > /dev/null 2>&1  # it has no configuration files: nothing is left to be purged
  rm -rf /root/.local/share/mobilenet /root/.cache/mobilenet  # root's own models
  rmdir --ignore-fail-on-non-empty -p /root/.local/share /root/.cache 2> /dev/null || true
  files > /tmp/after
  diff /tmp/before /tmp/after || fail "it leaves files behind (>), or removed others (<)"
  [ -s "$home/.local/share/mobilenet/$model.safetensors" ] || fail "the user's model is gone"

  say "the portable archive"
  as_user tar -xf "$archive"
  folder=$(basename "$archive" .tar.gz)
  as_user "$folder/bin/mobilenet" models get "$small" --from "$home/.local/share/mobilenet" > /dev/null
  as_user "$folder/bin/mobilenet" models get "$model" --from "$home/.local/share/mobilenet" |
    grep -q "$folder/models/weights/$model.safetensors: copied" || fail "models get of the archive"
  expect_cat "$(as_user "$folder/bin/mobilenet" classify "$folder/models/sample/chelsea.jpg")"
  rm -rf "$home"
  say "passed"
}

parse_command_line trixie "$@"
case $release in
  bookworm) suffix=deb12 ;;
  *) suffix=deb13 ;;
esac
rm -f "$root"/build/packages/mobilenet[-_]*"+$suffix"*"$architecture".{deb,tar.gz}
"$root/scripts/make_packages.sh" "$architecture" "$release"
packages=$root/build/$release-$architecture/packages
rm -rf "$packages"
mkdir -p "$packages"
cp "$root"/build/packages/mobilenet[-_]*"+$suffix"*"$architecture".{deb,tar.gz} "$packages"
exec "$root/scripts/in_debian.sh" "$release" "$architecture" bash -c \
  'rm -rf /packages && cp -r /checkout/build/packages /packages && exec /checkout/scripts/test_packages.sh --inside'
