import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { flushingLog } from './flushing-log.ts'
import { nameOf } from './location.ts'
import type { Location } from './location.ts'
import type { Hinting } from './open-postgres.ts'

/**
 * Opens the store of a location: makes the folder of its file when it is missing, and the tables of its database. A
 * database may take so many ms to let a connection in, and to answer; with `hinting` its other servers are heard.
 */
export const openStore = async (
  location: Location,
  timeoutMs?: number,
  hinting?: Hinting,
): Promise<E.Either<Failure, Store>> => {
  const failed = ({ message }: { readonly message: string }): Failure =>
    unavailable(nameOf(location), message)
  switch (location.kind) {
    // Who has one kind of store need not wait for the code of the others.
    case 'memory': {
      const { memoryStore } = await import('@signalbox/stores/memory')
      return E.right(memoryStore())
    }
    case 'sqlite':
      return E.mapLeft(failed)(storeOfFile(location.path))
    case 'postgres': {
      const { storeOfDatabase } = await import('./open-postgres.ts')
      return E.mapLeft(failed)(await storeOfDatabase(location.url, timeoutMs, hinting))
    }
  }
}

/** Opens a file for writing, and makes it and its folder when they are missing. */
export const openFile = (path: string): E.Either<Error, DatabaseSync> =>
  E.tryCatch(() => {
    mkdirSync(dirname(path), { recursive: true })
    return new DatabaseSync(path)
  }, E.toError)

// -- internals

const storeOfFile = (path: string): E.Either<{ readonly message: string }, Store> => {
  const opened = openFile(path)
  if (E.isLeft(opened)) return opened
  const log = flushingLog(`${path}-wal`)
  const store = sqliteStore({ database: opened.right, flush: log.flush })
  if (E.isLeft(store)) {
    opened.right.close()
    return store
  }
  const { close } = store.right
  return E.right({
    ...store.right,
    close: () => async () => {
      const closed = await close()()
      log.close()
      return closed
    },
  })
}
