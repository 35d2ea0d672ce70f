import { randomUUID } from 'node:crypto'
import type { Store } from '@signalbox/core/store'
import { postgresStore } from '@signalbox/stores/postgres'
import { Pool } from 'pg'
import { expect } from './expect.ts'

/** A database of its own on a server, with a store on it. */
export interface Database {
  readonly url: string
  readonly store: Store
  /** Runs a statement of one's own. */
  readonly query: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  /** Closes the store and drops the database. */
  readonly drop: () => Promise<void>
}

/** Makes a database on a server, and a store on that. */
export const createDatabase = async (server: string): Promise<Database> => {
  const name = `signalbox_bench_${randomUUID().replaceAll('-', '')}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await once(server, `create database ${name} template template0 encoding 'UTF8'`)
  const store = expect(await postgresStore({ pool: new Pool({ connectionString: url }) })())
  return {
    url,
    store,
    query: (sql) => once(url, sql),
    drop: async () => {
      expect(await store.close()())
      await once(server, `drop database ${name} with (force)`)
    },
  }
}

// -- internals

const once = async (
  url: string,
  sql: string,
): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> => {
  const pool = new Pool({ connectionString: url, max: 1 })
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows
  } finally {
    await pool.end()
  }
}
