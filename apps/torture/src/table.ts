import { VIOLATIONS } from './check/evidence.ts'
import type { Outcome } from './torture.ts'

/** Prints outcomes for people: a column each. */
export const tableOf = (outcomes: ReadonlyArray<Outcome>): string => {
  const counted = outcomes.map(({ counts, violations }) => ({
    ...counts,
    violations: violations.length,
  }))
  const words = [...new Set(counted.flatMap((counts) => Object.keys(counts)))]
  const last = ['seconds', 'violations']
  const rows = [
    ['', ...outcomes.map(({ name }) => name)],
    ...[...words.filter((word) => !last.includes(word)), ...last].map((word) => [
      word,
      ...counted.map((counts) => numberText((counts as Outcome['counts'])[word])),
    ]),
  ]
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Says how often each kind of violation was found, with the first ones of it. */
export const violationsOf = ({ name, violations }: Outcome): ReadonlyArray<string> =>
  [...Map.groupBy(violations, ({ kind }) => kind)].flatMap(([kind, own]) => [
    `${name}: ${own.length} × ${VIOLATIONS[kind]}`,
    ...own.slice(0, 3).map(({ subject, words }) => `  ${subject}: ${words}`),
  ])

// -- internals

const numberText = (value: number | undefined): string =>
  value === undefined ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 0 })
