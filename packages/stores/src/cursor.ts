import type { Located, Page } from '@signalbox/core/store'

/** Spells the place of a row that is counted. */
export const countedCursor = (seq: number): string => String(seq)

/** Reads the place of a row that is counted: 0, before the first, without a cursor. Throws on a cursor that is none. */
export const readCounted = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0
  if (!/^\d{1,15}$/.test(cursor)) throw unreadable(cursor)
  return Number(cursor)
}

/** Spells the place of what lies in a tenant. */
export const locatedCursor = ({ tenant, id }: Located): string =>
  `${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`

/** Reads the place of what lies in a tenant. Throws on a cursor that is none. */
export const readLocated = (cursor: string): Located => {
  const [tenant, id, ...rest] = cursor.split('/')
  if (tenant === undefined || id === undefined || rest.length > 0) throw unreadable(cursor)
  try {
    return { tenant: decodeURIComponent(tenant), id: decodeURIComponent(id) }
  } catch {
    throw unreadable(cursor)
  }
}

/** Cuts a page out of rows that were read with one row to spare, which tells whether there is more. */
export const pageOf = <Row, Item>(
  rows: ReadonlyArray<Row>,
  limit: number,
  { item, cursor }: { readonly item: (row: Row) => Item; readonly cursor: (row: Row) => string },
): Page<Item> => {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return {
    items: kept.map(item),
    next: rows.length > limit && last !== undefined ? cursor(last) : undefined,
  }
}

/** What to throw on a cursor that is none. */
export const unreadable = (cursor: string): Error =>
  new Error(`the cursor ${JSON.stringify(cursor)} was not made by this store`)
