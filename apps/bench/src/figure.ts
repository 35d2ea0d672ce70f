import type { Comparison } from './comparison.ts'
import type { Options } from './options.ts'

/** A table of medians, and the rounds behind them. */
export interface Figure {
  readonly name: string
  readonly title: string
  /** The names of the numbers of a row. */
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  /** What of it stands in the closing table. */
  readonly comparisons?: ReadonlyArray<Comparison>
}

/** One thing that was measured. */
export interface Row {
  readonly subject: string
  /** Medians by column; a column that says nothing of the subject is left out. */
  readonly medians: Numbers
  readonly rounds: ReadonlyArray<Numbers>
}

/** Numbers by column. */
export type Numbers = Readonly<Record<string, number>>

/** Takes a figure. Rejects when something broke, never for want of speed. */
export type Measure = (
  options: Options & { readonly progress: (line: string) => void },
) => Promise<Figure>
