# Completion for bash. Commands, options and their values are taken from --help: none can be missing here.
# shellcheck shell=bash

_mobilenet() {
  local word=$2 before=$3 command='' values='' words i help
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then command=${COMP_WORDS[i]}; break; fi
  done
  help=$("$1" ${command:+"$command"} --help 2>/dev/null) || return
  # An option's line: `  --format text|json   text`, `  -m,--model NAME|FILE   text`, `  -h,--help   text`. The values in
  # small letters are words to choose from.
  if [[ $before == -* ]]; then
    values=$(sed -nE "s/^ +(-[a-z0-9],)?$before(,--[a-z-]+)? ([^ =]+).*/\3/p" <<< "$help")
  fi
  if [[ $values == [a-z]*'|'* ]]; then
    words=${values//|/ }
  elif [[ -n $values || ($word != -* && -n $command) ]]; then
    return  # and bash offers files
  else
    words=$(grep -oE '^ +(-[a-z0-9],)?--[a-z0-9-]+' <<< "$help" | grep -oE -- '--[a-z0-9-]+')
    if [[ -z $command ]]; then words+=" $(sed -nE '/^Subcommands:/,/^$/s/^ +([a-z]+) .*/\1/p' <<< "$help")"; fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _mobilenet mobilenet
