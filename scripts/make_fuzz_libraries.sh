#!/bin/bash
# Builds the libraries that read strangers' files from Debian's sources into build/fuzz-libraries, instrumented by Clang
# for fuzzing and with the address sanitizer: the fuzzer sees which paths through them an input takes, and the sanitizer
# sees what they do with memory. Everything else is still built with Debian's own packages.
#
# A library has a stamp there once it is complete, so that an interrupted run goes on where it was.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
libraries=$root/build/fuzz-libraries
log=$libraries.log
work=$libraries.part
sources=(libjpeg-turbo libexif libpng1.6 libwebp giflib tiff)
version=1  # raised when this script makes them differently
# Not the undefined behaviour sanitizer: what it finds there is not ours to mend.
flags="-O1 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address -w"

say() { echo "make_fuzz_libraries: $*"; }
fail() { echo "make_fuzz_libraries: $*" >&2; exit 1; }

case ${1:-} in
  -h | --help)
    echo "Usage: scripts/make_fuzz_libraries.sh"
    echo "Builds ${sources[*]} from Debian's sources, instrumented for fuzzing."
    exit 0
    ;;
esac

unfinished() {
  for source in "${sources[@]}"; do [ -e "$libraries/$source.$version" ] || echo "$source"; done
}
[ -n "$(unfinished)" ] || exit 0
mkdir -p "$libraries"/{include,lib/pkgconfig}
# Of two runs at once, the second waits, and then finds everything done.
exec 9>> "$log"
flock 9
mapfile -t sources < <(unfinished)
[ ${#sources[@]} -gt 0 ] || exit 0
true > "$log"

# apt with its own lists, since machines usually have none of sources: those of the release that packages come from.
# None of this machine's lists change, and no special rights are needed.
rm -rf "$work"
apt=$work/apt
mkdir -p "$apt/lists/partial" "$work/sources"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# shellcheck disable=SC2016  # apt's placeholders
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
  sed -n "s|^[^ ]* [a-z]* main\$|deb-src [signed-by=$keyring] &|p" > "$apt/sources.list"
[ -s "$apt/sources.list" ] || fail "this machine uses no Debian archive"
options=(
  -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o "Dir::Etc::sourcelist=$apt/sources.list"
  -o Dir::Etc::sourceparts=- -o APT::Sandbox::User= -o Acquire::Languages=none
)
say "reading the lists of Debian's sources"
apt-get "${options[@]}" update >> "$log" 2>&1 || fail "cannot read the lists of sources (see $log)"
say "downloading ${sources[*]}"
(cd "$work/sources" && apt-get "${options[@]}" source --download-only "${sources[@]}") >> "$log" 2>&1 ||
  fail "cannot download the sources (see $log)"
for source in "${sources[@]}"; do
  (cd "$work/sources" && dpkg-source --no-check -x "$source"_*.dsc "$source") >> "$log" 2>&1 ||
    fail "cannot unpack the sources of $source (see $log)"
done

prefix=$libraries
with_cmake() {
  local source=$1
  shift
  cmake -S "$work/sources/$source" -B "$work/$source" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang \
    -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR="$prefix/lib" -DCMAKE_POSITION_INDEPENDENT_CODE=ON "$@"
  cmake --build "$work/$source" --parallel "$(nproc)"
  cmake --install "$work/$source"
}
# The vector code is assembly, which sanitizers cannot see into; without it the pixels are the same.
build_libjpeg-turbo() { with_cmake libjpeg-turbo -DENABLE_SHARED=OFF -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF; }
build_libpng1.6() {
  with_cmake libpng1.6 -DPNG_SHARED=OFF -DPNG_TESTS=OFF -DPNG_HARDWARE_OPTIMIZATIONS=OFF -DPNG_EXECUTABLES=OFF
}
build_libwebp() {
  with_cmake libwebp -DWEBP_BUILD_{ANIM_UTILS,CWEBP,DWEBP,GIF2WEBP,IMG2WEBP,VWEBP,EXTRAS}=OFF \
    -DWEBP_BUILD_WEBPINFO=OFF
}
build_tiff() {
  with_cmake tiff -Dtiff-{tools,tests,contrib,docs}=OFF -D{lzma,zstd,jbig,lerc,libdeflate,webp}=OFF
}
# Both have makefiles for more than the library, which consists of these few files.
build_libexif() {
  cd "$work/sources/libexif"
  echo '#define GETTEXT_PACKAGE "libexif"' > config.h
  echo '#include <stdint.h>' > libexif/_stdint.h  # as configure would find out
  compile "$prefix/lib/libexif.a" -DHAVE_CONFIG_H -I. -- libexif/*.c libexif/*/*.c
  mkdir -p "$prefix/include/libexif"
  cp libexif/*.h "$prefix/include/libexif"
  printf 'Name: libexif\nDescription: EXIF\nVersion: 0\nLibs: -L%s/lib -lexif -lm\nCflags: -I%s/include\n' "$prefix" \
    "$prefix" > "$prefix/lib/pkgconfig/libexif.pc"
}
build_giflib() {
  cd "$work/sources/giflib"
  compile "$prefix/lib/libgif.a" -- {dgif_lib,egif_lib,gifalloc,gif_err,gif_hash,openbsd-reallocarray}.c
  cp gif_lib.h "$prefix/include"
}
# compile ARCHIVE FLAG... -- FILE...
compile() {
  local archive=$1 options=()
  shift
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  # shellcheck disable=SC2086  # several flags
  printf '%s\n' "$@" | xargs -P "$(nproc)" -I {} clang $flags -fPIC "${options[@]}" -c {} -o {}.o
  ar rcs "$archive" "${@/%/.o}"
}
for source in "${sources[@]}"; do
  say "building $source"
  # Not behind "||" or "if": there, a function goes on after an error.
  set +e
  (set -e; "build_$source") >> "$log" 2>&1 < /dev/null
  status=$?
  set -e
  [ $status = 0 ] || fail "cannot build $source (see $log)"
  true > "$libraries/$source.$version"
done
rm -rf "$work"
say "done"
