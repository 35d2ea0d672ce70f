/** Tells whether a JSON value is nested deeper than so: more than every recursive walk over it can take. */
export const isDeeper = (value: unknown, most: number): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    )
  }
  return false
}

/** Deeper than any schema or payload, and shallow enough for every recursive walk over it. */
export const DEEPEST = 200
