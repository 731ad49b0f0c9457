#!/bin/bash
# scripts/quickstart.sh on a bare Debian, as on a new machine: with access only to the archives of
# packages, with the default model too, and with neither it nor its substitute; then the commands of
# the README, as an ordinary user. Needs root; the Debians are those of scripts/in_debian.sh. It
# takes a quarter of an hour, and more under emulation, which is why scripts/test.sh does not run
# it.
set -euo pipefail

# shellcheck source=scripts/bare_debian.sh
source "$(dirname "$0")/bare_debian.sh"
checkout=/root/mobilenet

usage() {
  echo "Usage: scripts/test_quickstart.sh [RELEASE [ARCH]]"
  echo "Tests scripts/quickstart.sh in a bare RELEASE (bookworm or trixie; default bookworm) for ARCH (amd64, arm64 or"
  echo "armhf; default this machine's). For armhf, its archive is made to lack XNNPACK, as some do."
  echo "The folder \`shared\` beside the checkout has the files of the default model."
}

# quickstart VARIABLE=VALUE...: sets $status to its status and $output to its output, as on a terminal.
quickstart() {
  status=0
  env "$@" "$checkout/scripts/quickstart.sh" > "$checkout.log" 2>&1 || status=$?
  output=$(cat "$checkout.log")
  sed 's/^/  /' "$checkout.log" | cut -c 1-160
}
expect() { [[ $output == *"$1"* ]] || fail "missing in the output: $1"; }
expect_status() { [ "$status" = "$1" ] || fail "status $status (expected $1)"; }

inside() {
  local architecture
  architecture=$(dpkg --print-architecture)
  rm -rf "$checkout"
  mkdir -p "$checkout"
  tar -C "$checkout" -xf /checkout/build/checkout.tar
  # On a board, nothing is needed that pip would have to compile.
  export PIP_ONLY_BINARY=:all:
  if [ "$architecture" = armhf ]; then
    echo "APT::Update::Post-Invoke {" \
      "\"sed -i '/^Package: libxnnpack-dev\$/,/^\$/d' /var/lib/apt/lists/*_Packages\"; };" \
      > /etc/apt/apt.conf.d/99no-xnnpack
  fi
  local hosts
  hosts=$(sed -n 's|.*"url": *"https*://\([^/"]*\)/.*|\1|p' "$checkout/models/catalogue.json" | sort -u)
  cp /etc/hosts /etc/hosts.before 2> /dev/null || touch /etc/hosts.before
  { cat /etc/hosts.before; for host in $hosts; do echo "127.0.0.1 $host"; done; } > /etc/hosts

  say "only the archives of packages"
  quickstart MOBILENET_MIRROR=
  expect_status 0
  expect "is not available here: using efficientnet_lite0_f32"
  expect "efficientnet_lite0_f32"
  expect " cat"
  if [ "$architecture" = armhf ]; then expect "there is no XNNPACK here"; fi

  say "the same again, with nothing to do"
  local start=$SECONDS
  quickstart MOBILENET_MIRROR=
  expect_status 0
  say "took $((SECONDS - start)) s"
  "$checkout/build/release/mobilenet" classify --format json "$checkout/models/sample/chelsea.jpg" | grep -q '"label": ".* cat' ||
    fail "without --model, the program does not use the model that quickstart chose"

  say "the default model, too"
  rm -rf "$checkout/models/weights"
  quickstart MOBILENET_MIRROR=/shared/models
  expect_status 0
  expect "mobilenet_v1_1.0_224_s8"
  expect "Egyptian cat"

  say "the commands of the README, as an ordinary user"
  # Not in the checkout's place: no user may read what is below /root.
  apt-get install -y -q inotify-tools > /dev/null
  id tester > /dev/null 2>&1 || useradd --create-home tester
  "$checkout/scripts/get_model.py" --from /shared/models mobilenet_v1_{0.5_160_s8,0.25_128_s8,0.25_224_f32} > /dev/null
  rm -rf /opt/mobilenet
  mkdir -p /opt/mobilenet/checkout
  cp -r "$checkout"/{README.md,models,test,build} /opt/mobilenet/checkout
  ln -sfn /shared /opt/mobilenet/shared
  chmod -R a+rX /opt/mobilenet
  (cd /tmp && setpriv --reuid=tester --regid=tester --clear-groups env HOME=/home/tester \
    python3 /opt/mobilenet/checkout/test/scripts/readme_commands_test.py \
    /opt/mobilenet/checkout/build/release/mobilenet /opt/mobilenet/checkout/models/weights) > "$checkout.log" 2>&1 ||
    { cat "$checkout.log"; fail "commands of the README fail"; }
  # Of "Your own classes" the first was quickstart, above.
  for command in "teach photos" "classify --model mine.safetensors"; do
    grep -q " s: build/release/mobilenet $command " "$checkout.log" || fail "not among them: $command"
  done
  tail -n 1 "$checkout.log"

  say "neither"
  rm -rf "$checkout/models/weights"
  quickstart MOBILENET_MIRROR= PIP_INDEX_URL=http://127.0.0.1:9/ PIP_CONFIG_FILE=/dev/null
  expect_status 1
  expect "From another machine, copy"
  expect "mobilenet_v1_1.0_224_s8.safetensors"
  mv /etc/hosts.before /etc/hosts
  say "passed"
}

parse_command_line bookworm "$@"
mkdir -p "$root/build/$release-$architecture"
(cd "$root" && git ls-files -z | tar --null -T - -cf "build/$release-$architecture/checkout.tar")
exec "$root/scripts/in_debian.sh" "$release" "$architecture" /checkout/scripts/test_quickstart.sh --inside
