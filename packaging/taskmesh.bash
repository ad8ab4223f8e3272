# Completion of taskmesh for bash. What can be said is asked of the program itself, so this file knows
# no commands.
_taskmesh() {
    local current=${COMP_WORDS[COMP_CWORD]} words=() word i help commands
    commands=$("${COMP_WORDS[0]}" --help 2>/dev/null \
        | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,1\}\)  .*/\1/p')
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --endpoint | --timeout) ((i++)) ;; # with its value
            -*) ;;
            *) [ ${#words[@]} -ge 2 ] || words+=("$word") ;;
        esac
    done
    local spoken="${words[*]}"
    if [[ $current == -* ]]; then
        while [ -n "$spoken" ] && ! grep -qxF -- "$spoken" <<<"$commands"; do
            [[ $spoken == *' '* ]] || { spoken=; break; }
            spoken=${spoken%% *}
        done
        # shellcheck disable=SC2086 # a command is one or two words
        help=$("${COMP_WORDS[0]}" $spoken --help 2>/dev/null)
        mapfile -t COMPREPLY < <(compgen -W "--help $(sed -n \
            's/^  \(--[a-z-]*\).*/\1/p' <<<"$help")" -- "$current")
    elif [ ${#words[@]} -eq 0 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$commands")" -- "$current")
    elif [ ${#words[@]} -eq 1 ] && grep -q -- "^$spoken " <<<"$commands"; then
        mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$spoken //p" <<<"$commands")" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "${current#@}")
    fi
}
complete -o default -F _taskmesh taskmesh
