import { refKey, restoreState } from '@signalbox/core'
import type { JournalEntry, Lifecycle, State } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Evidence, Rules, Violation } from './evidence.ts'
import { grammarOf, spellDeadlines, spellValue } from './grammar.ts'
import type { Grammar, Line, Place } from './grammar.ts'

/**
 * Replays the journal of each service: every change follows on the one before, is a move that the machine has, and leads
 * to the state that is stored, with the deadlines that are armed there. Lines that change nothing must be true of the revision
 * that they name. What came after a deadline was due finds that it has fired.
 */
export const checkMoves = (
  { journal, states, effects }: Pick<Evidence, 'journal' | 'states' | 'effects'>,
  { lifecycles, spans }: Pick<Rules, 'lifecycles' | 'spans'>,
): ReadonlyArray<Violation> => {
  const types = new Map(effects.map(({ effect }) => [effect.id, effect.type]))
  const lines = Map.groupBy(
    // What is noted beside services has no revision.
    journal.filter(({ revision }) => revision > 0),
    ({ ref }) => refKey(ref),
  )
  const stored = new Map(states.map((state) => [refKey(state.ref), state]))
  return [...new Set([...lines.keys(), ...stored.keys()])].flatMap((key) => {
    const state = stored.get(key)
    const own = lines.get(key) ?? []
    const lifecycle = lifecycles.find(({ name }) => name === state?.lifecycle)
    if (state === undefined) return [violation('state', key, 'it has a journal and no state')]
    if (lifecycle === undefined)
      return [violation('state', key, `nobody knows its lifecycle, ${state.lifecycle}`)]
    return replay({ key, state, own, lifecycle, types, spans })
  })
}

// -- internals

const violation = (kind: Violation['kind'], subject: string, words: string): Violation => ({
  kind,
  subject,
  words,
})

const GRAMMARS = new WeakMap<Lifecycle, Grammar>()

const grammarFor = (lifecycle: Lifecycle): Grammar => {
  const known = GRAMMARS.get(lifecycle) ?? grammarOf(lifecycle)
  GRAMMARS.set(lifecycle, known)
  return known
}

interface Service {
  readonly key: string
  readonly state: State
  readonly own: ReadonlyArray<JournalEntry>
  readonly lifecycle: Lifecycle
  readonly types: ReadonlyMap<string, string>
  readonly spans: Rules['spans']
}

// The changes that one commit made: all of one revision.
interface Change {
  readonly revision: number
  readonly lines: ReadonlyArray<JournalEntry>
}

const replay = (service: Service): ReadonlyArray<Violation> => {
  const { key, state, own, lifecycle, types } = service
  const grammar = grammarFor(lifecycle)
  const found: Array<Violation> = []
  const places = new Map<number, ReadonlyArray<Place>>()
  let before: JournalEntry | undefined
  let here: ReadonlyArray<Place> | undefined
  // Behind an illegal move nobody knows where it is.
  let lost = false
  for (const { revision, lines } of changesOf(own)) {
    const first = lines[0]
    if (first === undefined) continue
    if (revision !== (before?.revision ?? 0) + 1)
      found.push(
        violation(
          'gap',
          key,
          `revision ${revision} follows on ${before?.revision ?? 0}: ${first.id}`,
        ),
      )
    if (!isOneCommit(lines))
      found.push(violation('gap', key, `two commits made revision ${revision}: ${idsOf(lines)}`))
    found.push(...follows(key, before, lines))
    if (!lost && here !== undefined) found.push(...overtaken(service, here, before, first))
    if (!lost) {
      here = grammar.after(here, lines.map(lineOf(types, lines)))
      lost = here.length === 0
      if (lost) found.push(violation('illegal', key, lines.map(spell).join(', then ')))
      else places.set(revision, here)
    }
    before = lines.at(-1)
  }
  return [
    ...found,
    ...quietLines({ key, own, places, grammar, lost }),
    ...ends({ key, state, lifecycle, before, here: lost ? undefined : here }),
  ]
}

// A deadline that is armed wherever the service may be was armed by the change before at the latest.
const overtaken = (
  { key, lifecycle, spans }: Service,
  here: ReadonlyArray<Place>,
  before: JournalEntry | undefined,
  line: JournalEntry,
): ReadonlyArray<Violation> => {
  const sets = here.flatMap((place) => [...grammarFor(lifecycle).armed(place)])
  const [names = []] = sets.map((set) => set.split(' '))
  return names
    .filter((name) => sets.every((set) => set.split(' ').includes(name)))
    .flatMap((name) => {
      const span = spans[`${lifecycle.name} ${name}`]
      const fires = line.kind === 'deadline' && line.type === name
      return span === undefined || fires || line.at <= (before?.at ?? line.at) + span
        ? []
        : [violation('deadline-missed', key, `${spell(line)}: ${name} had been due before`)]
    })
}

const changesOf = (own: ReadonlyArray<JournalEntry>): ReadonlyArray<Change> => {
  const changes: Array<{ revision: number; lines: Array<JournalEntry> }> = []
  for (const line of own) {
    if (line.outcome !== 'moved') continue
    const last = changes.at(-1)
    if (last?.revision === line.revision) last.lines.push(line)
    else changes.push({ revision: line.revision, lines: [line] })
  }
  return changes
}

