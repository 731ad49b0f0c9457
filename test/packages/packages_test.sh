#!/bin/bash
# A package, unpacked and run in a root that contains only what it may depend on: for the Debian package the
# shared libraries of the packages it depends on, for the portable archive libc.
# packages_test.sh deb|portable PACKAGES SYSROOT TRIPLE WEIGHTS [EMULATOR]; without an emulator the root becomes / in a
# mount namespace, and SYSROOT is empty: this machine.
set -euo pipefail
export LC_ALL=C

kind=$1 packages=$2 sysroot=$3 triple=$4 weights=$5 emulator=${6:-}
checkout=$(cd "$(dirname "$0")/../.." && pwd)
model=mobilenet_v1_1.0_224_s8
libc='(ld-linux[^/]*|lib(c|m|pthread|dl|rt))\.so\.[0-9]+'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
fail() { echo "FAILED: $*"; exit 1; }

mkdir -p "$root"/{usr/lib,usr/lib64,proc,sys}
ln -s usr/lib usr/lib64 "$root"
cp "$checkout/models/sample/chelsea.jpg" "$root"

dpkg_query() { dpkg-query --admindir="$sysroot/var/lib/dpkg" "$@"; }

# Copies shared libraries of a package into the root: all of them, or those with a certain name.
add_libraries() {
  dpkg_query --listfiles "$1" | { grep -E "^(/usr)?/lib(64)?/(.*/)?${2:-[^/]*\.so(\.[0-9.]+)?}\$" || true; } |
    { grep -v /gconv/ || true; } | sed 's/^.//' > "$work/list"
  tar -C "$sysroot/" -c --files-from "$work/list" | tar -C "$root" -x --keep-directory-symlink
}

# run ARGUMENTS...: runs the unpacked program, whose path in the root is $program, and prints its output.
if [ -n "$emulator" ]; then
  environment=
  run() { env -i ${QEMU_CPU:+QEMU_CPU="$QEMU_CPU"} ${environment:+"$environment"} "$emulator" -L "$root" "$root$program" "$@" 2>&1; }
else
  namespace=(unshare --mount)
  if [ "$(id -u)" != 0 ]; then namespace+=(--map-root-user); fi
  "${namespace[@]}" true 2>/dev/null || { echo "SKIPPED: no permission to make a mount namespace"; exit 0; }
  # shellcheck disable=SC2016  # for the inner shell
  run() {
    env -i PATH="$PATH" "${namespace[@]}" bash -c 'mount --rbind /proc "$0/proc" && mount --rbind /sys "$0/sys" &&
      exec chroot "$0" "$@"' "$root" "$program" "$@" 2>&1
  }
fi

if [ "$kind" = deb ]; then
  package=$(echo "$packages"/mobilenet_*.deb)
  dpkg-deb --fsys-tarfile "$package" | tar -C "$root" -x --keep-directory-symlink
  program=/usr/bin/mobilenet
  models=/usr/share/mobilenet
  library_folder=/usr/lib/$triple
  # The emulator's statx, which 32-bit programs use to look for a file, looks outside of its root.
  environment=MOBILENET_MODELS=$root$models
  [ -s "$root/usr/share/mobilenet/models/catalogue.json" ] || fail "no catalogue"
  [ -s "$root/usr/share/mobilenet/models/labels/imagenet_1001.txt" ] || fail "no labels"
  gzip -t "$root/usr/share/man/man1/mobilenet.1.gz" || fail "no manual page"
  [ -s "$root/usr/share/bash-completion/completions/mobilenet" ] || fail "no completion"
  if command -v lintian > /dev/null; then
    lintian --fail-on error "$package" 2> /dev/null > "$work/out" || fail "lintian: $(cat "$work/out")"
  fi

  # Its dependencies, and theirs in turn.
  to_resolve=$(dpkg-deb --field "$package" Depends)
  resolved=
  while [ -n "$to_resolve" ]; do
    next=
    while read -r name; do
      if [[ " $resolved " == *" $name "* ]]; then continue; fi
      resolved+=" $name"
      add_libraries "$name"
      # shellcheck disable=SC2016  # dpkg's placeholder
      next+="$(dpkg_query --show --showformat='${Depends}' "$name"),"
    done < <(tr ',' '\n' <<< "$to_resolve" | sed -E 's/ *([^ |:]*).*/\1/; /^$/d' | sort -u)
    to_resolve=${next%,}
    to_resolve=${to_resolve//,,/}
  done
  echo "depends on:$resolved"
else
  archive=$(echo "$packages"/mobilenet-*.tar.gz)
  tar -C "$root" -xf "$archive"
  folder=$(basename "$archive" .tar.gz)
  program=/$folder/bin/mobilenet
  models=/$folder/models/weights
  library_folder=/$folder/lib
  add_libraries libc6 "$libc"

  # The README says which libc is enough: it is the one that the files need.
  stated=$(sed -nE 's/.* with glibc ([0-9.]+) or later.*/\1/p' "$root/$folder/README")
  needed=$(readelf --version-info --wide "$root/$program" "$root/$folder"/lib/*.so* | grep -oE 'GLIBC_[0-9.]+' |
    sort -uV | tail -n 1)
  [ "GLIBC_$stated" = "$needed" ] || fail "the README states glibc $stated, the files need $needed"
  echo "needs $needed"
  # shellcheck disable=SC2016  # dpkg's placeholder
  built_with=$(dpkg_query --show --showformat='${source:Upstream-Version}' libc6)
  [ "$(printf '%s\n' "$stated" "$built_with" | sort -V | tail -n 1)" = "$built_with" ] ||
    fail "glibc $stated is newer than the $built_with it was built with: some library came from elsewhere"
  for library in "$root/$folder"/lib/*.so*; do
    [[ ! $(basename "$library") =~ ^$libc$ ]] || fail "$library is part of libc"
  done
  [ "$(find "$root/$folder/lib/licenses" -type f -size +0 | wc -l)" -gt 3 ] || fail "licences are missing"
fi

run --version > "$work/out" || fail "--version: $(cat "$work/out")"
grep -q '^mobilenet [0-9]' "$work/out" || fail "--version: $(cat "$work/out")"
cat "$work/out"

# Nothing came from anywhere else: without one of the libraries it does not start.
mv "$root$library_folder/libpthreadpool.so.0" "$work"
if run --version > "$work/out"; then fail "it runs without libpthreadpool.so.0: the root is not all it sees"; fi
grep -q 'libpthreadpool.so.0: cannot open shared object' "$work/out" || fail "without a library: $(cat "$work/out")"
mv "$work/libpthreadpool.so.0" "$root$library_folder"

if [ ! -e "$weights/$model.safetensors" ]; then
  echo "SKIPPED: classifying: no weights (no folder shared/models beside the checkout)"
  exit 0
fi
mkdir -p "$root$models"
cp "$weights/$model.safetensors" "$root$models"
run classify --threads 1 /chelsea.jpg > "$work/out" || fail "classify: $(cat "$work/out")"
cat "$work/out"
sed -n 2p "$work/out" | grep -q "Egyptian cat" || fail "the cat is none"
