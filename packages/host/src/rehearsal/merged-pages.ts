import { byTenantAndId, storeUnavailable } from '@signalbox/core/store'
import type { Located, Page, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'

/** Rows that lie over those of a store. */
export interface Over<A> {
  readonly placeOf: (item: A) => Located
  /** Those that a question asks for, in order. */
  readonly own: ReadonlyArray<A>
  /** Tells whether a row of the store has one over it, or is gone. */
  readonly isCovered: (item: A) => boolean
}

/** Answers a page of a store's rows and of those that lie over them, in one order. */
export const mergedPage =
  <A>(
    { after, limit }: { readonly after?: string; readonly limit: number },
    read: (after: string | undefined) => TE.TaskEither<StoreFailure, Page<A>>,
    { placeOf, own, isCovered }: Over<A>,
  ): TE.TaskEither<StoreFailure, Page<A>> =>
  async () => {
    const start = readCursor(after)
    if (E.isLeft(start)) return start
    let { from, beyond } = start.right
    const items: Array<A> = []
    for (;;) {
      const page = await read(from)()
      if (E.isLeft(page)) return page
      const last = page.right.items.at(-1)
      const end = page.right.next === undefined || last === undefined ? undefined : placeOf(last)
      const rows = [
        ...page.right.items.filter((item) => !isCovered(item)),
        ...own.filter((item) => end === undefined || byTenantAndId(placeOf(item), end) <= 0),
      ]
        .filter((item) => beyond === undefined || byTenantAndId(placeOf(item), beyond) > 0)
        .toSorted((a, b) => byTenantAndId(placeOf(a), placeOf(b)))
      for (const item of rows) {
        const before = items.at(-1)
        if (before !== undefined && items.length >= limit)
          return E.right({ items, next: spellCursor(from, placeOf(before)) })
        items.push(item)
      }
      if (page.right.next === undefined) return E.right({ items, next: undefined })
      from = page.right.next
      beyond = end ?? beyond
    }
  }

// -- internals

interface Start {
  /** The store's own cursor. */
  readonly from: string | undefined
  /** The place of the last row that was shown. */
  readonly beyond: Located | undefined
}

const OWN = 'over:'

const spellCursor = (from: string | undefined, { tenant, id }: Located): string =>
  `${OWN}${JSON.stringify([from ?? null, tenant, id])}`

const readCursor = (cursor: string | undefined): E.Either<StoreFailure, Start> => {
  if (cursor?.startsWith(OWN) !== true) return E.right({ from: cursor, beyond: undefined })
  return E.tryCatch(
    () => {
      const [from, tenant, id] = JSON.parse(cursor.slice(OWN.length)) as [
        string | null,
        string,
        string,
      ]
      return { from: from ?? undefined, beyond: { tenant, id } }
    },
    () => storeUnavailable(`the cursor ${JSON.stringify(cursor)} was not made by this store`),
  )
}
