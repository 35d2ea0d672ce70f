import type { State } from '@signalbox/core'
import type { Commit, Store } from '@signalbox/core/store'
import { comparisonOf } from './comparison.ts'
import type { Bound, Pair } from './comparison.ts'
import type { Figure } from './figure.ts'
import { changeOf, populate, statesOf } from './population.ts'
import { rowOf } from './statistics.ts'

/** Who commits changes, and what came of it. */
export interface Contestant {
  readonly name: string
  /** Stored services to change. */
  readonly states: Array<State>
  /** How many changes it was given. */
  turn: number
  /** Commits them all durably, so many at once; all of them are of different services. */
  readonly commitAll: (commits: ReadonlyArray<Commit>) => Promise<void>
  /** All rows of all tables, but for what the order of transactions gives them. */
  readonly contents: () => Promise<string>
  readonly close: () => Promise<void>
}

/** How many changes are committed at once. */
export const AT_ONCE = 64

/** Fills an empty store for a contest. */
export const enterStates = async (store: Store): Promise<Array<State>> => {
  await populate(store, POPULATION)
  return [...(await statesOf(store, POPULATION))]
}

/** The commits in groups of those that go at once. */
export const groupsOf = (commits: ReadonlyArray<Commit>): ReadonlyArray<ReadonlyArray<Commit>> =>
  Array.from({ length: Math.ceil(commits.length / AT_ONCE) }, (_, group) =>
    commits.slice(group * AT_ONCE, (group + 1) * AT_ONCE),
  )

/**
 * Lets two commit status changes in turn, and relates their rates. Only the time of the writes counts, not that of the
 * decisions. Before that, the same changes must leave the same rows with both.
 */
export const measureContest = async ({
  ours,
  beside,
  ...options
}: {
  readonly name: string
  readonly title: string
  readonly subject: string
  readonly bound: Bound
  readonly ours: Contestant
  readonly beside: Contestant
  readonly seconds: number
  readonly rounds: number
  readonly progress: (line: string) => void
}): Promise<Figure> => {
  const { name, title, subject, bound, rounds, progress } = options
  const ms = (options.seconds * 1000) / SLICES
  await compareContents(ours, beside)
  for (const contestant of [ours, beside]) await rate(contestant, ms)
  const pairs: Array<Pair> = []
  for (let round = 1; round <= rounds * TIMES; round += 1) {
    progress(`${name}: round ${round} of ${rounds * TIMES}`)
    pairs.push({ ours: await rate(ours, ms), beside: await rate(beside, ms) })
  }
  return {
    name,
    title,
    columns: [RATE],
    rows: [
      rowOf(
        ours.name,
        pairs.map((pair) => ({ [RATE]: pair.ours })),
      ),
      rowOf(
        beside.name,
        pairs.map((pair) => ({ [RATE]: pair.beside })),
      ),
    ],
    comparisons: [comparisonOf(subject, { unit: RATE, bound, rounds: pairs })],
  }
}

// -- internals

const POPULATION = { services: 1024, tenants: 1 }
const SLICES = 20
const TIMES = 3
const RATE = 'commits/s'

const rate = async (contestant: Contestant, ms: number): Promise<number> => {
  let spent = 0
  let commits = 0
  while (spent < ms) {
    const lot = lotOf(contestant)
    const begun = performance.now()
    await contestant.commitAll(lot)
    spent += performance.now() - begun
    commits += lot.length
  }
  return (commits * 1000) / spent
}

// One change of each service.
const lotOf = (contestant: Contestant): ReadonlyArray<Commit> =>
  contestant.states.map((state, index) => {
    const { after, commit } = changeOf(state, contestant.turn)
    contestant.turn += 1
    contestant.states[index] = after
    return commit
  })

const compareContents = async (...contestants: ReadonlyArray<Contestant>): Promise<void> => {
  const contents: Array<string> = []
  for (const contestant of contestants) {
    for (let time = 0; time < TIMES; time += 1) await contestant.commitAll(lotOf(contestant))
    contents.push(await contestant.contents())
  }
  if (new Set(contents).size > 1)
    throw new Error(`${contestants.map(({ name }) => name).join(' and ')} write different rows`)
}
