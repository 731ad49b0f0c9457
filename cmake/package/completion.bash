# Completion for bash; run as a program, with the words of a command line so far, it prints what the last one may become,
# which is how zsh and fish use it. Commands, options and their values are taken from --help, models from `mobilenet
# models`: none can be missing here.
# shellcheck shell=bash

# _mobilenet_subcommands HELP: the commands that it lists.
_mobilenet_subcommands() { sed -nE '/^Subcommands:/,/^$/s/^ +([a-z]+) .*/\1/p' <<< "$1"; }

_mobilenet() {
  local word=$2 before=$3 values='' words i help
  local -a command=() which=()
  help=$("$1" --help 2>/dev/null) || return
  for ((i = 1; i < COMP_CWORD && ${#command[@]} < 2; i++)); do
    if [[ ${COMP_WORDS[i]} == -* ]] || ! grep -qx -- "${COMP_WORDS[i]}" <<< "$(_mobilenet_subcommands "$help")"; then continue; fi
    command+=("${COMP_WORDS[i]}")
    help=$("$1" "${command[@]}" --help 2>/dev/null) || return
  done
  # An option's line: `  --format text|json   text`, `  -m,--model NAME|FILE   text`, `  -h,--help   text`. The values in
  # small letters are words to choose from.
  if [[ $before == -* ]]; then
    values=$(sed -nE "s/^ +(-[a-zA-Z0-9],)?$before(,--[a-z-]+)? ([^ =]+).*/\3/p" <<< "$help")
  fi
  if [[ $values == [a-z]*'|'* ]]; then
    words=${values//|/ }
  elif [[ $values == NAME* ]]; then
    words=$("$1" models list --here --format csv 2> /dev/null | sed -nE '2,$s/,.*//p')
  elif [[ -n $values ]]; then
    return  # and the shell offers files
  elif [[ $word != -* && ${command[0]:-} == models && -n ${command[1]:-} ]]; then
    if [[ ${command[1]} != get ]]; then which+=(--here); fi
    words=$("$1" models list "${which[@]}" --format csv 2> /dev/null | sed -nE '2,$s/,.*//p')
  elif [[ $word != -* && ${#command[@]} -gt 0 && -z $(_mobilenet_subcommands "$help") ]]; then
    return
  else
    words="$(grep -oE '^ +(-[a-zA-Z0-9],)?--[a-z0-9-]+' <<< "$help" | grep -oE -- '--[a-z0-9-]+') $(_mobilenet_subcommands "$help")"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _mobilenet "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
  printf '%s\n' "${COMPREPLY[@]}"
else
  complete -o default -F _mobilenet mobilenet
fi
