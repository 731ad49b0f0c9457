# Sourced by test_packages.sh and test_quickstart.sh, which test something in a bare Debian (in_debian.sh): their command
# line, [RELEASE [ARCH]], and their messages. They define `usage`, which prints their help, and `inside`, which runs in
# the Debian. Sets $root, the checkout.
# shellcheck shell=bash

root=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "$(basename "$0" .sh): $*"; }
fail() { say "$@" >&2; exit 1; }

# parse_command_line DEFAULT_RELEASE ARGUMENTS...: sets $release and $architecture. Inside the Debian it runs `inside`
# instead, and ends.
parse_command_line() {
  release=$1
  shift
  case ${1:-} in
    -h | --help) usage; exit 0 ;;
    --inside) inside; exit ;;
  esac
  [ $# -le 2 ] || { usage >&2; exit 2; }
  [ -d "$root/../shared/models" ] || fail "$root/../shared/models: no such folder (it has the published files)"
  release=${1:-$release}
  # shellcheck disable=SC2034  # for the scripts that source this
  architecture=${2:-$(dpkg --print-architecture)}
}
