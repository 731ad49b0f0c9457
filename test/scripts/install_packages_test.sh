#!/bin/bash
# scripts/install_packages.sh against a dpkg, an apt-get and a sudo that are made here: what it installs, when it does
# nothing, and what it says when something fails.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/install_packages.sh" "$work/scripts/"

# dpkg-query knows the packages of the file installed; apt-get notes how it is called and says what the file says.
stub dpkg-query <<'END'
for package in "${@:3}"; do if grep -qx "$package" "$WORK/installed"; then printf '%s=installed ' "$package"; fi; done
END
stub dpkg <<'END'
echo amd64
END
stub id <<'END'
echo "${TEST_UID:-0}"
END
stub apt-get <<'END'
case $4 in  # after -o DPkg::Lock::Timeout=300 -y
  update) echo "update" >> "$WORK/calls"; exit "${UPDATE_STATUS:-0}" ;;
  install) echo "install ${*:6}" >> "$WORK/calls" ;;
esac
cat "$WORK/apt_says"
exit "${INSTALL_STATUS:-0}"
END
stub apt-cache <<'END'
! grep -qx "$2" "$WORK/not_in_the_archive"
END
true > "$work/apt_says"
true > "$work/not_in_the_archive"
all_packages=$(sed -n '/^[a-z]*_packages=(/,/)$/p' "$checkout/scripts/install_packages.sh" |
  sed 's/.*(//; s/)$//' | tr -s ' ' '\n')

it "does nothing when everything is installed"
echo "$all_packages" > "$work/installed"
run scripts/install_packages.sh test cross
expect_status 0
expect_out ""
expect_calls ""

it "updates the lists once and installs what is missing, nothing else"
grep -vxE 'libexif-dev|g\+\+' <<< "$all_packages" > "$work/installed"
run scripts/install_packages.sh build
expect_status 0
expect_calls "update;install g++ libexif-dev;"

it "goes on when the lists cannot be updated: another archive than the one needed may be down"
UPDATE_STATUS=100 run scripts/install_packages.sh build
expect_status 0
expect_calls "update;install g++ libexif-dev;"

it "goes on without XNNPACK where the archive has none, and needs no lists for that again"
printf 'libxnnpack-dev\nlibcpuinfo-dev\n' > "$work/not_in_the_archive"
grep -vxE 'libexif-dev|libxnnpack-dev|libcpuinfo-dev' <<< "$all_packages" > "$work/installed"
run scripts/install_packages.sh build
expect_status 0
expect_calls "update;install libexif-dev;"
expect_out_has "install_packages: the archive has no libxnnpack-dev: continuing without it"
grep -vxE 'libxnnpack-dev|libcpuinfo-dev' <<< "$all_packages" > "$work/installed"
run scripts/install_packages.sh build
expect_status 0
expect_calls ""
expect_out_has "the archive has no libcpuinfo-dev"
true > "$work/not_in_the_archive"
run scripts/install_packages.sh build
expect_calls "update;install libxnnpack-dev libcpuinfo-dev;"
grep -vxE 'libexif-dev|g\+\+' <<< "$all_packages" > "$work/installed"

failing() {  # what apt-get says, what is to be said of it
  it "says why when apt-get says: $1"
  echo "$1" > "$work/apt_says"
  INSTALL_STATUS=100 run scripts/install_packages.sh build
  expect_status 1
  expect_err "cannot install g++ libexif-dev: $2"
  true > "$work/apt_says"
}
failing "E: Failed to fetch http://archive/x.deb  Temporary failure resolving 'archive'" "the package archive cannot be reached"
failing "E: You don't have enough free space in /var/cache/apt/archives/." "the disk is full"
failing "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7" "another program is installing"
failing "E: Unable to locate package libexif-dev" "Unable to locate package libexif-dev (Debian 12 or 13 is expected"
failing "E: Something unheard of" "E: Something unheard of (see "

it "names the packages when it has neither root's rights nor sudo"
TEST_UID=1000 run scripts/install_packages.sh build
expect_status 1
expect_err "no permission to install packages, and no sudo"
expect_err "g++ libexif-dev"
expect_calls ""

it "takes sudo when it is not root"
stub sudo <<'END'
echo sudo >> "$WORK/calls"
exec "$@"
END
TEST_UID=1000 run scripts/install_packages.sh build
expect_status 0
expect_calls "sudo;update;sudo;install g++ libexif-dev;"

it "knows wrong usage"
run scripts/install_packages.sh
expect_status 2
run scripts/install_packages.sh tests
expect_status 2
expect_err "tests: unknown purpose (expected build, check, test, fuzz or cross)"

finish
