import { median } from './statistics.ts'

/** A line of the closing table: ours beside what it is held against, both taken in turn in one run. */
export interface Comparison {
  readonly subject: string
  /** What is counted: requests/s, ms. */
  readonly unit: string
  readonly ours: number
  readonly beside: number
  /** Ours divided by theirs: the median over the rounds. */
  readonly ratio: number
  readonly bound: Bound
  readonly reached: boolean
}

/** What a ratio must reach. */
export interface Bound {
  readonly kind: 'at least' | 'at most'
  readonly value: number
}

/** One round: what was measured of ours and of what it is held against. */
export interface Pair {
  readonly ours: number
  readonly beside: number
}

/** Sums up the rounds of a comparison. Medians each, so that the ratio need not be that of the two others. */
export const comparisonOf = (
  subject: string,
  {
    unit,
    bound,
    rounds,
  }: { readonly unit: string; readonly bound: Bound; readonly rounds: ReadonlyArray<Pair> },
): Comparison => {
  const ratio = median(rounds.map(({ ours, beside }) => ours / beside))
  return {
    subject,
    unit,
    ours: median(rounds.map(({ ours }) => ours)),
    beside: median(rounds.map(({ beside }) => beside)),
    ratio,
    bound,
    reached: bound.kind === 'at least' ? ratio >= bound.value : ratio <= bound.value,
  }
}
