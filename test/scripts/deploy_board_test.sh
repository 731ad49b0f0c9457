#!/bin/bash
# scripts/deploy_board.sh against a real sshd on 127.0.0.1, whose home folder and machine are made up here; the packages
# and the program in them are stubs.
set -euo pipefail
# shellcheck source=test/scripts/shell_test.sh
source "$(dirname "$0")/shell_test.sh"

for program in gzip ssh; do ln -s "$(command -v "$program")" "$work/bin/$program"; done
cp "$checkout/scripts/deploy_board.sh" "$work/scripts/"
mkdir -p "$work"/{board/home,board/bin,sshd,models/weights}
echo "the weights" > "$work/models/weights/mobilenet_v1_1.0_224_s8.safetensors"
echo "others" > "$work/mine.safetensors"

script() { stub "$1"; mv "$work/bin/$1" "$work/scripts/$1"; }
script get_model.py <<'END'
echo "model $*" >> "$WORK/calls"
exit 1
END
stub cmake <<'END'
echo "cmake $*" >> "$WORK/calls"
[ ! -e "$WORK/no_build" ]
END
script make_packages.sh <<'END'
echo "packages $*" >> "$WORK/calls"
case $2 in bookworm) debian=12 ;; trixie) debian=13 ;; esac
folder=mobilenet-0.1.0+deb$debian-linux-$1
mkdir -p "$WORK/build/packages" "$WORK/stage/$folder"/{bin,models/weights}
cp "$WORK/program" "$WORK/stage/$folder/bin/mobilenet"
tar -C "$WORK/stage" -czf "$WORK/build/packages/$folder.tar.gz" "$folder"
END
cat > "$work/program" <<END
#!/bin/bash
echo "\$*" >> "$work/calls"
case \$1 in
  doctor)
    echo "a healthy board"
    if [ -e "$work/board/no_doctor" ]; then echo "mobilenet: no doctor here" >&2; exit 2; fi ;;
  classify) cat "models/weights/\$4.safetensors"; echo "macaw" ;;
esac
END
chmod +x "$work/program"

# The board: what sshd runs instead of a login shell. Its uname and dpkg say what the files say.
cat > "$work/board/shell" <<END
#!/bin/bash
export HOME=$work/board/home PATH=$work/board/bin:\$PATH
cd "\$HOME" && exec bash -c "\$SSH_ORIGINAL_COMMAND"
END
printf '#!/bin/bash\ncat "%s/board/uname"\n' "$work" > "$work/board/bin/uname"
printf '#!/bin/bash\ncat "%s/board/dpkg"\n' "$work" > "$work/board/bin/dpkg"
# shellcheck disable=SC2016  # for the stub
printf '#!/bin/bash\ncat "%s/board/$1"\n' "$work" > "$work/board/bin/getconf"
chmod +x "$work/board/shell" "$work/board/bin"/*
echo 32 > "$work/board/LONG_BIT"
echo "glibc 2.41" > "$work/board/GNU_LIBC_VERSION"

sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || { echo "FAILED: no sshd (install the package openssh-server)"; exit 1; }
ssh-keygen -q -t ed25519 -N '' -f "$work/sshd/host_key"
ssh-keygen -q -t ed25519 -N '' -f "$work/sshd/key"
if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi  # as its package does when it starts the server
sshd_process=
trap 'if [ -n "$sshd_process" ]; then kill "$sshd_process"; fi; rm -rf "$work"' EXIT
for _ in 1 2 3 4 5; do  # until a free port is found
  port=$((20000 + RANDOM % 10000))
  "$sshd" -D -e -f /dev/null -p "$port" -h "$work/sshd/host_key" -o ListenAddress=127.0.0.1 -o PidFile=none \
    -o "AuthorizedKeysFile=$work/sshd/key.pub" -o StrictModes=no -o UsePAM=no -o PasswordAuthentication=no \
    -o KbdInteractiveAuthentication=no -o "ForceCommand=$work/board/shell" 2> "$work/sshd/log" &
  sshd_process=$!
  until grep -q 'Server listening' "$work/sshd/log" || ! kill -0 "$sshd_process" 2> /dev/null; do sleep 0.02; done
  if grep -q 'Server listening' "$work/sshd/log"; then break; fi
  sshd_process=
done
[ -n "$sshd_process" ] || { echo "FAILED: sshd does not start: $(cat "$work/sshd/log")"; exit 1; }

options="-F none -i $work/sshd/key -o UserKnownHostsFile=$work/sshd/known -o StrictHostKeyChecking=accept-new -o BatchMode=yes"
export MOBILENET_SSH="ssh $options -p $port"
board=$(id -un)@127.0.0.1
deploy() {
  rm -rf "$work/bench-results"
  run scripts/deploy_board.sh "$@"
}
result() { cat "$work"/bench-results/127.0.0.1-*/"$1"; }
classify="classify --layers --model mobilenet_v1_1.0_224_s8 models/sample/chelsea.jpg"

