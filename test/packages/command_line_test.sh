#!/bin/bash
# The manual page and the completion against --help: every command and option in both, and none that is not there.
# command_line_test.sh [LAUNCHER...] PROGRAM
set -euo pipefail
program=("$@")
package=$(cd "$(dirname "$0")/../../cmake/package" && pwd)
failures=0
complain() { failures=$((failures + 1)); echo "FAILED: $*"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each help is asked for once: under emulation a start takes its time.
mobilenet() {
  if [ ! -e "$work/$*" ]; then "${program[@]}" "$@" > "$work/$*"; fi
  cat "$work/$*"
}
options_of() { mobilenet "$@" --help | grep -oE '^ +(-[a-z0-9],)?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort -u; }

commands=$(mobilenet --help | sed -nE '/^Subcommands:/,/^$/s/^ +([a-z]+) .*/\1/p')
[ "$(wc -l <<< "$commands")" -ge 3 ] || complain "--help: commands not understood: $commands"
manual=$(sed 's/\\//g' "$package/mobilenet.1")

# shellcheck source=cmake/package/completion.bash
source "$package/completion.bash"
# complete_words WORDS...: what is offered for the last of them.
complete_words() {
  COMP_WORDS=(mobilenet "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _mobilenet mobilenet "${!#}" "${COMP_WORDS[$# - 1]}"
  printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

all_options=$(options_of)
for command in $commands; do
  grep -qx "\.SS $command" <<< "$manual" || complain "manual page: no section .SS $command"
  complete_words "" | grep -qx "$command" || complain "completion does not offer $command"
  options=$(options_of "$command")
  all_options+=$'\n'$options
  for option in $options; do
    complete_words "$command" -- | grep -qx -- "$option" || complain "completion of $command does not offer $option"
  done
  while read -r option values; do
    [ "$(complete_words "$command" "$option" "")" = "$(tr '|' '\n' <<< "$values" | sort -u)" ] ||
      complain "completion of $command $option does not offer $values"
  done < <(mobilenet "$command" --help | sed -nE 's/^ +(-[a-z0-9],)?(--[a-z-]+) ([a-z0-9]+\|[a-z0-9|]+)( .*|$)/\2 \3/p')
done
all_options=$(sort -u <<< "$all_options")
in_manual=$(grep -E '^\.B' <<< "$manual" | grep -oE -- '--[a-z0-9-]+' | sort -u)
[ "$all_options" = "$in_manual" ] || complain "manual page and --help differ in options:" \
  "$(diff <(echo "$in_manual") <(echo "$all_options") | grep '^[<>]' | xargs)"
while read -r section; do
  grep -qx "$section" <<< "$commands" || complain "manual page: .SS $section is no command"
done < <(sed -n 's/^\.SS //p' <<< "$manual")
# Files are left to bash: nothing of ours is offered.
[ -z "$(complete_words classify "")" ] || complain "completion of an image offers words: $(complete_words classify "")"
[ -z "$(complete_words classify --model "")" ] || complain "completion of --model offers words"

[ "$failures" = 0 ] || exit 1
echo "all passed: $(wc -w <<< "$commands") commands, $(wc -w <<< "$all_options") options"
