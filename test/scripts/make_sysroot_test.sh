#!/bin/bash
# scripts/make_sysroot.sh with a stub of apt-get: of this machine's configuration of apt it takes the archive and the way
# to the network, nothing else. That its sysroots are right is shown by the builds made with them.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

cp "$checkout/scripts/make_sysroot.sh" "$work/scripts/"
sed -i "s|^keyring=.*|keyring=$work/keyring.gpg|" "$work/scripts/make_sysroot.sh"
touch "$work/keyring.gpg"
if ! apt_config=$(command -v apt-config); then
  echo "SKIPPED: no apt-config"
  exit 0
fi
ln -s "$apt_config" "$work/bin/apt-config"
# What apt-get would do by its configuration; then it fails, and the script ends.
stub apt-get <<END
if [ "\$1" = indextargets ]; then
  echo "http://archive.invalid/debian bookworm-updates main"
  echo "http://archive.invalid/boards stable main"
  exit
fi
"$apt_config" dump > "\$WORK/configuration"
cat "\$APT_CONFIG" > /dev/null && cp "\$(sed -n 's/^Dir::Etc::sourcelist "\(.*\)";/\1/p' "\$APT_CONFIG")" "\$WORK/sources"
exit 100
END

# A machine with apt-file, a proxy, a foreign architecture and a hook.
cat > "$work/apt.conf" <<'END'
Acquire::http::Proxy "http://proxy.invalid:3128";
Acquire::Retries "3";
Acquire::IndexTargets::deb::Contents-deb { MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)"; DefaultEnabled "true"; };
APT::Architectures { "amd64"; "i386"; };
APT::Update::Post-Invoke { "touch /tmp/hook"; };
APT::Default-Release "experimental";
END
export APT_CONFIG=$work/apt.conf

expect_configuration() { grep -qE "$1" "$work/configuration" || complain "no $1 in $(cat "$work/configuration")"; }
expect_none() { ! grep -E "$1" "$work/configuration" || complain "there is $1"; }

for suite in bookworm trixie; do
  it "takes only archive and network of this machine, for $suite"
  run scripts/make_sysroot.sh armhf "$suite"
  expect_status 1
  expect_err "make_sysroot: cannot read the package lists"
  expect_configuration '^Acquire::http::Proxy "http://proxy.invalid:3128";'
  expect_configuration '^Acquire::Retries "3";'
  expect_configuration '^APT::Architecture "armhf";'
  expect_none 'Contents|Post-Invoke|i386|amd64|experimental'
  grep -qx "deb \[signed-by=$work/keyring.gpg\] http://archive.invalid/debian $suite main" "$work/sources" ||
    complain "sources: $(cat "$work/sources")"
done

it "takes the archive that it is given"
MOBILENET_DEBIAN_ARCHIVE=http://other.invalid/debian run scripts/make_sysroot.sh arm64 trixie
grep -q "http://other.invalid/debian trixie main" "$work/sources" || complain "sources: $(cat "$work/sources")"

it "knows wrong usage"
run scripts/make_sysroot.sh riscv64
expect_status 2
run scripts/make_sysroot.sh arm64 buster
expect_status 2

finish
