#!/bin/bash
# Tries the program over ssh on a board on which nothing has to be installed: copies the portable archive for its
# architecture and a model, runs doctor and a classification there, and keeps their output in bench-results/.
set -euo pipefail

model=mobilenet_v1_1.0_224_s8
root=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "deploy_board: $*"; }
fail() { echo "deploy_board: $*" >&2; exit 1; }

usage() {
  echo "Usage: scripts/deploy_board.sh [USER@]BOARD [MODEL]"
  echo "Copies mobilenet and MODEL (a name or a file NAME.safetensors; default: $model) into the home"
  echo "folder of a board, runs 'mobilenet doctor' and a classification with its layer table there, and keeps the results"
  echo "under bench-results/. \$MOBILENET_SSH is the ssh command, such as \"ssh -p 2222\"."
}

case $#:${1:-} in
  1:-h | 1:--help) usage; exit 0 ;;
  [12]:-* | 0:) usage >&2; exit 2 ;;
  [12]:*) board=$1 model=${2:-$model} ;;
  *) usage >&2; exit 2 ;;
esac
read -ra ssh_command <<< "${MOBILENET_SSH:-ssh}"
command -v "${ssh_command[0]}" > /dev/null || fail "${ssh_command[0]}: not found (install the package openssh-client)"

work=$(mktemp -d)
connection=(-o "ControlPath=$work/connection" -o ConnectTimeout=15)
# shellcheck disable=SC2317  # the trap calls it
end() {
  "${ssh_command[@]}" "${connection[@]}" -O exit -- "$board" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap end EXIT

# What went wrong on the board, from the output of ssh and the commands.
reason() {
  case $(cat "$work/errors") in
    *"Could not resolve hostname"*) echo "no such host (try its address instead of its name)" ;;
    *"Connection refused"*) echo "no ssh server answers (is ssh switched on there? raspi-config has it under Interface Options)" ;;
    *"timed out"* | *"No route to host"* | *"unreachable"*) echo "it does not answer (is it on, in this network?)" ;;
    *"Host key verification failed"*) echo "its host key is unknown or has changed (connect once by hand: ssh $board)" ;;
    *"Permission denied ("*) echo "login refused (right user? ssh-copy-id $board installs your key)" ;;
    *"No space left"*) echo "the disk is full there" ;;
    *"Permission denied"* | *"Read-only file system"*) echo "no permission to write there" ;;
    *) tail -n 1 "$work/errors" ;;
  esac
}

# One connection for all commands, so that a password is asked for once.
say "connecting to $board"
"${ssh_command[@]}" "${connection[@]}" -o ControlMaster=yes -f -N -- "$board" > /dev/null 2> "$work/errors" ||
  fail "$board: cannot connect: $(reason)"
on_board() { "${ssh_command[@]}" "${connection[@]}" -- "$board" "$1" 2> "$work/errors"; }

# There may be a 64-bit kernel under a 32-bit system, as on many Raspberry Pis, so the system is asked first.
description=$(on_board 'uname -m; dpkg --print-architecture 2> /dev/null || getconf LONG_BIT
  getconf GNU_LIBC_VERSION' < /dev/null) || fail "$board: cannot ask for its architecture: $(reason)"
libc=$(sed -n '3s/^glibc //p' <<< "$description")
description=$(head -n 2 <<< "$description")
case ${description/$'\n'/ } in
  armv6l*) fail "$board: is an ARMv6 (expected ARMv7 with NEON or ARMv8: Raspberry Pi 2 or later)" ;;
  *" arm64" | "aarch64 64") architecture=arm64 ;;
  *" armhf" | "aarch64 32" | "armv7l 32" | "armv8l 32") architecture=armhf ;;
  *" amd64" | "x86_64 64") architecture=amd64 ;;
  *) fail "$board: unknown machine: ${description/$'\n'/ } (expected arm64, armhf or amd64)" ;;
esac

# The archive with Debian 12's libraries runs on older and newer boards, the one with Debian 13's on boards with a new
# glibc.
suite=bookworm debian=12
if [ -n "$libc" ] && [ "$(printf '%s\n' 2.41 "$libc" | sort -V | head -n 1)" = 2.41 ]; then suite=trixie debian=13; fi

"$root/scripts/make_packages.sh" "$architecture" "$suite" || fail "cannot go on without the packages (see the message above)"
archive=$(find "$root/build/packages" -maxdepth 1 -name "mobilenet-*+deb$debian-linux-$architecture.tar.gz" | sort -V | tail -n 1)
[ -n "$archive" ] || fail "build/packages: no archive for $architecture"

# The converter asks a program that runs on this machine for the layers of the networks. What is needed to build it has
# been installed for the packages.
build_own_program() {
  "${MOBILENET_PROGRAM:-$root/build/release/mobilenet}" --version > /dev/null 2>&1 && return
  say "building the program for this machine, too, to convert a model"
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset release && cmake --build --preset release) > "$root/build/deploy_board.log" 2>&1 ||
    fail "cannot build the program for this machine (see build/deploy_board.log)"
}

case $model in
  *.safetensors) file=$model ;;
  */*) fail "$model: not a model (expected a name or a file NAME.safetensors)" ;;
  *)
    file=$root/models/weights/$model.safetensors
    if [ ! -e "$file" ]; then
      build_own_program
      "$root/scripts/get_model.py" "$model" || fail "cannot go on without the model (see the message above)"
    fi
    ;;
esac
[ -r "$file" ] || fail "$file: cannot be read (expected a model NAME.safetensors)"
name=$(basename "$file" .safetensors)
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || fail "$file: unusual name (expected letters, digits and . _ -)"

folder=$(basename "$archive" .tar.gz)
say "copying $(basename "$archive") and $name to $board:$folder"
on_board 'tar -xzf -' < "$archive" || fail "$board: cannot copy the program: $(reason)"
on_board "cd $folder/models/weights && cat > $name.part && mv $name.part $name.safetensors" < "$file" ||
  fail "$board: cannot copy the model: $(reason)"

host=${board##*@}
results=$root/bench-results/${host//[^A-Za-z0-9._-]/_}-$(date +%Y-%m-%d-%H%M%S)
mkdir -p "$results" || fail "$results: cannot make the folder (is the disk full?)"
status=0
try() {  # try FILE ARGUMENTS: of the program there
  say "running mobilenet $2"
  if ! on_board "cd $folder && bin/mobilenet $2" < /dev/null > "$results/$1"; then
    status=1
    echo "deploy_board: $board: mobilenet $2 failed: $(tail -n 1 "$work/errors")" >&2
    cat "$work/errors" >> "$results/$1"
  fi
  cat "$results/$1"
}
try doctor.txt "doctor"
try classify.txt "classify --layers --model $name models/sample/chelsea.jpg"
say "kept in ${results#"$root/"}"
exit "$status"
