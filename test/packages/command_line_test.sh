#!/bin/bash
# The manual page and the completion against --help: both have every command and option, and no others.
# command_line_test.sh [LAUNCHER...] PROGRAM
set -euo pipefail
program=("$@")
package=$(cd "$(dirname "$0")/../../cmake/package" && pwd)
failures=0
complain() { failures=$((failures + 1)); echo "FAILED: $*"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each help is read only once: under emulation a start is slow.
mobilenet() {
  if [ ! -e "$work/$*" ]; then "${program[@]}" "$@" > "$work/$*"; fi
  cat "$work/$*"
}
options_of() { mobilenet "$@" --help | grep -oE '^ +(-[a-zA-Z0-9],)?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort -u; }

# subcommands_of COMMAND...
subcommands_of() { mobilenet "$@" --help | sed -nE '/^Subcommands:/,/^$/s/^ +([a-z]+) .*/\1/p'; }

commands=$(subcommands_of)
[ "$(wc -l <<< "$commands")" -ge 3 ] || complain "--help: commands not understood: $commands"
manual=$(sed 's/\\//g' "$package/mobilenet.1")

# shellcheck source=cmake/package/completion.bash
source "$package/completion.bash"
# complete_words WORDS...: prints what is offered for the last of them.
complete_words() {
  COMP_WORDS=(mobilenet "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _mobilenet mobilenet "${!#}" "${COMP_WORDS[$# - 1]}"
  printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

all_options=$(options_of)
# check_completion COMMAND...: its options and their values; adds to all_options.
check_completion() {
  local options option values
  options=$(options_of "$@")
  all_options+=$'\n'$options
  for option in $options; do
    complete_words "$@" -- | grep -qx -- "$option" || complain "completion of $* does not offer $option"
  done
  while read -r option values; do
    [ "$(complete_words "$@" "$option" "")" = "$(tr '|' '\n' <<< "$values" | sort -u)" ] ||
      complain "completion of $* $option does not offer $values"
  done < <(mobilenet "$@" --help | sed -nE 's/^ +(-[a-zA-Z0-9],)?(--[a-z-]+) ([a-z0-9]+\|[a-z0-9|]+)( .*|$)/\2 \3/p')
}
for command in $commands; do
  grep -qx "\.SS $command" <<< "$manual" || complain "manual page: no section .SS $command"
  complete_words "" | grep -qx "$command" || complain "completion does not offer $command"
  check_completion "$command"
  for subcommand in $(subcommands_of "$command"); do
    grep -qE "^\.B.* $subcommand( |\$)" <<< "$manual" || complain "manual page: nothing of $command $subcommand"
    complete_words "$command" "" | grep -qx "$subcommand" || complain "completion does not offer $command $subcommand"
    check_completion "$command" "$subcommand"
  done
done
all_options=$(sort -u <<< "$all_options")
in_manual=$(grep -E '^\.B' <<< "$manual" | grep -oE -- '--[a-z0-9-]+' | sort -u)
[ "$all_options" = "$in_manual" ] || complain "manual page and --help differ in options:" \
  "$(diff <(echo "$in_manual") <(echo "$all_options") | grep '^[<>]' | xargs)"
while read -r section; do
  grep -qx "$section" <<< "$commands" || complain "manual page: .SS $section is no command"
done < <(sed -n 's/^\.SS //p' <<< "$manual")
# Files are left to bash: we offer nothing.
[ -z "$(complete_words classify "")" ] || complain "completion of an image offers words: $(complete_words classify "")"
# Models are offered by name.
mkdir "$work/models"
touch "$work/models/own.safetensors"
export MOBILENET_MODELS=$work/models
complete_words classify --model o | grep -qx own || complain "completion of --model does not offer own"
complete_words models path o | grep -qx own || complain "completion of models path does not offer own"
complete_words models get mobilenet_v1_1.0_224 | grep -qx mobilenet_v1_1.0_224_s8 ||
  complain "completion of models get does not offer mobilenet_v1_1.0_224_s8"

# The other shells ask bash. If the program is emulated, they could not start it.
if [ ${#program[@]} = 1 ]; then
  mkdir -p "$work/share"/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d} "$work/bin"
  cp "$package/completion.bash" "$work/share/bash-completion/completions/mobilenet"
  cp "$package/completion.zsh" "$work/share/zsh/site-functions/_mobilenet"
  cp "$package/completion.fish" "$work/share/fish/vendor_completions.d/mobilenet.fish"
  ln -s "${program[0]}" "$work/bin/mobilenet"
  export PATH=$work/bin:$PATH
  # shellcheck disable=SC2016  # for zsh
  in_zsh() {
    zsh -f -c 'fpath=("$1" $fpath); shift; autoload -Uz _mobilenet
      compadd() { shift; print -l -- "$@" }
      _files() { print files }
      words=(mobilenet "$@") CURRENT=$#words; _mobilenet' zsh "$work/share/zsh/site-functions" "$@"
  }
  in_fish() { XDG_DATA_DIRS=$work/share HOME=$work fish --no-config -c "source $work/share/fish/vendor_completions.d/mobilenet.fish
    complete -C 'mobilenet $1'"; }
  [ "$(in_zsh models pa)" = path ] || complain "zsh: models pa: $(in_zsh models pa)"
  [ "$(in_zsh classify --model o)" = own ] || complain "zsh: --model o: $(in_zsh classify --model o)"
  [ "$(in_zsh classify photo)" = files ] || complain "zsh: classify photo: $(in_zsh classify photo)"
  [ "$(in_fish "models pa")" = path ] || complain "fish: models pa: $(in_fish "models pa")"
  [ "$(in_fish "classify --format j")" = json ] || complain "fish: --format j: $(in_fish "classify --format j")"
  (cd "$work" && touch photo.jpg && [ "$(in_fish "classify pho")" = photo.jpg ]) || complain "fish: classify pho"
fi

[ "$failures" = 0 ] || exit 1
echo "all passed: $(wc -w <<< "$commands") commands, $(wc -w <<< "$all_options") options"
