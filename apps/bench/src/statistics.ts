import type { Numbers, Row } from './figure.ts'

/** The value below which the given part of a sorted list lies, by the nearest rank; NaN for an empty list. */
export const percentile = (sorted: ArrayLike<number>, part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN

/** The middle of a list, or the mean of the two in the middle; NaN for an empty list. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

/** The row of a subject: the median of each column over its rounds. */
export const rowOf = (subject: string, rounds: ReadonlyArray<Numbers>): Row => {
  const columns = [...new Set(rounds.flatMap((round) => Object.keys(round)))]
  const medians = columns.map((column) => {
    const values = rounds.flatMap((round) => round[column] ?? [])
    return [column, median(values)] as const
  })
  return { subject, medians: Object.fromEntries(medians), rounds }
}
