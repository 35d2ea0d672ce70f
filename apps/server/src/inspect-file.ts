import { DatabaseSync } from 'node:sqlite'
import { inspectSqlite } from '@signalbox/stores/sqlite'
import type { Inspected } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'

/** Looks at a file as it is at an instant, without owning it or making it. */
export const inspectFile = (
  path: string,
  at: number,
): E.Either<{ readonly message: string }, Inspected> => {
  const opened = E.tryCatch(() => new DatabaseSync(path, { readOnly: true }), E.toError)
  if (E.isLeft(opened)) return opened
  const inspected = inspectSqlite({ database: opened.right, at })
  opened.right.close()
  return inspected
}
