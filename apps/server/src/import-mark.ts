import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import { nameOf } from './location.ts'
import type { Location } from './location.ts'

/** The record that says how far an import has come; it is there from the first line to the last. */
export const IMPORT_MARK = { provider: 'signalbox', kind: 'import', id: 'import' } as const

/** Refuses a store that only a part of an import is in: what a server did with that would be lost or doubled by the rest. */
export const refuseUnfinished = async (
  store: Pick<Store, 'document'>,
  location: Location,
): Promise<E.Either<Failure, void>> => {
  const mark = await store.document(IMPORT_MARK)()
  if (E.isLeft(mark)) {
    const { left } = mark
    return E.left(unavailable(nameOf(location), 'message' in left ? left.message : left._tag))
  }
  return mark.right === undefined
    ? E.right(undefined)
    : E.left(
        unavailable(
          nameOf(location),
          'an import into it has begun and not ended: run signalbox import again with the same file',
        ),
      )
}
