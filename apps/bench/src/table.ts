import type { Figure } from './figure.ts'

/** Prints a figure for people: one line a subject, numbers flush right. */
export const tableOf = ({ title, columns, rows }: Figure): string => {
  const cells = [
    ['', ...columns],
    ...rows.map(({ subject, medians }) => [
      subject,
      ...columns.map((column) => numberText(medians[column])),
    ]),
  ]
  const widths = ['', ...columns].map((_, index) =>
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
  return `${[title, ...lines].join('\n')}\n`
}

// -- internals

const numberText = (value: number | undefined): string => {
  if (value === undefined || !Number.isFinite(value)) return '-'
  return value.toLocaleString('en-US', {
    maximumFractionDigits: value >= 100 ? 0 : 2,
    minimumFractionDigits: value >= 100 ? 0 : 2,
  })
}
