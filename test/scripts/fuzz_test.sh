#!/bin/bash
# scripts/fuzz.sh with stubs of cmake and the fuzzer: what it runs, what it says about findings, and wrong usage.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/fuzz.sh" "$work/scripts/"
for script in install_packages make_fuzz_libraries; do
  printf '#!/bin/bash\necho "%s $*" >> "%s/calls"\n' "$script" "$work" > "$work/scripts/$script.sh"
  chmod +x "$work/scripts/$script.sh"
done
stub cmake <<'END'
[ -z "${BUILD_SAYS:-}" ] || { echo "$BUILD_SAYS"; exit 1; }
echo "cmake ${*:1:2}" >> "$WORK/calls"
END
# Two targets; in the second one it finds what $FINDS says.
mkdir -p "$work/build/fuzz/test/fuzz" "$work/build/host-debug/test/fuzz" "$work/test/fuzz/dictionaries"
cat > "$work/build/fuzz/test/fuzz/mobilenet_fuzz" <<END
#!/bin/bash
case \$1 in
  --list) printf 'jpeg jpeg\nmodel json\n'; exit ;;
  --write-seeds=*) echo seed > "\${1#*=}/seed-1"; exit ;;
esac
echo "\$MOBILENET_FUZZ_TARGET \$*" >> "$work/calls"
echo "#1000	DONE   cov: 321 ft: 900 corp: 9/9b exec/s: 9 rss: 9Mb"
echo "stat::number_of_executed_units: 1000"
if [ "\${FINDS:-}" = "\$MOBILENET_FUZZ_TARGET" ]; then
  for option in "\$@"; do case \$option in -artifact_prefix=*) echo bad > "\${option#*=}crash-1" ;; esac; done
  echo "  what():  a picture of 0 x 0"
  exit 77
fi
END
cat > "$work/build/host-debug/test/fuzz/fuzz_test" <<END
#!/bin/bash
echo "short \$MOBILENET_FUZZ_SECONDS s" >> "$work/calls"
exit "\${SHORT_STATUS:-0}"
END
chmod +x "$work"/build/*/test/fuzz/*

it "runs the targets that are named for so many minutes"
run scripts/fuzz.sh 2 jpeg
expect_status 0
expect_out_has "jpeg: 1000 executions in 120 s, 321 edges, nothing found"
grep -q "^jpeg build/fuzz/corpora/jpeg build/fuzz/seeds/jpeg -max_total_time=120 " "$work/calls" ||
  complain "other arguments: $(cat "$work/calls")"
[ -e "$work/build/fuzz/seeds/jpeg/seed-1" ] || complain "no seeds"

it "runs all of them, each with its dictionary"
touch "$work/test/fuzz/dictionaries/json.dict"
run scripts/fuzz.sh
expect_status 0
expect_out_has "jpeg: 1000 executions in 60 s"
expect_out_has "model: 1000 executions in 60 s"
grep -q "^model .* -dict=test/fuzz/dictionaries/json.dict" "$work/calls" || complain "no dictionary"

it "says what was found, once"
FINDS=model run scripts/fuzz.sh
expect_status 1
expect_out_has "jpeg: 1000 executions in 60 s, 321 edges, nothing found"
expect_out_has "model: 1000 executions in 60 s, 321 edges, found 1"
expect_out_has "a picture of 0 x 0"
expect_out_has "MOBILENET_FUZZ_TARGET=model"
expect_out_has "build/fuzz/artifacts/model/crash-1"
run scripts/fuzz.sh 1 model
expect_status 0
expect_out_has "nothing found"

it "has a short form that needs no build of its own"
run scripts/fuzz.sh --short
expect_status 0
expect_calls "install_packages test;cmake --preset host-debug;cmake --build --preset;short 25 s;"
SHORT_STATUS=1 run scripts/fuzz.sh --short
expect_status 1

it "knows wrong usage, and tells what cannot be built"
run scripts/fuzz.sh 1 gif
expect_status 2
expect_err "gif: unknown (expected one of jpeg model)"
run scripts/fuzz.sh --long
expect_status 2
BUILD_SAYS="x.cc:1: error: no such thing" run scripts/fuzz.sh
expect_status 2
expect_err "x.cc:1: error: no such thing"

finish
