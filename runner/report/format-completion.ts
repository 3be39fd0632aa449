export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  /** Names of options include their dashes. */
  readonly options: readonly { readonly name: string; readonly description: string }[];
  readonly takesSpecs: boolean;
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A shell script that completes commands, options and the names of the specs in entities/. */
export function formatCompletion(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

/** A shell command that prints the names of the specs, one on each line. */
const NAMES = "(cd entities 2>/dev/null && find . -name '*.yml' | sed -e 's|.*/||' -e 's|\\.yml$||')";

const namesOf = (commands: readonly { readonly name: string }[]): string =>
  commands.map(({ name }) => name).join(" ");
const withSpecs = (commands: readonly CompletedCommand[]): string[] =>
  commands.filter(({ takesSpecs }) => takesSpecs).map(({ name }) => name);

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands
    .map(({ name, options }) => `    ${name}) options="${namesOf(options)}" ;;\n`)
    .join("");
  return `# qbo completion bash >> ~/.bashrc
_qbo() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options="" names=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${namesOf(commands)}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases}  esac
  case "\${COMP_WORDS[1]}" in
    ${withSpecs(commands).join("|")}) names="$${NAMES}" ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$names" -- "$current") $(compgen -f -- "$current")) ;;
  esac
}
complete -F _qbo qbo
`;
}

/** Quotes a text for zsh with single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const described = (name: string, description: string): string =>
  quoted(`${name}:${description.replaceAll(":", "\\:")}`);

function zsh(commands: readonly CompletedCommand[]): string {
  const all = commands.map(({ name, description }) => `    ${described(name, description)}\n`).join("");
  const cases = commands.map(({ name, options }) => {
    const lines = options.map((option) => described(option.name, option.description)).join(" ");
    return `    ${name}) options=(${lines}) ;;\n`;
  });
  return `#compdef qbo
# qbo completion zsh > "\${fpath[1]}/_qbo"
_qbo() {
  local -a commands options names
  commands=(
${all}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join("")}  esac
  case "$words[2]" in
    ${withSpecs(commands).join("|")}) names=(\${(f)"$${NAMES}"}) ;;
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe option options
  else
    compadd -a names
    _files
  fi
}
# A file in fpath is the body of the function and runs it; a file that is sourced only registers it.
if [ "$funcstack[1]" = _qbo ]; then _qbo "$@"; else compdef _qbo qbo; fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c qbo -f -n __fish_use_subcommand -a ${name} -d ${fishQuoted(description)}`,
    ...options.map(
      (option) =>
        `complete -c qbo -n '__fish_seen_subcommand_from ${name}' -l ${option.name.replace(/^--/, "")} -d ${fishQuoted(option.description)}`,
    ),
  ]);
  return `# qbo completion fish > ~/.config/fish/completions/qbo.fish
${lines.join("\n")}
complete -c qbo -n '__fish_seen_subcommand_from ${withSpecs(commands).join(" ")}' -a ${fishQuoted(NAMES)}
`;
}

/** Quotes a text for fish, where a backslash escapes even inside single quotes. */
const fishQuoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
