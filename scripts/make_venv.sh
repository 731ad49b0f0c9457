#!/bin/sh
# Makes or updates build/venv of this checkout: the Python that convert.py runs with, with its packages pinned in
# requirements.txt. With a word, it makes build/venv-WORD from requirements-WORD.txt: test for the tests of the scripts,
# fleet for fleet_classify.py, peers for test/bench/peers.py, keras for test/scripts/keras_models.py. Quick if there is
# nothing to do. $PYTHON chooses another python3.
#
# numpy and flatbuffers are Debian's, so that nothing has to be compiled on a board; only if the Python lacks them, and
# is not Debian's, they come from the index like the others.
#
# The stamp, written last, says for which Python and pins the venv was finished: a venv without it, or with another one,
# is made again, so what an interrupted run leaves behind is never used.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
  '' | test | fleet | peers | keras) ;;
  *) echo "make_venv: $1: unknown (expected nothing, test, fleet, peers or keras)" >&2; exit 2 ;;
esac
suffix=${1:+-$1}
requirements=$root/scripts/requirements$suffix.txt
case $root in
  # Installed with the program, where only root may write.
  */share/mobilenet) build=${XDG_CACHE_HOME:-$HOME/.cache}/mobilenet ;;
  *) build=$root/build ;;
esac
venv=$build/venv$suffix
stamp=$venv/finished
log=$build/venv$suffix.log
# Debian's own before others in the path, which do not see Debian's packages.
if [ -x /usr/bin/python3 ]; then python=${PYTHON:-/usr/bin/python3}; else python=${PYTHON:-python3}; fi

say() { echo "make_venv: $*"; }
fail() { echo "make_venv: $*" >&2; exit 1; }

# The stamp of a finished venv: its Python's version, then the pins.
wanted() {
  "$1" -c 'import sys; print("python %d.%d" % sys.version_info[:2])' 2>/dev/null && cat "$requirements"
}

is_finished() {
  [ -f "$stamp" ] && [ -x "$venv/bin/python" ] && wanted "$venv/bin/python" | cmp -s - "$stamp"
}

last_line() { grep -v '^[[:space:]]*$' "$log" 2>/dev/null | tail -n 1; }

if is_finished; then exit 0; fi

command -v "$python" >/dev/null || fail "$python: not found (install the package python3, or set \$PYTHON)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "$python: $("$python" --version 2>&1) (expected 3.10 or later, as Debian 12 has)"
mkdir -p "$build" 2>/dev/null || fail "$build: cannot make the folder (is it writable, is the disk full?)"
: > "$log" 2>/dev/null || fail "$log: cannot write (is the folder writable, is the disk full?)"

# Of two runs at once, the second waits, and then finds everything done.
if command -v flock >/dev/null && [ -z "${MAKE_VENV_LOCKED:-}" ]; then
  MAKE_VENV_LOCKED=1 exec flock "$log" "$0" "$@"
fi

say "making $venv with $("$python" --version 2>&1)"
rm -rf "$venv"
system_packages=--system-site-packages
case ${1:-} in fleet | peers | keras) system_packages= ;; esac
# shellcheck disable=SC2086  # one word or none
if ! "$python" -m venv "$venv" $system_packages > "$log" 2>&1; then
  "$python" -c 'import ensurepip' 2>/dev/null ||
    fail "$python has no venv module (sudo apt-get install python3-venv)"
  fail "cannot make $venv: $(last_line) (see $log)"
fi

# The machine's packages: not pinned, and taken from the index if they are missing.
set --
if [ -n "$system_packages" ]; then
  for package in numpy flatbuffers; do
    "$venv/bin/python" -c "import $package" 2> /dev/null || set -- "$@" "$package"
  done
  set -- "$@" --no-deps
fi
say "installing $(grep -c '^[a-z]' "$requirements") packages of scripts/requirements$suffix.txt"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --prefer-binary \
  --requirement "$requirements" "$@" > "$log" 2>&1 ||
  fail "cannot install the packages: $(last_line) (is there a network, a disk with 200 MB free? see $log)"

wanted "$venv/bin/python" > "$stamp.part" || fail "cannot write $stamp (is the disk full?)"
mv "$stamp.part" "$stamp"
say "done"
