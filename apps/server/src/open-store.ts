import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { postgresStore } from '@signalbox/stores/postgres'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { Pool } from 'pg'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { nameOf } from './location.ts'
import type { Location } from './location.ts'

/** Opens the store of a location: makes the folder of its file when it is missing, and the tables of its database. */
export const openStore = async (location: Location): Promise<E.Either<Failure, Store>> => {
  const failed = ({ message }: { readonly message: string }): Failure =>
    unavailable(nameOf(location), message)
  switch (location.kind) {
    case 'memory':
      return E.right(memoryStore())
    case 'sqlite':
      return E.mapLeft(failed)(storeOfFile(location.path))
    case 'postgres':
      return E.mapLeft(failed)(await storeOfDatabase(location.url))
  }
}

/** Opens a file for writing, and makes it and its folder when they are missing. */
export const openFile = (path: string): E.Either<Error, DatabaseSync> =>
  E.tryCatch(() => {
    mkdirSync(dirname(path), { recursive: true })
    return new DatabaseSync(path)
  }, E.toError)

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

// -- internals

const storeOfFile = (path: string): E.Either<{ readonly message: string }, Store> => {
  const opened = openFile(path)
  if (E.isLeft(opened)) return opened
  const store = sqliteStore({ database: opened.right })
  if (E.isLeft(store)) opened.right.close()
  return store
}

// A server that does not answer in this time is not there; a request learns of it while its client still waits.
const PATIENCE_MS = 10_000

const storeOfDatabase = async (
  url: string,
): Promise<E.Either<{ readonly message: string }, Store>> => {
  const pool = openPool(url)
  const store = await postgresStore({ pool })()
  if (E.isLeft(store)) await pool.end()
  return store
}
