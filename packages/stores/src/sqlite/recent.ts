/** The rows that were used last, by key. */
export interface RecentRows<Row> {
  readonly get: (key: string) => Row | undefined
  readonly set: (key: string, row: Row) => void
  readonly forget: (key: string) => void
}

/** Begins with none; keeps so many at most. */
export const recentRows = <Row>(most: number): RecentRows<Row> => {
  // A map is walked in the order in which its keys were set: what has not been used for longest comes first.
  const kept = new Map<string, Row>()
  return {
    get: (key) => kept.get(key),
    set: (key, row) => {
      kept.delete(key)
      kept.set(key, row)
      if (kept.size <= most) return
      const [oldest] = kept.keys()
      if (oldest !== undefined) kept.delete(oldest)
    },
    forget: (key) => void kept.delete(key),
  }
}
