import { plain } from './plain-text.ts'
import type { Terminal } from './terminal.ts'
import type { Step } from './views.ts'

/** Writes a way for people, a step a line: what happens, who brings it, and the status it leads to. */
export const linesOfWay = (
  steps: ReadonlyArray<Step>,
  { paint }: Pick<Terminal, 'paint'>,
): ReadonlyArray<string> =>
  steps.map((step, at) => {
    const { name, words, status } = step
    const number = `${at + 1}.`.padEnd(4)
    return `${number}${bringerOf(step)} ${paint('strong', plain(name))} → ${plain(status)}  ${paint('faint', plain(words))}`
  })

// -- internals

const bringerOf = ({ kind, dueAt }: Step): string => {
  switch (kind) {
    case 'command':
      return 'send'
    case 'report':
      return 'await the report'
    case 'deadline':
      return `wait until ${dueAt ?? 'it is due'} for`
  }
}
