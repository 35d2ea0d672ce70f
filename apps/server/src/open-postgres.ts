import type { Store } from '@signalbox/core/store'
import { postgresStore } from '@signalbox/stores/postgres'
import * as E from 'fp-ts/lib/Either.js'
import { Pool } from 'pg'
import { heedSilence } from './silence.ts'

/** Makes a pool of connections to a database, each made when it is needed; it may take so many ms to let one in, and to answer. */
export const openPool = (url: string, timeoutMs = PATIENCE_MS): Pool => {
  const pool = new Pool({
    connectionString: url,
    application_name: 'signalbox',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
  })
  // A connection that breaks while it is idle is the pool's to replace; without a listener it would end the process.
  return pool.on('error', () => {})
}

/** Opens the store of a database; its end ends the connections. */
export const storeOfDatabase = async (
  url: string,
  timeoutMs = PATIENCE_MS,
): Promise<E.Either<{ readonly message: string }, Store>> => {
  const pool = openPool(url, timeoutMs)
  const pauseMs = Math.min(timeoutMs, PAUSE_MS)
  const store = await postgresStore({
    pool: heedSilence(pool, { now: () => performance.now(), pauseMs }),
  })()
  if (E.isLeft(store)) await pool.end()
  return store
}

// -- internals

// A server that does not answer in this time is not there. A request may wait for a connection, for those before it and for
// its own answer, and learns of it all while its client still waits.
const PATIENCE_MS = 5_000

const PAUSE_MS = 1_000
