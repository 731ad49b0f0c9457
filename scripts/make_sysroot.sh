#!/bin/bash
# Unpacks what programs for another architecture or another Debian are built against and run with (C and C++ library,
# XNNPACK, libjpeg, Catch2, ...) into build/sysroot-ARCH (Debian 12) or build/sysroot-ARCH-trixie. apt works in its own
# root: none of this machine's packages, package lists or foreign architectures change, and no special rights are
# needed.
#
# The libraries come with their copyright files and dpkg's records (dpkg-query --admindir=SYSROOT/var/lib/dpkg), from
# which cmake/Packaging.cmake takes what a package depends on.
#
# The sysroot gets its name once it is complete, and a stamp that says what it was made from: what an interrupted run
# leaves behind is never used, and a sysroot from another list of packages is made again.
set -euo pipefail
export LC_ALL=C  # the messages of apt-get are read below

root=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "make_sysroot: $*"; }
fail() { echo "make_sysroot: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/make_sysroot.sh arm64|armhf|amd64 [bookworm|trixie]"
  echo "Unpacks the libraries for cross-compiling into build/sysroot-ARCH, or build/sysroot-ARCH-trixie. The archive is"
  echo "the one that apt uses on this machine, or the address in \$MOBILENET_DEBIAN_ARCHIVE."
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
esac
architecture=${1:-}
suite=${2:-bookworm}
case $#:$architecture in
  [12]:arm64) triple=aarch64-linux-gnu ;;
  [12]:armhf) triple=arm-linux-gnueabihf ;;
  [12]:amd64) triple=x86_64-linux-gnu ;;
  *) usage >&2; exit 2 ;;
esac
case $suite in
  bookworm) debian=12 compiler=12 sysroot=$root/build/sysroot-$architecture ;;
  trixie) debian=13 compiler=14 sysroot=$root/build/sysroot-$architecture-trixie ;;
  *) usage >&2; exit 2 ;;
esac
packages=(
  libc6-dev "libstdc++-$compiler-dev" libxnnpack-dev libpthreadpool-dev libcpuinfo-dev libjpeg62-turbo-dev libexif-dev
  libpng-dev libwebp-dev libtiff-dev libgif-dev libheif-dev
  libmd-dev libstb-dev libcli11-dev libeigen3-dev nlohmann-json3-dev catch2
)
stamp_text="5: $suite $architecture ${packages[*]}"  # the number is raised when this script makes it differently
log=$sysroot.log
work=$sysroot.part

is_finished() { [ -f "$sysroot/finished" ] && [ "$(cat "$sysroot/finished")" = "$stamp_text" ]; }

if is_finished; then exit 0; fi

if ! { mkdir -p "$root/build" && true >> "$log"; } 2>/dev/null; then
  fail "$log: cannot write (is the checkout writable, is the disk full?)"
fi
# Of two runs at once, the second waits, and then finds everything done.
exec 9>> "$log"
flock 9
if is_finished; then exit 0; fi
true > "$log"

# What went wrong in apt-get or dpkg-deb and what to do about it, from their output.
reason() {
  if grep -qiE 'No space left|enough free space' "$log"; then
    echo "the disk is full (a sysroot needs 300 MB while it is made)"
  elif grep -qE 'NO_PUBKEY|not signed|EXPKEYSIG|BADSIG|no valid OpenPGP' "$log"; then
    echo "the archive's signature cannot be checked (is debian-archive-keyring up to date? see $log)"
  elif grep -qiE 'Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Network is unreachable|Connection (failed|timed out|refused)' "$log"; then
    echo "the package archive cannot be reached (check the network, and run this again)"
  else
    echo "$(grep -E '^(E|W):' "$log" | tail -n 1) (see $log)"
  fi
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || fail "$keyring: missing (install the package debian-archive-keyring)"

# The archive is the one of this machine's archives that also has a suite of updates; others, with packages for one kind
# of board, have none. Security updates come from where this machine gets them.
archive_lines() {
  local archive=${MOBILENET_DEBIAN_ARCHIVE:-} targets
  # shellcheck disable=SC2016  # apt's and dpkg's placeholders
  targets=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u)
  [ -n "$archive" ] || archive=$(sed -n 's/^\([^ ]*\) [^ /]*-updates main$/\1/p' <<< "$targets" | head -n 1)
  [ -n "$archive" ] ||
    fail "no Debian archive among this machine's (give its address in \$MOBILENET_DEBIAN_ARCHIVE)"
  local security
  security=$(sed -n 's/^\([^ ]*\) [^ /]*-security main$/\1/p' <<< "$targets" | head -n 1)
  echo "deb [signed-by=$keyring] $archive $suite main"
  echo "deb [signed-by=$keyring] $archive $suite-updates main"
  if [ -n "$security" ]; then echo "deb [signed-by=$keyring] $security $suite-security main"; fi
}

