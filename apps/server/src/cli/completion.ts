import type { Command } from 'commander'

/** Prints a script for a shell that completes the commands of a program and the options of each. */
export const completionOf = (program: Command, shell: 'bash' | 'zsh' | 'fish'): string => {
  const commands = program.commands.map((command): Described => ({
    name: command.name(),
    words: command.description(),
    options: [
      ...command.options.map(({ long, description, required }) => ({
        name: long ?? '',
        words: description,
        valued: required,
      })),
      { name: '--help', words: 'print the help of the command', valued: false },
    ],
    choices: command.commands.map((below) => below.name()),
  }))
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      return zsh(commands)
    case 'fish':
      return fish(commands)
  }
}

// -- internals

interface Described {
  readonly name: string
  readonly words: string
  readonly options: ReadonlyArray<{
    readonly name: string
    readonly words: string
    readonly valued: boolean
  }>
  /** The commands below it. */
  readonly choices: ReadonlyArray<string>
}

const wordsOf = ({ options, choices }: Described): string =>
  [...choices, ...options.map(({ name }) => name)].join(' ')

const bash = (commands: ReadonlyArray<Described>): string => `_signalbox() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')} --help --version"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map((command) => `      ${command.name}) words="${wordsOf(command)}" ;;`).join('\n')}
      *) words="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _signalbox signalbox
`

const zsh = (commands: ReadonlyArray<Described>): string => `#compdef signalbox
_signalbox() {
  local -a commands
  commands=(
${commands.map(({ name, words }) => `    ${quoted(`${name}:${words.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${commands.map((command) => `    ${command.name}) compadd -- ${wordsOf(command)} ;;`).join('\n')}
  esac
  _files
}
compdef _signalbox signalbox
`

const fish = (commands: ReadonlyArray<Described>): string =>
  [
    'complete -c signalbox -f -n __fish_use_subcommand -l version',
    ...commands.flatMap(({ name, words, options, choices }) => [
      `complete -c signalbox -f -n __fish_use_subcommand -a ${name} -d ${quoted(words)}`,
      ...choices.map(
        (choice) =>
          `complete -c signalbox -f -n '__fish_seen_subcommand_from ${name}' -a ${choice}`,
      ),
      ...options.map(
        (option) =>
          `complete -c signalbox -n '__fish_seen_subcommand_from ${name}' -l ${option.name.slice(2)}${option.valued ? ' -r' : ''} -d ${quoted(option.words)}`,
      ),
    ]),
    '',
  ].join('\n')

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
