# What bash offers, and files where it leaves them to the shell.
set -g __mobilenet_bash_completion (path resolve (status dirname)/../../bash-completion/completions/mobilenet)

function __mobilenet_complete
    set -l token (commandline --current-token --cut-at-cursor)
    set -l offered (bash $__mobilenet_bash_completion (commandline --tokenize --cut-at-cursor) "$token" 2> /dev/null)
    if test -n "$offered"
        printf '%s\n' $offered
    else
        __fish_complete_path "$token"
    end
end
complete --command mobilenet --no-files --arguments '(__mobilenet_complete)'
