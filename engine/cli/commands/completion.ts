import { exitCodes } from "../exit-codes.ts";

export type Shell = "bash" | "zsh" | "fish";

/** `lab completion SHELL`: what makes a shell ask `lab` itself after each Tab. */
export async function completion(shell: Shell): Promise<number> {
  process.stdout.write(scripts[shell]);
  return exitCodes.done;
}

const scripts: Readonly<Record<Shell, string>> = {
  // `compopt` and not `-o default` alone: files are offered only where lab says so.
  bash: `# lab: completion for bash. In ~/.bashrc: source <(lab completion bash)
_lab() {
  local IFS=$'\\n' line words=("\${COMP_WORDS[@]:1:COMP_CWORD}") found=() files=
  # bash takes = for a word of its own.
  if [ "\${COMP_WORDS[COMP_CWORD]}" = "=" ]; then words=("\${words[@]::\${#words[@]}-2}" "\${words[-2]}="); fi
  if [ "\${COMP_CWORD}" -gt 1 ] && [ "\${COMP_WORDS[COMP_CWORD-1]}" = "=" ]; then
    words=("\${words[@]::\${#words[@]}-3}" "\${words[-3]}=\${words[-1]}")
  fi
  while read -r line; do
    case $line in
      :files) files=1 ;;
      :words) ;;
      *) line=\${line%%$'\\t'*}; found+=("\${line#--*=}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
  COMPREPLY=("\${found[@]}")
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]#=}"))
  fi
}
complete -F _lab lab
`,
  zsh: `#compdef lab
# lab: completion for zsh. In ~/.zshrc, after compinit: source <(lab completion zsh)
_lab() {
  local line word about files=0
  local -a found
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      (:files) files=1 ;;
      (:words|) ;;
      (*)
        word=\${line%%$'\\t'*}; about=
        [[ $line == *$'\\t'* ]] && about=\${line#*$'\\t'}
        found+=("\${word//:/\\\\:}\${about:+:$about}") ;;
    esac
  done
  (( \${#found} )) && _describe -V lab found
  (( files )) && _files
}
if [ "$funcstack[1]" = "_lab" ]; then _lab "$@"; else compdef _lab lab; fi
`,
  fish: `# lab: completion for fish. lab completion fish > ~/.config/fish/completions/lab.fish
function __lab_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  for line in $found
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':words'
      case '*'
        echo $line
    end
  end
end
complete -c lab -f -a '(__lab_complete)'
`,
};