// An input gives its id to all lines it makes, and the inputs of one commit share their request.
const isOneCommit = (lines: ReadonlyArray<JournalEntry>): boolean => {
  const inputs = new Set(lines.map(({ id }) => id.slice(0, id.lastIndexOf('.'))))
  const requests = new Set(lines.map(({ request }) => request))
  return (
    new Set(lines.map(({ id }) => id)).size === lines.length &&
    (inputs.size === 1 || (requests.size === 1 && !requests.has(undefined)))
  )
}

const follows = (
  key: string,
  before: JournalEntry | undefined,
  lines: ReadonlyArray<JournalEntry>,
): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  let last = before
  for (const line of lines) {
    // A creation that takes the place of what has ended begins anew.
    if (line.from !== null && line.from !== (last?.to ?? null))
      found.push(violation('gap', key, `${spell(line)} follows on ${last?.to ?? 'nothing'}`))
    if (line.generation < (last?.generation ?? 0))
      found.push(violation('gap', key, `${spell(line)}: the generation falls`))
    if (line.at < (last?.at ?? 0))
      found.push(violation('gap', key, `${spell(line)}: before what it follows on`))
    last = line
  }
  return found
}

// A line asks for what its effects' types say, unless a later line of its commit called some of it off at once.
const lineOf =
  (types: ReadonlyMap<string, string>, lines: ReadonlyArray<JournalEntry>) =>
  (line: JournalEntry): Line => {
    const { kind, type, from, to, generation, effects = [] } = line
    const calledOff = lines.some((other) => other.generation > generation)
    const work = effects.flatMap((id) => types.get(id) ?? [])
    return { kind, type, from, to, work: calledOff ? undefined : work.toSorted() }
  }

const quietLines = ({
  key,
  own,
  places,
  grammar,
  lost,
}: {
  readonly key: string
  readonly own: ReadonlyArray<JournalEntry>
  readonly places: ReadonlyMap<number, ReadonlyArray<Place>>
  readonly grammar: Grammar
  readonly lost: boolean
}): ReadonlyArray<Violation> => {
  const statuses = new Map<number, string | null>()
  let revision = 0
  return own.flatMap((line) => {
    if (line.outcome === 'moved') {
      revision = line.revision
      statuses.set(revision, line.to)
      return []
    }
    const found: Array<Violation> = []
    if (line.revision > revision)
      found.push(
        violation(
          'gap',
          key,
          `${spell(line)}: of revision ${line.revision}, which was not there yet`,
        ),
      )
    // A command that changes nothing may stand in one commit with others that do.
    const near = [line.revision, line.revision - 1]
    if (!near.some((each) => statuses.get(each) === line.from) || line.from !== line.to)
      found.push(
        violation('gap', key, `${spell(line)}: at revision ${line.revision} it was not so`),
      )
    const { kind, type, from, to } = line
    const quiet = { kind, type, from, to, work: undefined }
    const isLegal = near.some((each) => grammar.accepts(places.get(each) ?? [], quiet))
    if (line.outcome === 'unchanged' && !isLegal && !lost)
      found.push(violation('illegal', key, spell(line)))
    return found
  })
}

const ends = ({
  key,
  state,
  lifecycle,
  before,
  here,
}: {
  readonly key: string
  readonly state: State
  readonly lifecycle: Lifecycle
  readonly before: JournalEntry | undefined
  readonly here: ReadonlyArray<Place> | undefined
}): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const odd = (words: string): void => void found.push(violation('state', key, words))
  const restored = restoreState(lifecycle, state)
  if (E.isLeft(restored)) return [violation('state', key, `unreadable: ${restored.left._tag}`)]
  if (before === undefined) return [violation('state', key, 'no change in the journal leads to it')]
  if (before.revision !== state.revision)
    odd(`revision ${state.revision}, by the journal ${before.revision}`)
  if (before.to !== state.status) odd(`${state.status}, by the journal ${before.to}`)
  if (before.generation !== state.generation)
    odd(`generation ${state.generation}, by the journal ${before.generation}`)
  if (lifecycle.status(state.value, state.context) !== state.status)
    odd(`${state.status} is not the status of ${spellValue(state.value)}`)
  const value = spellValue(state.value)
  if (
    here !== undefined &&
    !here.some((place) => place.value === value && place.done === state.done)
  )
    odd(`${value} is not where its journal leads: ${here.map((place) => place.value).join(' or ')}`)
  const place = { value, done: state.done }
  const names = spellDeadlines(state.deadlines.map(({ name }) => name))
  if (here !== undefined && !grammarFor(lifecycle).armed(place).has(names))
    found.push(violation('deadline-missed', key, `in ${value} it cannot wait for "${names}"`))
  return found
}

const idsOf = (lines: ReadonlyArray<JournalEntry>): string => lines.map(({ id }) => id).join(', ')

const spell = ({ id, kind, type, outcome, from, to }: JournalEntry): string =>
  `${kind} ${type} ${from} → ${to} (${outcome}, ${id})`
