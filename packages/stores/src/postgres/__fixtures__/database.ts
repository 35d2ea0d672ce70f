import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { Client, Pool } from 'pg'
import type { PoolConfig } from 'pg'
import { inject } from 'vitest'
import type { PostgresHints, PostgresListener, PostgresPool } from '../index.ts'
import { postgresStore } from '../index.ts'

/** A database of its own on the server of the run. */
export interface Database {
  readonly url: string
  /** Makes a pool; `drop` ends it if nobody else has. */
  readonly pool: (config?: PoolConfig) => Pool
  /** Opens a store on a pool of its own. */
  readonly open: (config?: PoolConfig) => Promise<Store>
  /** Removes the database, whoever is connected to it. */
  readonly drop: () => Promise<void>
}

/** Makes an empty database; its own pools reach it `by` way of another address, if one is named. */
export const makeDatabase = async (
  options = '',
  { by }: { readonly by?: string } = {},
): Promise<Database> => {
  const name = `signalbox_${crypto.randomUUID().replaceAll('-', '')}`
  const server = inject('postgres')
  await ask(server, `create database ${name} ${options}`)
  const url = new URL(by ?? server)
  url.pathname = `/${name}`
  const pools: Array<Pool> = []
  const pool = (config: PoolConfig = {}): Pool => {
    const made = new Pool({ connectionString: url.href, ...config })
    made.on('error', () => {})
    pools.push(made)
    return made
  }
  return {
    url: url.href,
    pool,
    open: (config) => openOn(pool(config)),
    drop: async () => {
      for (const one of pools) if (!one.ended) await one.end()
      await ask(server, `drop database ${name} with (force)`)
    },
  }
}

/** Opens a store that must open. */
export const openOn = async (pool: PostgresPool, hints?: PostgresHints): Promise<Store> => {
  const opened = await postgresStore({ pool, ...(hints !== undefined && { hints }) })()
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  return opened.right
}

/** Opens the connection of hints, which calls itself `listener`. */
export const listenTo = async (url: string): Promise<PostgresListener> => {
  const client = new Client({ connectionString: url, application_name: 'listener' })
  client.on('error', () => {})
  await client.connect()
  return {
    process: 'processID' in client && typeof client.processID === 'number' ? client.processID : null,
    query: (query) => client.query(query),
    onNotification: (listener) => client.on('notification', listener),
    onEnd: (listener) => client.on('error', listener).on('end', () => listener(new Error('ended'))),
    end: () => client.end(),
  }
}

/** Calls back after so many ms of this machine. */
export const after: PostgresHints['after'] = (ms, callback) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Empties a store's tables, which is faster than a database for each case. */
export const clear = async (pool: Pool): Promise<void> => {
  await pool.query(TABLES.map((table) => `delete from signalbox.${table}`).join(';'))
}

// -- internals

const TABLES = [
  'state',
  'label',
  'deadline',
  'effect',
  'journal',
  'claim',
  'quota',
  'receipt',
  'document',
  'sequence',
]

const ask = async (url: string, sql: string): Promise<void> => {
  const pool = new Pool({ connectionString: url, max: 1 })
  try {
    await pool.query(sql)
  } finally {
    await pool.end()
  }
}
