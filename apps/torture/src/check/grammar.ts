import type { Decision, JournalEntry, Lifecycle, State, StateValue } from '@signalbox/core'
import { given, walk } from '@signalbox/core/testing'
import type { Walk } from '@signalbox/core/testing'
import * as E from 'fp-ts/lib/Either.js'

/** A line of the journal as far as the machine says what it holds. */
export interface Line {
  readonly kind: JournalEntry['kind']
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  /** The types of the effects it asks for; undefined where that is not known. */
  readonly work: ReadonlyArray<string> | undefined
}

/** Where a machine may be: its value, spelled, and whether it has ended. */
export interface Place {
  readonly value: string
  readonly done: boolean
}

/** What the journals of a lifecycle's services may say. Guards are taken to pass as they like. */
export interface Grammar {
  /** The places to which lines may lead from some of the given ones; none at all: `undefined`, before the first change. */
  readonly after: (
    places: ReadonlyArray<Place> | undefined,
    lines: ReadonlyArray<Line>,
  ) => ReadonlyArray<Place>
  /** Tells whether an input may be accepted in one of the places and change nothing. */
  readonly accepts: (places: ReadonlyArray<Place>, line: Line) => boolean
  /** The deadlines that may be armed together in a place, each set of them spelled by `spellDeadlines`. */
  readonly armed: (place: Place) => ReadonlySet<string>
}

/** Spells names of deadlines in one way, whatever their order. */
export const spellDeadlines = (names: ReadonlyArray<string>): string => names.toSorted().join(' ')

/** Spells a state value in one way, whatever the order of its regions. */
export const spellValue = (value: StateValue): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : `{${Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([region, inner]) => `${region}:${spellValue(inner)}`)
        .join(',')}}`

/**
 * Reads off a lifecycle, by a walk through all of it, what the journals of its services may say. Where the status is not
 * told by the place alone, a walk does not come by with every one of them: then only what becomes of it counts.
 */
export const grammarOf = (lifecycle: Lifecycle): Grammar => {
  const walked = walk(lifecycle)
  const agrees = isTelling(walked) ? same : alike
  const moves = new Map<string, Map<string, Word>>()
  const quiet = new Set<string>()
  const armed = new Map<string, Set<string>>()
  const arm = ({ value, done, deadlines }: State): void => {
    const place = spellPlace({ value: spellValue(value), done })
    const sets = armed.get(place) ?? new Set<string>()
    armed.set(place, sets.add(spellDeadlines(deadlines.map(({ name }) => name))))
  }
  const learn = (from: string, word: Word): void => {
    const words = moves.get(from) ?? new Map<string, Word>()
    moves.set(from, words.set(JSON.stringify(word), word))
  }
  for (const creation of lifecycle.commands[lifecycle.creation]?.examples ?? [])
    for (const actor of lifecycle.actors) {
      const { decision } = given(lifecycle, creation, { actor })
      learn(NOWHERE, wordOf(decision))
      arm(decision.after)
    }
  for (const { from, outcome } of walked.attempts) {
    if (E.isLeft(outcome)) continue
    const { journal } = outcome.right
    arm(outcome.right.after)
    const place = spellPlace({ value: spellValue(from.value), done: from.done })
    if (journal.length > 0 && journal.every(({ outcome: is }) => is === 'moved'))
      learn(place, wordOf(outcome.right))
    for (const line of journal)
      if (line.outcome === 'unchanged') quiet.add(`${place} ${spellInput(line)}`)
  }
  return {
    after: (places, lines) => {
      const starts =
        places === undefined
          ? [NOWHERE]
          : places.flatMap((place) =>
              place.done ? [NOWHERE, spellPlace(place)] : [spellPlace(place)],
            )
      return reach({ moves, agrees }, starts, lines)
    },
    accepts: (places, line) =>
      places.some((place) => quiet.has(`${spellPlace(place)} ${spellInput(line)}`)),
    armed: (place) => armed.get(spellPlace(place)) ?? new Set(),
  }
}

// -- internals

// What one input comes to: lines, and the place they lead to.
interface Word {
  readonly lines: ReadonlyArray<Line>
  readonly to: Place
}

const NOWHERE = ''

const spellPlace = ({ value, done }: Place): string => (done ? `${value}!` : value)

const spellInput = ({ kind, type }: Pick<Line, 'kind' | 'type'>): string => `${kind} ${type}`

const wordOf = ({ journal, effects, after }: Decision): Word => ({
  lines: journal.map(({ kind, type, from, to, effects: asked = [] }) => {
    const work = asked.map((id) => effects.find((effect) => effect.id === id)?.type)
    const all = work.filter((each) => each !== undefined).toSorted()
    return { kind, type, from, to, work: all.length === work.length ? all : undefined }
  }),
  to: { value: spellValue(after.value), done: after.done },
})

// Lines of one commit may be the words of several inputs: where words end is found by trying.
const reach = (
  {
    moves,
    agrees,
  }: {
    readonly moves: ReadonlyMap<string, ReadonlyMap<string, Word>>
    readonly agrees: (said: Line, seen: Line) => boolean
  },
  starts: ReadonlyArray<string>,
  lines: ReadonlyArray<Line>,
): ReadonlyArray<Place> => {
  const at = lines.map(() => new Map<string, Place>())
  const end = new Map<string, Place>()
  const visit = (from: string, index: number): void => {
    for (const { lines: said, to } of moves.get(from)?.values() ?? []) {
      const isSeen = said.every((line, n) => {
        const seen = lines[index + n]
        return seen !== undefined && asksAlike(line, seen) && agrees(line, seen)
      })
      if (!isSeen) continue
      const next = index + said.length
      const reached = next === lines.length ? end : at[next]
      reached?.set(spellPlace(to), to)
    }
  }
  for (const start of starts) visit(start, 0)
  for (const [index, places] of at.entries()) for (const from of places.keys()) visit(from, index)
  return [...end.values()]
}

// Whether each place has one status. A walk does not go on from all states that it reaches, but it reaches them.
const isTelling = ({ attempts }: Walk): boolean => {
  const reached = attempts.flatMap(({ outcome }) =>
    E.isRight(outcome) ? [outcome.right.after] : [],
  )
  return [...Map.groupBy(reached, ({ value }) => spellValue(value)).values()].every(
    (there) => new Set(there.map(({ status }) => status)).size === 1,
  )
}

const same = (said: Line, seen: Line): boolean => said.from === seen.from && said.to === seen.to

// The status comes to the same, or both times it stays as it was.
const alike = (said: Line, seen: Line): boolean =>
  (said.from === null) === (seen.from === null) &&
  (said.to === seen.to || (said.from === said.to && seen.from === seen.to))

const asksAlike = (said: Line, seen: Line): boolean =>
  said.kind === seen.kind &&
  said.type === seen.type &&
  (said.work === undefined ||
    seen.work === undefined ||
    (said.work.length === seen.work.length &&
      said.work.every((type, index) => type === seen.work?.[index])))
