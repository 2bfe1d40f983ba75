/*
 * Each script only asks the program itself what may stand at a word, so that it never is out of date: the words up to the
 * one being typed go in behind `--`, candidates come out a line each, with a tab and what they are. `:files` or `:folders`
 * as the only line leaves the word to the shell. What the program says on stderr is dropped, it asks no question.
 */
const scripts = {
  bash: `# launch completion for bash: source <(launch completion bash)
_launch_completion() {
  local line word reply=() words=()
  # bash takes a colon for a word of its own.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ("$word" == : || "\${words[-1]}" == *:) ]]; then words[-1]+="$word"; else words+=("$word"); fi
  done
  while IFS= read -r line; do reply+=("\${line%%$'\\t'*}"); done < <(
    "\${COMP_WORDS[0]}" completion words -- "\${words[@]}" 2>/dev/null </dev/null)
  COMPREPLY=()
  case "\${reply[0]}" in
    :files) compopt -o default 2>/dev/null ;;
    :folders) compopt -o dirnames 2>/dev/null ;;
    *)
      local current="\${words[-1]}" before=""
      [[ "$COMP_WORDBREAKS" == *:* && "$current" == *:* ]] && before="\${current%:*}:"
      for word in "\${reply[@]}"; do [[ "$word" == "$current"* ]] && COMPREPLY+=("\${word#"$before"}"); done
      ;;
  esac
}
complete -F _launch_completion launch
`,
  zsh: `#compdef launch
# launch completion for zsh: source <(launch completion zsh), after compinit
_launch() {
  local line word
  local -a reply described
  reply=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  case "\${reply[1]}" in
    :files) _files; return ;;
    :folders) _files -/; return ;;
  esac
  for line in "\${reply[@]}"; do
    [[ -z "$line" ]] && continue
    word="\${line%%$'\\t'*}"
    if [[ "$line" == *$'\\t'* ]]; then described+=("\${word//:/\\\\:}:\${line#*$'\\t'}"); else described+=("\${word//:/\\\\:}"); fi
  done
  _describe -V 'launch' described
}
compdef _launch launch
`,
  fish: `# launch completion for fish: launch completion fish | source
function __launch_completion
    set -l words (commandline -opc) (commandline -ct)
    set -l reply (command $words[1] completion words -- $words[2..-1] 2>/dev/null </dev/null)
    switch "$reply[1]"
        case :files
            __fish_complete_path (commandline -ct)
        case :folders
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\\n' $reply
    end
end
complete -c launch -f -a '(__launch_completion)'
`,
};

/** The shells that can be helped. */
export const shells: readonly string[] = Object.keys(scripts);

/** The script that the shell reads; undefined for a shell that cannot be helped. */
export function completionScript(shell: string): string | undefined {
  return Object.entries(scripts).find(([name]) => name === shell)?.[1];
}
