import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { State } from '@signalbox/core'
import type { Commit, Store } from '@signalbox/core/store'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { comparisonOf } from './comparison.ts'
import type { Bound, Pair } from './comparison.ts'
import { expect } from './expect.ts'
import type { Figure, Measure } from './figure.ts'
import { handWritten } from './hand-written.ts'
import { changeOf, populate, statesOf } from './population.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures commits of status changes through the store's port, so many at once, beside a loop by hand on the driver that
 * writes the same rows. Only the time of the writes counts, not that of the decisions.
 */
export const measureSqlite: Measure = ({ seconds, rounds, progress }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const ms = (seconds * 1000) / SLICES
    const contestants = [
      await enter(join(folder, 'port.db'), throughPort),
      await enter(join(folder, 'hand.db'), byHand),
    ]
    const [ours, beside] = contestants
    if (ours === undefined || beside === undefined) throw new Error('nobody entered')
    await compareTables(ours, beside)
    for (const contestant of contestants) await rate(contestant, ms)
    const pairs: Array<Pair> = []
    for (let round = 1; round <= rounds * TIMES; round += 1) {
      progress(`sqlite: round ${round} of ${rounds * TIMES}`)
      pairs.push({ ours: await rate(ours, ms), beside: await rate(beside, ms) })
    }
    for (const { close } of contestants) await close()
    return {
      name: 'sqlite',
      title: `Commits of status changes to SQLite, synchronous = full, ${SIZE} at once`,
      columns: [RATE],
      rows: [
        rowOf(
          'the Store port',
          pairs.map((pair) => ({ [RATE]: pair.ours })),
        ),
        rowOf(
          `node:sqlite by hand, ${SIZE} a transaction`,
          pairs.map((pair) => ({ [RATE]: pair.beside })),
        ),
      ],
      comparisons: [
        comparisonOf('commits through the Store port on SQLite beside node:sqlite by hand', {
          unit: RATE,
          bound: BOUND,
          rounds: pairs,
        }),
      ],
    }
  })

// -- internals

const BOUND: Bound = { kind: 'at least', value: 0.6 }
const SIZE = 64
const SERVICES = 1024
const POPULATION = { services: SERVICES, tenants: 1 }
const SLICES = 20
const TIMES = 3
const RATE = 'commits/s'

interface Contestant {
  readonly database: DatabaseSync
  readonly states: Array<State>
  readonly commit: (batch: ReadonlyArray<Commit>) => Promise<void>
  readonly close: () => Promise<void>
  turn: number
}

type Entry = (
  database: DatabaseSync,
  store: Store,
) => { readonly commit: Contestant['commit']; readonly close: () => Promise<void> }

// Both begin with the same file, which the store has made.
const enter = async (file: string, entry: Entry): Promise<Contestant> => {
  const database = new DatabaseSync(file)
  const store = expect(sqliteStore({ database }))
  await populate(store, POPULATION)
  const states = [...(await statesOf(store, POPULATION))]
  return { database, states, turn: 0, ...entry(database, store) }
}

const throughPort: Entry = (_, store) => ({
  commit: async (batch) => {
    for (const answer of expect(await store.commit(batch)())) expect(answer)
  },
  close: async () => {
    expect(await store.close()())
  },
})

const byHand: Entry = (database) => {
  const write = handWritten(database)
  return { commit: async (batch) => write(batch), close: async () => database.close() }
}

const rate = async (contestant: Contestant, ms: number): Promise<number> => {
  let spent = 0
  let commits = 0
  while (spent < ms) {
    const batch = batchOf(contestant)
    const begun = performance.now()
    await contestant.commit(batch)
    spent += performance.now() - begun
    commits += batch.length
  }
  return (commits * 1000) / spent
}

const batchOf = (contestant: Contestant): ReadonlyArray<Commit> =>
  Array.from({ length: SIZE }, () => {
    const index = contestant.turn % SERVICES
    const state = contestant.states[index]
    if (state === undefined) throw new Error('no such service')
    contestant.turn += 1
    const { after, commit } = changeOf(state, state.changedAt + 1)
    contestant.states[index] = after
    return commit
  })

// The same changes must leave the same rows.
const compareTables = async (...contestants: ReadonlyArray<Contestant>): Promise<void> => {
  const contents: Array<string> = []
  for (const contestant of contestants) {
    for (let turn = 0; turn < (SERVICES / SIZE) * 3; turn += 1)
      await contestant.commit(batchOf(contestant))
    const tables = contestant.database
      .prepare(
        `select name from main.sqlite_schema where type = 'table' and name not like 'sqlite%' order by name`,
      )
      .all()
    const rows = tables.map(({ name }) =>
      contestant.database
        .prepare(`select * from "${String(name)}"`)
        .all()
        .map((row) => JSON.stringify(row))
        .toSorted(),
    )
    contents.push(JSON.stringify(rows))
  }
  if (new Set(contents).size > 1) throw new Error('the loop by hand does not write the same rows')
}
