import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import { memoryStore } from '@signalbox/stores/memory'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { Location } from './location.ts'

/** Opens the store of a location, and makes the folder of its file when it is missing. */
export const openStore = (location: Location): E.Either<Failure, Store> => {
  if (location.kind === 'memory') return E.right(memoryStore())
  const resource = Location.encode(location)
  const opened = E.tryCatch(
    () => {
      mkdirSync(dirname(location.path), { recursive: true })
      return new DatabaseSync(location.path)
    },
    (thrown) => unavailable(resource, thrown instanceof Error ? thrown.message : String(thrown)),
  )
  if (E.isLeft(opened)) return opened
  const store = sqliteStore({ database: opened.right })
  if (E.isRight(store)) return store
  opened.right.close()
  return E.left(unavailable(resource, store.left.message))
}
