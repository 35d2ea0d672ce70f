import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { AT_ONCE, enterStates, groupsOf, measureContest } from './contest.ts'
import type { Contestant } from './contest.ts'
import { expect } from './expect.ts'
import type { Figure, Measure } from './figure.ts'
import { sqliteByHand } from './sqlite-by-hand.ts'
import { inTemporaryFolder } from './temporary.ts'

/** Measures commits through the store's port on SQLite beside a loop by hand on the driver that writes the same rows. */
export const measureSqlite: Measure = ({ seconds, rounds, progress }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const ours = await enter('the Store port', join(folder, 'port.db'))
    const beside = await enter(
      `node:sqlite by hand, ${AT_ONCE} a transaction`,
      join(folder, 'hand.db'),
    )
    const write = sqliteByHand(beside.database)
    const figure = await measureContest({
      name: 'sqlite',
      title: `Commits of status changes to SQLite, synchronous = full, ${AT_ONCE} at once`,
      subject: 'commits through the Store port on SQLite beside node:sqlite by hand',
      bound: { kind: 'at least', value: 0.6 },
      ours,
      beside: {
        ...beside,
        commitAll: async (commits) => {
          for (const group of groupsOf(commits)) write(group)
        },
      },
      seconds,
      rounds,
      progress,
    })
    await ours.close()
    await beside.close()
    return figure
  })

// -- internals

// Both begin with a file that the store has made, under the store's settings.
const enter = async (
  name: string,
  file: string,
): Promise<Contestant & { readonly database: DatabaseSync }> => {
  const database = new DatabaseSync(file)
  const store = expect(sqliteStore({ database }))
  return {
    name,
    database,
    turn: 0,
    states: await enterStates(store),
    commitAll: async (commits) => {
      for (const group of groupsOf(commits))
        for (const answer of expect(await store.commit(group)())) expect(answer)
    },
    contents: async () => contentsOf(database),
    close: async () => {
      expect(await store.close()())
    },
  }
}

const contentsOf = (database: DatabaseSync): string =>
  JSON.stringify(
    database
      .prepare(
        `select name from main.sqlite_schema
         where type = 'table' and name not like 'sqlite%' order by name`,
      )
      .all()
      .map(({ name }) =>
        database
          .prepare(`select * from "${String(name)}"`)
          .all()
          .map((row) => JSON.stringify(row))
          .toSorted(),
      ),
  )
