import { refKey } from '@signalbox/core'
import type { JournalEntry } from '@signalbox/core'
import type { Evidence, Rules, Violation } from './evidence.ts'

/**
 * Checks that deadlines fire once, not before their time and at the instant they were due at, and that none is left over
 * once its time has passed and the hosts were given the time to see to it.
 */
export const checkDeadlines = (
  evidence: Pick<Evidence, 'journal' | 'states' | 'overdue' | 'at' | 'dueBy' | 'settled'>,
  { spans, lifecycles }: Pick<Rules, 'spans' | 'lifecycles'>,
): ReadonlyArray<Violation> => {
  const { journal, states, overdue, at, dueBy, settled } = evidence
  const services = Map.groupBy(
    journal.filter(({ outcome, revision }) => outcome === 'moved' && revision > 0),
    ({ ref }) => refKey(ref),
  )
  const lifecycleOf = new Map(states.map((state) => [refKey(state.ref), state.lifecycle]))
  const fired = [...services].flatMap(([key, lines]) => {
    const deadlines = lines.filter(({ kind }) => kind === 'deadline')
    const lifecycle = lifecycles.find(({ name }) => name === lifecycleOf.get(key))
    return [
      ...repeated(key, deadlines),
      ...deadlines.flatMap((line) => [
        ...(line.at > at
          ? [violation('deadline-off', key, `${spell(line)}, before its time`)]
          : []),
        ...displaced(key, line, lines, spans[`${lifecycle?.name} ${line.type}`]),
      ]),
    ]
  })
  if (!settled) return fired
  const left = states.flatMap(({ ref, done, deadlines }) =>
    deadlines
      .filter(({ dueAt }) => !done && dueAt <= dueBy)
      .map(({ name, dueAt }) =>
        violation('deadline-missed', refKey(ref), `${name}, due ${at - dueAt} ms ago`),
      ),
  )
  const listed = overdue.map((ref) =>
    violation('deadline-missed', refKey(ref), 'the store says that it has one that is due'),
  )
  return [...fired, ...left, ...listed]
}

// -- internals

const violation = (kind: Violation['kind'], subject: string, words: string): Violation => ({
  kind,
  subject,
  words,
})

const repeated = (key: string, deadlines: ReadonlyArray<JournalEntry>): ReadonlyArray<Violation> =>
  [...Map.groupBy(deadlines, ({ type, at }) => `${type} ${at}`).values()].flatMap((same) =>
    same.length === 1 ? [] : [violation('deadline-twice', key, same.map(spell).join(' and '))],
  )

// The change that armed it stands in the journal, as long before as the deadline takes.
const displaced = (
  key: string,
  line: JournalEntry,
  lines: ReadonlyArray<JournalEntry>,
  span: number | undefined,
): ReadonlyArray<Violation> => {
  if (span === undefined) return []
  const earlier = lines.slice(0, lines.indexOf(line))
  return earlier.some(({ at }) => at === line.at - span)
    ? []
    : [violation('deadline-off', key, `${spell(line)}: nothing happened ${span} ms before`)]
}

const spell = ({ id, type, at }: JournalEntry): string => `${type} at ${at} (${id})`
