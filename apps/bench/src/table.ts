import type { Comparison } from './comparison.ts'
import type { Figure } from './figure.ts'

/** Prints a figure for people: one line a subject, numbers flush right. */
export const tableOf = ({ title, columns, rows }: Figure): string =>
  `${title}\n${aligned([
    ['', ...columns],
    ...rows.map(({ subject, medians }) => [
      subject,
      ...columns.map((column) => numberText(medians[column])),
    ]),
  ])}`

/** Prints what was held against what, and whether it reached what it must; empty when nothing was. */
export const closingTableOf = (comparisons: ReadonlyArray<Comparison>): string =>
  comparisons.length === 0
    ? ''
    : `\nWhat must be reached\n${aligned([
        ['', 'ours', 'beside', 'unit', 'ratio', 'must reach', 'reached'],
        ...comparisons.map(({ subject, ours, beside, unit, ratio, bound, reached }) => [
          subject,
          numberText(ours),
          numberText(beside),
          unit,
          numberText(ratio),
          `${bound.kind === 'at least' ? '≥' : '≤'} ${bound.value}`,
          reached ? 'yes' : 'no',
        ]),
      ])}`

// -- internals

const aligned = (cells: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (cells[0] ?? []).map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  )
  const lines = cells.map((line) =>
    line
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

const numberText = (value: number | undefined): string => {
  if (value === undefined || !Number.isFinite(value)) return '-'
  return value.toLocaleString('en-US', {
    maximumFractionDigits: value >= 100 ? 0 : 2,
    minimumFractionDigits: value >= 100 ? 0 : 2,
  })
}
