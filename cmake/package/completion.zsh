#compdef mobilenet
# What bash offers, and files where it leaves them to the shell.
local bash_completion=${functions_source[_mobilenet]:A:h:h:h}/bash-completion/completions/mobilenet
local -a offered
offered=(${(f)"$(bash "$bash_completion" "${(@)words[1,CURRENT]}" 2> /dev/null)"})
if (( $#offered )); then compadd -- $offered; else _files; fi