machine() { echo "$1" > "$work/board/uname"; echo "$2" > "$work/board/dpkg"; }
for machine in aarch64:arm64 aarch64:armhf armv7l:armhf x86_64:amd64; do
  it "copies the archive of the system, not of the kernel: $machine"
  machine "${machine%:*}" "${machine#*:}"
  deploy "$board"
  expect_status 0
  expect_calls "packages ${machine#*:} trixie;doctor;$classify;"
  [ -x "$work/board/home/mobilenet-0.1.0+deb13-linux-${machine#*:}/bin/mobilenet" ] || complain "not unpacked"
done

it "shows and keeps what the program printed"
expect_out_has "a healthy board"
expect_out_has "deploy_board: kept in bench-results/127.0.0.1-"
[ "$(result doctor.txt)" = "a healthy board" ] || complain "doctor.txt: $(result doctor.txt)"
[ "$(result classify.txt)" = "the weights
macaw" ] || complain "classify.txt: $(result classify.txt)"

it "takes a model file"
deploy "$board" mine.safetensors
expect_status 0
expect_calls "packages amd64 trixie;doctor;classify --layers --model mine models/sample/chelsea.jpg;"

it "gets a model that is not here, for whose conversion it builds the program if it has to"
deploy "$board" mobilenet_v1_0.5_160_s8
expect_status 1
expect_err "cannot go on without the model"
expect_calls "packages amd64 trixie;cmake --preset release;cmake --build --preset release;model mobilenet_v1_0.5_160_s8;"
mkdir -p "$work/build/release"
ln -s "$(type -P true)" "$work/build/release/mobilenet"
deploy "$board" mobilenet_v1_0.5_160_s8
expect_calls "packages amd64 trixie;model mobilenet_v1_0.5_160_s8;"
rm "$work/build/release/mobilenet"
true > "$work/no_build"
deploy "$board" mobilenet_v1_0.5_160_s8
expect_status 1
expect_err "cannot build the program for this machine (see build/deploy_board.log)"
expect_calls "packages amd64 trixie;cmake --preset release;"

it "asks for the width of the C library where there is no dpkg"
printf '#!/bin/bash\nexit 127\n' > "$work/board/bin/dpkg"
machine aarch64 -
deploy "$board"
expect_calls "packages armhf trixie;doctor;$classify;"

it "takes the libraries of Debian 12 for boards with an older C library, or none that is known"
for libc in "glibc 2.36" "glibc 2.9" ""; do
  echo "$libc" > "$work/board/GNU_LIBC_VERSION"
  deploy "$board"
  expect_calls "packages armhf bookworm;doctor;$classify;"
done
echo "glibc 2.100" > "$work/board/GNU_LIBC_VERSION"
deploy "$board"
expect_calls "packages armhf trixie;doctor;$classify;"

it "names machines that it has nothing for"
machine armv6l -
deploy "$board"
expect_status 1
expect_err "is an ARMv6 (expected ARMv7 with NEON or ARMv8"
machine riscv64 -
deploy "$board"
expect_status 1
expect_err "unknown machine: riscv64 32 (expected arm64, armhf or amd64)"
expect_calls ""

it "goes on when the doctor fails, and says so"
machine armv7l -
touch "$work/board/no_doctor"
deploy "$board"
expect_status 1
expect_err "mobilenet doctor failed: mobilenet: no doctor here"
expect_calls "packages armhf trixie;doctor;$classify;"
[[ $(result doctor.txt) == *"no doctor here" ]] || complain "doctor.txt: $(result doctor.txt)"
rm "$work/board/no_doctor"

it "says that the disk is full there"
cat > "$work/board/bin/tar" <<'END'
#!/bin/bash
echo "tar: x: Cannot write: No space left on device" >&2
exit 2
END
chmod +x "$work/board/bin/tar"
deploy "$board"
expect_status 1
expect_err "cannot copy the program: the disk is full there"
rm "$work/board/bin/tar"

it "says why it cannot connect"
MOBILENET_SSH="ssh $options -p 1" deploy "$board"
expect_status 1
expect_err "cannot connect: no ssh server answers"
deploy nobody@no-such-host.invalid
expect_status 1
expect_err "no-such-host.invalid: cannot connect: no such host"
MOBILENET_SSH="ssh ${options/sshd\/key/sshd/host_key} -p $port" deploy "$board"
expect_status 1
expect_err "login refused"
rm "$work/sshd/known"
MOBILENET_SSH="ssh ${options/accept-new/yes} -p $port" deploy "$board"
expect_status 1
expect_err "its host key is unknown"
MOBILENET_SSH=no-such-ssh deploy "$board"
expect_status 1
expect_err "no-such-ssh: not found (install the package openssh-client)"
expect_calls ""

it "knows wrong usage"
deploy
expect_status 2
deploy --fast
expect_status 2
deploy a b c
expect_status 2
deploy --help
expect_status 0
expect_out_has "Usage: scripts/deploy_board.sh [USER@]BOARD [MODEL]"

finish