rm -rf "$work"
apt=$work/apt
mkdir -p "$apt"/{etc/{apt.conf.d,preferences.d},lists/partial,archives/partial} "$work/root"/usr/{lib,lib64,bin,sbin}
archive_lines > "$apt/etc/sources.list"
true > "$apt/status"
# Of the machine's configuration, only the access to the network is used: its hooks are for its own packages, and the
# other things it lists (files for apt-file, components for AppStream) for its own architecture.
{
  apt-config dump | grep -E '^Acquire::(https?::|ftp::|Retries |ForceIPv[46] |Check-(Date|Valid-Until) )' || true
  cat <<END
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$apt/etc/apt.conf.d";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::sourcelist "$apt/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "$apt/etc/preferences";
Dir::Etc::preferencesparts "$apt/etc/preferences.d";
END
} > "$apt/apt.conf"
# Read instead of the machine's files; a file given with -c would be read after them.
apt_get() { APT_CONFIG=$apt/apt.conf apt-get "$@"; }

say "reading the package lists of $suite for $architecture"
update_lists() { apt_get -o APT::Update::Error-Mode=any update >> "$log" 2>&1; }
if ! update_lists; then
  # Mirrors are not always in step. The release itself is what is needed; its updates come with its next point release.
  sed -i '/ [a-z]*-\(updates\|security\) main$/d' "$apt/etc/sources.list"
  rm -rf "$apt/lists"
  mkdir -p "$apt/lists/partial"
  true > "$log"
  update_lists || fail "cannot read the package lists: $(reason)"
  say "the lists of updates and security updates cannot be read now: continuing without them"
fi
say "downloading ${packages[*]} and what they depend on"
apt_get --yes --download-only install "${packages[@]}" >> "$log" 2>&1 ||
  fail "cannot download the packages: $(reason)"

say "unpacking $(find "$apt/archives" -name '*.deb' | wc -l) packages into ${sysroot#"$root/"}"
for folder in lib lib64 bin sbin; do ln -s "usr/$folder" "$work/root/$folder"; done
dpkg=$work/root/var/lib/dpkg
mkdir -p "$dpkg/info"
for package in "$apt"/archives/*.deb; do
  { dpkg-deb --field "$package"; echo "Status: install ok installed"; echo; } >> "$dpkg/status"
  # shellcheck disable=SC2016  # dpkg's placeholders
  case $(dpkg-deb --show --showformat='${Multi-Arch}' "$package") in
    same) name='${Package}:${Architecture}' ;;
    *) name='${Package}' ;;
  esac
  dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's/^\.//; s/\/$//; s/^$/\/./' \
    > "$dpkg/info/$(dpkg-deb --show --showformat="$name" "$package").list"
  # tar instead of dpkg-deb -x: a package that ships /lib must not replace the link to usr/lib.
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$work/root" \
    --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/lib/debug \
    --exclude=./usr/share/info 2>> "$log" || fail "cannot unpack $(basename "$package"): $(reason)"
done
find "$work/root/usr/share/doc" -type f ! -name copyright -delete
echo 1 > "$dpkg/info/format"  # the names of multi-arch packages have their architecture
# Links to absolute paths would lead out of the sysroot.
find "$work/root" -type l -lname '/*' | while read -r link; do
  ln -sfnr "$work/root$(readlink "$link")" "$link"
done
[ -e "$work/root/usr/lib/$triple/libXNNPACK.so" ] || fail "the packages hold no libXNNPACK.so for $triple (see $log)"

# How cmake/Packaging.cmake names the packages.
mkdir -p "$work/root/etc"
printf 'ID=debian\nVERSION_ID="%s"\n' "$debian" > "$work/root/etc/os-release"

echo "$stamp_text" > "$work/root/finished"
rm -rf "$sysroot"
mv "$work/root" "$sysroot"
rm -rf "$work"
say "done"
