#!/bin/sh
# Makes or updates build/tfjs of this checkout: TensorFlow.js, which the tests of the scripts compare converted networks
# with. Its packages are those of test/scripts/tfjs/package-lock.json, with their check sums. Quick when nothing is to do.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
pinned=$root/test/scripts/tfjs
made=$root/build/tfjs
log=$root/build/tfjs.log

say() { echo "make_tfjs: $*"; }
fail() { echo "make_tfjs: $*" >&2; exit 1; }

# Written last: what an interrupted run leaves behind is never used.
if cmp -s "$pinned/package-lock.json" "$made/finished"; then exit 0; fi

command -v npm > /dev/null || fail "npm: not found (sudo apt-get install nodejs npm)"
say "installing TensorFlow.js into $made"
rm -rf "$made"
mkdir -p "$made"
cp "$pinned/package.json" "$pinned/package-lock.json" "$made"
# Nothing of the packages is run here, and nothing but them is asked for.
(cd "$made" && npm ci --ignore-scripts --no-audit --no-fund) > "$log" 2>&1 ||
  fail "cannot install the packages: $(grep -v '^[[:space:]]*$' "$log" | head -n 1) (is there a network? see $log)"
cp "$pinned/package-lock.json" "$made/finished"
say "done"
