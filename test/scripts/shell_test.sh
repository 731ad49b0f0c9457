# For the tests of the shell scripts, which source this: a checkout of their own in a temporary folder ($work), where the
# programs that the script under test calls are replaced by stubs, and what is expected of a run.
# shellcheck shell=bash disable=SC2034  # what is unused here is for them

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work"/{bin,scripts}
failures=0
test_name=

# The stubs, and of the machine's programs only what a script may count on everywhere.
for program in bash basename cat chmod cmp comm cp cut date dirname env find flock grep head ln ls mkdir mktemp mv nproc readlink rm sed \
  sleep sort tail tar touch tr uniq wc xargs; do
  ln -s "$(command -v "$program")" "$work/bin/$program"
done

# stub NAME: a program NAME, its text on standard input. $WORK is the temporary folder. A link to the machine's program
# is removed first: writing would go through it.
stub() {
  rm -f "$work/bin/$1"
  { echo "#!/bin/bash"; echo "WORK=$work"; cat; } > "$work/bin/$1"
  chmod +x "$work/bin/$1"
}

it() { test_name=$*; }

# run SCRIPT ARGUMENTS...: in the temporary checkout; leaves $status, $out, $err and the file calls.
run() {
  true > "$work/calls"
  status=0
  (cd "$work" && PATH=$work/bin exec "./$1" "${@:2}") > "$work/out" 2> "$work/err" < /dev/null || status=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

complain() {
  failures=$((failures + 1))
  echo "FAILED: $test_name: $*"
  sed 's/^/  out: /' "$work/out"
  sed 's/^/  err: /' "$work/err"
}

expect_status() { [ "$status" = "$1" ] || complain "status $status, expected $1"; }
expect_out() { [ "$out" = "$1" ] || complain "expected on standard output: $1"; }
expect_out_has() { [[ $out == *"$1"* ]] || complain "expected in standard output: $1"; }
expect_err() { [[ $err == *"$1"* ]] || complain "expected in standard error: $1"; }
expect_calls() {
  local calls
  calls=$(tr '\n' ';' < "$work/calls")
  [ "$calls" = "$1" ] || complain "calls: $calls, expected $1"
}

finish() {
  [ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
  echo "all passed"
}
