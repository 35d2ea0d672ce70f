import type { Commit } from '@signalbox/core/store'
import { Client } from 'pg'
import { AT_ONCE, enterStates, groupsOf, measureContest } from './contest.ts'
import type { Contestant } from './contest.ts'
import { createDatabase } from './database.ts'
import type { Database } from './database.ts'
import { expect } from './expect.ts'
import type { Figure, Measure } from './figure.ts'
import { writeByHand } from './postgres-by-hand.ts'
import { openServer } from './postgres-server.ts'

/** Measures commits through the store's port on PostgreSQL beside one transaction a change, on so many connections at once. */
export const measurePostgres: Measure = async ({ seconds, rounds, progress }): Promise<Figure> => {
  progress('postgres: start')
  const server = await openServer()
  try {
    const ours = await enter('the Store port', await createDatabase(server.url))
    const database = await createDatabase(server.url)
    const beside = await enter(`pg by hand, ${AT_ONCE} connections`, database)
    const clients = Array.from({ length: AT_ONCE }, () => new Client(database.url))
    for (const client of clients) await client.connect()
    const figure = await measureContest({
      name: 'postgres',
      title: `Commits of status changes to PostgreSQL, ${AT_ONCE} at once`,
      subject: 'commits through the Store port on PostgreSQL beside a pg transaction each',
      bound: { kind: 'at least', value: 3 },
      ours,
      beside: { ...beside, commitAll: (commits) => spread(clients, commits) },
      seconds,
      rounds,
      progress,
    })
    for (const client of clients) await client.end()
    await ours.close()
    await beside.close()
    return figure
  } finally {
    await server.stop()
  }
}

// -- internals

const enter = async (name: string, { store, query, drop }: Database): Promise<Contestant> => ({
  name,
  turn: 0,
  states: await enterStates(store),
  commitAll: async (commits) => {
    for (const group of groupsOf(commits))
      for (const answer of expect(await store.commit(group)())) expect(answer)
  },
  contents: async () => {
    const tables = []
    for (const [table, columns] of Object.entries(COLUMNS)) {
      const rows = await query(`select ${columns} from signalbox.${table}`)
      tables.push(rows.map((row) => JSON.stringify(row)).toSorted())
    }
    return JSON.stringify(tables)
  },
  close: drop,
})

// Without those that tell in which order transactions came.
const COLUMNS = {
  state: '*',
  label: '*',
  deadline: '*',
  effect: `id, provider, tenant, service, lane, generation, work, open, attempts, not_before, wake_at,
    owner, settled_at, error, body`,
  journal: 'era, provider, tenant, service, body',
  claim: '*',
  quota: '*',
  document: '*',
}

// Every connection takes the next change as soon as it is free.
const spread = async (
  clients: ReadonlyArray<Client>,
  commits: ReadonlyArray<Commit>,
): Promise<void> => {
  let turn = 0
  await Promise.all(
    clients.map(async (client) => {
      for (let commit = commits[turn]; commit !== undefined; commit = commits[turn]) {
        turn += 1
        await writeByHand(client, commit)
      }
    }),
  )
}
