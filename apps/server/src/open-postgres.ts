import type { Store } from '@signalbox/core/store'
import { postgresStore } from '@signalbox/stores/postgres'
import type { Hearing, PostgresListener } from '@signalbox/stores/postgres'
import * as E from 'fp-ts/lib/Either.js'
import { Client, Pool } from 'pg'
import { heedSilence } from './silence.ts'
import { systemClock } from './system-clock.ts'

/** Makes a pool of connections to a database, each made when it is needed; it may take so many ms to let one in, and to answer. */
export const openPool = (url: string, timeoutMs = PATIENCE_MS): Pool => {
  const pool = new Pool(connectionTo(url, timeoutMs))
  // A connection that breaks while it is idle is the pool's to replace; without a listener it would end the process.
  return pool.on('error', () => {})
}

/** How the other servers of a database are heard. */
export interface Hinting {
  /** The address of the server itself, when a pooler stands before the database. */
  readonly url?: string
  readonly told: (hearing: Hearing) => void
}

/** Opens the store of a database; its end ends the connections. */
export const storeOfDatabase = async (
  url: string,
  timeoutMs = PATIENCE_MS,
  hinting?: Hinting,
): Promise<E.Either<{ readonly message: string }, Store>> => {
  const pool = openPool(url, timeoutMs)
  const pauseMs = Math.min(timeoutMs, PAUSE_MS)
  const store = await postgresStore({
    pool: heedSilence(pool, { now: () => performance.now(), pauseMs }),
    ...(hinting !== undefined && {
      hints: {
        connect: () => openListener(hinting.url ?? url, timeoutMs),
        after: systemClock.after,
        told: hinting.told,
      },
    }),
  })()
  if (E.isLeft(store)) await pool.end()
  return store
}

// -- internals

// A server that does not answer in this time is not there. A request may wait for a connection, for those before it and for
// its own answer, and learns of it all while its client still waits.
const PATIENCE_MS = 5_000

const PAUSE_MS = 1_000

const connectionTo = (url: string, timeoutMs: number) => ({
  connectionString: url,
  application_name: 'signalbox',
  connectionTimeoutMillis: timeoutMs,
  query_timeout: timeoutMs,
  keepAlive: true,
})

const openListener = async (url: string, timeoutMs: number): Promise<PostgresListener> => {
  const client = new Client(connectionTo(url, timeoutMs))
  // An error that comes when nobody waits for an answer would end the process.
  client.on('error', () => {})
  await client.connect()
  return {
    // The driver has it and does not type it.
    process:
      'processID' in client && typeof client.processID === 'number' ? client.processID : null,
    query: (query) => client.query(query),
    onNotification: (listener) => client.on('notification', listener),
    onEnd: (listener) =>
      client.on('error', listener).on('end', () => listener(new Error('the connection has ended'))),
    end: () => client.end(),
  }
}
