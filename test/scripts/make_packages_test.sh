#!/bin/bash
# scripts/make_packages.sh with stubs of the builds: which preset it takes for which architecture, and what it says when
# a step fails. What is in the packages: test/packages.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/make_packages.sh" "$work/scripts/"
for script in install_packages make_sysroot; do
  stub "$script.sh" <<< "echo \"$script \$*\" >> \"\$WORK/calls\""
  mv "$work/bin/$script.sh" "$work/scripts/"
done
stub dpkg <<'END'
cat "$WORK/architecture"
END
stub cmake <<'END'
if [ "$1" = --preset ]; then mkdir -p "$4"; echo "configure $2 ${*:5}" | sed "s|$WORK/build/||" >> "$WORK/calls"; fi
if [ "$1" = --build ] && [ -n "${BUILD_SAYS:-}" ]; then echo "$BUILD_SAYS"; exit 1; fi
END
stub cpack <<'END'
mkdir -p "$2/_CPack_Packages"
touch "$2/mobilenet_0.1.0_${PWD##*/}.deb" "$2/mobilenet-0.1.0-linux-${PWD##*/}.tar.gz"
END
without_tests=-DMOBILENET_TESTS=OFF

sysroot() { echo "-DMOBILENET_SYSROOT=sysroot-$1"; }
export MOBILENET_OS_RELEASE=$work/os-release
on() { echo "$1" > "$work/architecture"; echo "VERSION_CODENAME=$2" > "$work/os-release"; }

it "makes those of this machine without a sysroot"
on arm64 trixie
run scripts/make_packages.sh
expect_status 0
expect_calls "install_packages build;configure release $without_tests;"
expect_out_has "make_packages: build/packages/mobilenet-0.1.0-linux-trixie-arm64.tar.gz
make_packages: build/packages/mobilenet_0.1.0_trixie-arm64.deb"
[ -e "$work/build/packages/mobilenet_0.1.0_trixie-arm64.deb" ] || complain "no package"

it "makes those of Debian 13 on Debian 12, without a cross-compiler where the architecture is the same"
on amd64 bookworm
run scripts/make_packages.sh
expect_status 0
expect_calls "install_packages build;make_sysroot amd64 trixie;configure x86_64 $without_tests $(sysroot amd64-trixie);"
run scripts/make_packages.sh amd64 bookworm
expect_calls "install_packages build;configure release $without_tests;"

it "cross-compiles those of boards"
run scripts/make_packages.sh arm64 armhf bookworm trixie
expect_status 0
cross="install_packages build;install_packages cross;make_sysroot"
expect_calls "$cross arm64 bookworm;configure aarch64 $without_tests $(sysroot arm64);$cross armhf bookworm;configure armv7 $without_tests $(sysroot armhf);$cross arm64 trixie;configure aarch64 $without_tests $(sysroot arm64-trixie);$cross armhf trixie;configure armv7 $without_tests $(sysroot armhf-trixie);"

it "says what failed"
BUILD_SAYS="x.cc:1: error: no such thing" run scripts/make_packages.sh
expect_status 1
expect_err "x.cc:1: error: no such thing"
expect_err "cannot make the package: cmake failed"

it "knows wrong usage, and what cannot be cross-compiled"
run scripts/make_packages.sh riscv64
expect_status 2
expect_err "riscv64: unknown (expected amd64, arm64 or armhf, and bookworm or trixie)"
on armhf trixie
run scripts/make_packages.sh amd64
expect_status 1
expect_err "amd64: cannot be cross-compiled"

finish
