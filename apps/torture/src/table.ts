import { VIOLATIONS } from './check/evidence.ts'
import type { Outcome } from './torture.ts'

/** Prints outcomes for people: a column each. */
export const tableOf = (outcomes: ReadonlyArray<Outcome>): string => {
  const rows = [
    ['', ...outcomes.map(({ name }) => name)],
    ...ROWS.map(([words, of]) => [words, ...outcomes.map((outcome) => of(outcome))]),
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

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 })

const ROWS: ReadonlyArray<readonly [string, (outcome: Outcome) => string]> = [
  ['rounds', ({ rounds }) => count(rounds)],
  ['hosts killed', ({ kills }) => count(kills)],
  ['databases restarted', ({ restarts }) => count(restarts)],
  ['requests acknowledged', ({ accepted }) => count(accepted)],
  ['requests refused', ({ refused }) => count(refused)],
  ['requests of unknown outcome', ({ unknown }) => count(unknown)],
  ['services', ({ services }) => count(services)],
  ['journal entries', ({ entries }) => count(entries)],
  ['effects', ({ effects }) => count(effects)],
  ['of them superseded', ({ superseded }) => count(superseded)],
  ['deadlines fired', ({ deadlines }) => count(deadlines)],
  ['seconds', ({ seconds }) => count(seconds)],
  ['violations', ({ violations }) => count(violations.length)],
]
