/** The rows that were used last, by key. */
export interface RecentRows<Row> {
  readonly get: (key: string) => Row | undefined
  readonly set: (key: string, row: Row) => void
  readonly forget: (key: string) => void
}

/** Begins with none; keeps so many at most, and the half of them that was set last for certain. */
export const recentRows = <Row>(most: number): RecentRows<Row> => {
  // Two halves, of which the older one is dropped as a whole: cheaper than to keep the rows in order of use.
  let young = new Map<string, Row>()
  let old = young
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set: (key, row) => {
      if (young.size >= most / 2 && !young.has(key)) {
        old = young
        young = new Map()
      }
      young.set(key, row)
    },
    forget: (key) => {
      young.delete(key)
      old.delete(key)
    },
  }
}
