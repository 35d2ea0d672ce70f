import type { Store } from '@signalbox/core/store'
import { postgresStore } from '@signalbox/stores/postgres'
import * as E from 'fp-ts/lib/Either.js'
import { Pool } from 'pg'

/** Makes a pool of connections to a database; it connects when it is asked something. */
export const openPool = (url: string): Pool => {
  const pool = new Pool({
    connectionString: url,
    application_name: 'signalbox',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    keepAlive: true,
  })
  // A connection that breaks while it is idle is the pool's to replace; without a listener it would end the process.
  return pool.on('error', () => {})
}

/** Opens the store of a database; its end ends the connections. */
export const storeOfDatabase = async (
  url: string,
): Promise<E.Either<{ readonly message: string }, Store>> => {
  const pool = openPool(url)
  const store = await postgresStore({ pool })()
  if (E.isLeft(store)) await pool.end()
  return store
}

// -- internals

// A server that does not answer in this time is not there; a request learns of it while its client still waits.
const PATIENCE_MS = 10_000
