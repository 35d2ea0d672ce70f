import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import { readSqlite } from '@signalbox/stores/sqlite'
import type { Inventory } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { Location } from '../location.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'

/** Opens the file of `sqlite:path` for reading, whoever owns it; as it is at one moment, when `still`. */
export const openReadOnly = (
  store: string,
  { still = false }: { readonly still?: boolean } = {},
): E.Either<Trouble, { readonly store: Store; readonly inventory: Inventory }> => {
  const location = Location.decode(store)
  if (E.isLeft(location) || location.right.kind !== 'sqlite')
    return E.left(
      trouble('usage', '--store: sqlite:path expected, for only a file is read like this'),
    )
  const { path } = location.right
  if (!existsSync(path)) return E.left(trouble('absent', `${store}: there is no such file`))
  const database = E.tryCatch(() => new DatabaseSync(path, { readOnly: true }), E.toError)
  if (E.isLeft(database)) return E.left(trouble('failed', `${path}: ${database.left.message}`))
  const opened = readSqlite({ database: database.right })
  if (E.isRight(opened)) {
    if (still) database.right.exec('begin')
    return opened
  }
  database.right.close()
  return E.left(trouble('failed', `${opened.left.message}: see signalbox doctor`))
}
